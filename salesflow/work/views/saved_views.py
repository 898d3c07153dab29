"""Pages' doors on saved views."""

from typing import Any

from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from salesflow.lib.errors import require
from salesflow.lib.web.forms import errors_to
from salesflow.lib.web.toasts import toast
from salesflow.people.models import Role
from salesflow.work import policies
from salesflow.work.forms import ShareForm
from salesflow.work.models import SavedView
from salesflow.work.services import (
    saved_view_change,
    saved_view_open_for,
    saved_view_remove,
    saved_view_restore,
    saved_view_save,
    saved_view_share,
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
def share_view(request: HttpRequest, pk: int) -> HttpResponse:
    """Whom a view is shown to, and for which roles its list opens in it."""
    user: Any = request.user
    view = get_object_or_404(SavedView.objects.visible_to(user), pk=pk, archived_at=None)
    require(user.may("saved_views.edit") and policies.can_edit_view(user, view))
    back = {"next": request.GET.get("next", "")}
    form = ShareForm(user, view, request.POST or None, initial=back)
    if request.method == "POST" and form.is_valid():
        try:
            _share(view, user, form)
        except ValidationError as error:
            errors_to(form, error)
        else:
            toast(request, _("“%(view)s” is shared as you chose.") % {"view": view})
            return redirect(way_back(request))
    title = _("Share “%(view)s”") % {"view": view}
    context = {"form": form, "title": title, "submit": _("Share"), "back": back["next"] or "/"}
    return render(request, "form_page.html", context, status=400 if form.errors else 200)


@transaction.atomic
def _share(view: SavedView, user: Any, form: ShareForm) -> None:
    shared = saved_view_share(view=view, by=user, **form.values())
    if "opens_for" in form.fields:
        roles = Role.objects.filter(code__in=form.cleaned_data["opens_for"])
        saved_view_open_for(view=shared, by=user, roles=list(roles))


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
