"""Pages' doors on lists that leave as files."""

from typing import Any
from urllib.parse import parse_qsl

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from salesflow.lib.errors import require
from salesflow.lib.lists.page import list_view
from salesflow.work import policies
from salesflow.work.export_answers import export_answer
from salesflow.work.exports import export_list
from salesflow.work.lists import ExportList
from salesflow.work.models import Export
from salesflow.work.services import export_cancel, export_start
from salesflow.work.services.exports import UNDER_WAY

#: Words of a list's address that say how it is shown.
SHOWING = ("ordering", "columns", "layout")


@login_required
@require_POST
def export_new(request: HttpRequest) -> HttpResponse:
    """Take out what a list shows; the form stands on the list and carries its state."""
    by: Any = request.user
    require(policies.can_export_any(by))
    job = export_start(
        by=by, resource=request.POST.get("list", "")[:60], query=request.POST.get("query", ""),
        format=request.POST.get("format", ""), layout=request.POST.get("layout") or Export.Layout.SHOWN,
    )  # fmt: skip
    return redirect(job)


@login_required
def exports(request: HttpRequest) -> HttpResponse:
    return list_view(ExportList(), request)


@login_required
@require_GET
def export(request: HttpRequest, pk: int) -> HttpResponse:
    """How far an export is, and its file; the part that moves is asked for by htmx."""
    by: Any = request.user
    job = get_object_or_404(Export.objects.visible_to(by).select_related("by"), pk=pk)
    spec = export_list(job.resource)
    context = {
        "job": job, "label": spec.title if spec else job.resource, "moves": job.status in UNDER_WAY,
        "may_download": job.status == Export.Status.DONE and policies.can_download(by, job),
        "may_cancel": job.status in UNDER_WAY and policies.can_cancel_export(by, job),
        "filter": _narrowed(job.query), "back": reverse("exports"),
    }  # fmt: skip
    is_part = request.headers.get("HX-Target") == "export"
    return render(request, "work/_export.html" if is_part else "work/export.html", context)


def _narrowed(query: str) -> str:
    """What of the list's address chose the records, and not how they were shown, as it is typed."""
    return "&".join(f"{name}={value}" for name, value in parse_qsl(query) if name not in SHOWING)


@login_required
@require_POST
def export_stop(request: HttpRequest, pk: int) -> HttpResponse:
    by: Any = request.user
    job = get_object_or_404(Export.objects.visible_to(by), pk=pk)
    return redirect(export_cancel(export=job, by=by))


@login_required
@require_GET
def export_download(request: HttpRequest, pk: int) -> HttpResponse:
    by: Any = request.user
    job = get_object_or_404(Export.objects.visible_to(by).select_related("by"), pk=pk)
    answer: HttpResponse = export_answer(job, by)
    return answer
