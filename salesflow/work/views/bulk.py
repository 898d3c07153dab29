"""Pages' doors on deeds on many records."""

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_POST

from salesflow.lib.errors import require
from salesflow.lib.lists.page import list_view, picked_ids
from salesflow.lib.web.toasts import toast
from salesflow.work import policies
from salesflow.work.bulk import bulk_action, bulk_list
from salesflow.work.bulk_set import SET, settable_of
from salesflow.work.lists import BulkJobList
from salesflow.work.models import BulkJob, BulkJobRow
from salesflow.work.services import bulk_job_cancel, bulk_job_start, bulk_job_undo
from salesflow.work.services.bulk_jobs import ENDED, UNDER_WAY
from salesflow.work.views.back import way_back

SHOWN = 200


@login_required
@require_POST
def bulk_start(request: HttpRequest) -> HttpResponse:
    """Do a deed to the ticked rows of a list, or with `all=1` to everything its view shows.

    What the deed asks for beside them stands under its own name: `tag.tag`.
    """
    require(policies.can_change_in_bulk(request.user))
    resource, action = request.POST.get("list", "")[:60], request.POST.get("action", "")[:40]
    params: dict[str, Any] = {
        name.removeprefix(f"{action}."): value
        for name, value in request.POST.items()
        if name.startswith(f"{action}.")
    }
    everything = request.POST.get("all") == "1"
    job = bulk_job_start(
        by=request.user, resource=resource, action=action, params=params,
        ids=None if everything else picked_ids(request),
        query=request.POST.get("query", "")[:2000] if everything else "",
    )  # fmt: skip
    return ended(request, job)


def ended(request: HttpRequest, job: BulkJob) -> HttpResponse:
    """Back with a toast that undoes when all is done; else the job's page, which tells how far it is."""
    if job.status != BulkJob.Status.DONE or job.refused:
        return redirect(job)
    _tell(request, job)
    return redirect(way_back(request))


def _tell(request: HttpRequest, job: BulkJob) -> None:
    words = ngettext("%(n)s record changed.", "%(n)s records changed.", job.done) % {"n": job.done}
    undo = reverse("bulk-job-undo", args=[job.pk]) if _undoable(job) else ""
    toast(request, words, undo=undo)


def _undoable(job: BulkJob) -> bool:
    deed = bulk_action(job.resource, job.action)
    return deed is not None and deed.undo is not None and job.status in ENDED and job.done > 0


@login_required
def bulk_jobs(request: HttpRequest) -> HttpResponse:
    return list_view(BulkJobList(), request)


@login_required
@require_GET
def bulk_job(request: HttpRequest, pk: int) -> HttpResponse:
    """What becomes of a change of many records; the part that moves is asked for by htmx."""
    job = get_object_or_404(BulkJob.objects.visible_to(request.user).select_related("by"), pk=pk)
    deed, spec = bulk_action(job.resource, job.action), bulk_list(job.resource)
    told = BulkJobRow.objects.filter(job=job).exclude(code="").order_by("record_id")[:SHOWN]
    ids = [row.record_id for row in told]
    seen = spec.visible(request.user).in_bulk(ids) if spec else {}
    may_run = policies.can_run_bulk_job(request.user, job)
    settable = settable_of(job.resource) if job.action == SET else None
    context = {
        "job": job, "label": deed.label if deed else job.action, "list_title": spec.title if spec else "",
        "set": settable.told(job.params, request.user) if settable else None, "back": way_back(request, "/"),
        "rows": [(row, seen.get(row.record_id)) for row in told],
        "may_cancel": may_run and job.status in ("queued", "running"),
        "may_undo": may_run and _undoable(job), "moves": job.status in UNDER_WAY,
    }  # fmt: skip
    is_part = request.headers.get("HX-Target") == "bulk-job"
    return render(request, "work/_bulk_job.html" if is_part else "work/bulk_job.html", context)


@login_required
@require_POST
def bulk_cancel(request: HttpRequest, pk: int) -> HttpResponse:
    job = get_object_or_404(BulkJob.objects.visible_to(request.user), pk=pk)
    return redirect(bulk_job_cancel(job=job, by=request.user))


@login_required
@require_POST
def bulk_undo(request: HttpRequest, pk: int) -> HttpResponse:
    """Take the change back; a small one at once, and back to where one was."""
    job = bulk_job_undo(
        job=get_object_or_404(BulkJob.objects.visible_to(request.user), pk=pk), by=request.user
    )
    if job.status != BulkJob.Status.UNDONE or job.undone < job.done:
        return redirect(job)
    toast(request, _("The change is undone."))
    return redirect(way_back(request, job.get_absolute_url()))
