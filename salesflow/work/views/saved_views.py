"""Pages' doors on saved views."""

from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from salesflow.lib.web.toasts import toast
from salesflow.work.models import SavedView
from salesflow.work.services import (
    saved_view_change,
    saved_view_remove,
    saved_view_restore,
    saved_view_save,
)
from salesflow.work.views.back import way_back


@login_required
@require_POST
def save_view(request: HttpRequest) -> HttpResponse:
    """Keep the state of a list under a name, and go there."""
    page = way_back(request)
    try:
        view = saved_view_save(
            by=request.user,
            resource=request.POST.get("resource", "")[:60],
            name=request.POST.get("name", ""),
            query=request.POST.get("query", ""),
        )
    except ValidationError as error:
        toast(request, " ".join(error.messages), "error")
        return redirect(page)
    return redirect(f"{page}?{view.query}")


@login_required
@require_POST
def rename_view(request: HttpRequest, pk: int) -> HttpResponse:
    view = get_object_or_404(SavedView.objects.visible_to(request.user), pk=pk)
    saved_view_change(view=view, by=request.user, name=request.POST.get("name", ""))
    return redirect(way_back(request))


@login_required
@require_POST
def remove_view(request: HttpRequest, pk: int) -> HttpResponse:
    """Put a saved view away; the toast offers to bring it back."""
    view = get_object_or_404(SavedView.objects.visible_to(request.user), pk=pk)
    saved_view_remove(view=view, by=request.user)
    toast(request, _("The view is gone."), undo=reverse("saved-view-restore", args=[pk]))
    return redirect(way_back(request))


@login_required
@require_POST
def restore_view(request: HttpRequest, pk: int) -> HttpResponse:
    view = get_object_or_404(SavedView.objects.visible_to(request.user), pk=pk)
    saved_view_restore(view=view, by=request.user)
    return redirect(way_back(request))
