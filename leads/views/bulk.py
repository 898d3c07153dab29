"""Deeds on several leads at once: a bulk job, with an answer for each row where it is done at once."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from leads import policies
from leads.lists import BY_RULES
from leads.models import Lead
from salesflow.lib.errors import require
from salesflow.lib.lists.page import picked_ids
from salesflow.lib.web.toasts import toast
from salesflow.work.bulk import bulk_action
from salesflow.work.models import BulkJob, BulkJobRow
from salesflow.work.services import bulk_job_start
from salesflow.work.views.back import way_back

#: One request names no more rows than this; more are all of a view.
MOST = 200


@dataclass(frozen=True)
class Outcome:
    """One row of the answer: the lead, if it may be seen, and why nothing came of it."""

    lead: Lead | None
    refusal: str = ""


@login_required
@require_POST
def claim_many(request: HttpRequest) -> HttpResponse:
    """Claim the ticked leads, as many as the limits allow."""
    require(policies.can_claim(request.user))  # type: ignore[arg-type]
    job = _started(request, "pool", "claim", {})
    return _answer(
        request, job, _("Claim leads"), reverse("leads:pool"),
        lambda number: ngettext("%(n)s lead is yours.", "%(n)s leads are yours.", number),
    )  # fmt: skip


@login_required
@require_POST
def assign_many(request: HttpRequest) -> HttpResponse:
    """Give the ticked leads, or all of the view, to a person (`to`), or let the rules decide about each."""
    require(request.user.may("leads.assign"))  # type: ignore[union-attr]
    to, resource = request.POST.get("to", ""), "pool" if request.POST.get("list") == "pool" else "leads"
    if to == BY_RULES:
        job = _started(request, resource, "auto-assign", {})
    else:
        job = _started(request, resource, "assign", {"to": to})
    return _answer(
        request, job, _("Assign leads"), way_back(request, reverse("leads:list")),
        lambda number: ngettext("%(n)s lead is assigned.", "%(n)s leads are assigned.", number),
    )  # fmt: skip


def _started(request: HttpRequest, resource: str, action: str, params: dict[str, Any]) -> BulkJob:
    everything = request.POST.get("all") == "1"
    return bulk_job_start(
        by=request.user,  # type: ignore[arg-type]
        resource=resource,
        action=action,
        params=params,
        ids=None if everything else picked_ids(request, most=MOST),
        query=request.POST.get("query", "")[:2000] if everything else "",
    )


def _outcomes(request: HttpRequest, job: BulkJob) -> Sequence[Outcome]:
    rows = list(BulkJobRow.objects.filter(job=job).order_by("record_id"))
    ids = [row.record_id for row in rows]
    seen = Lead.objects.visible_to(request.user).defer("need").in_bulk(ids)  # type: ignore[arg-type]
    unseen = _("This lead is no longer yours to see.")
    return [
        Outcome(seen.get(row.record_id), unseen if row.code == "not_found" else row.reason) for row in rows
    ]


def _answer(
    request: HttpRequest, job: BulkJob, title: str, back: str, done: Callable[[int], str]
) -> HttpResponse:
    """Back with a toast when all went well; else a page that says of each lead what came of it.

    A job that a worker does has a page of its own.
    """
    if job.in_background or job.status != BulkJob.Status.DONE:
        return redirect(job)
    outcomes = _outcomes(request, job)
    good = [outcome for outcome in outcomes if not outcome.refusal]
    bad = [outcome for outcome in outcomes if outcome.refusal]
    words = done(len(good)) % {"n": len(good)}
    deed = bulk_action(job.resource, job.action)
    can_undo = good and deed is not None and deed.undo is not None
    undo = reverse("bulk-job-undo", args=[job.pk]) if can_undo else ""
    if not bad:
        toast(request, words, undo=undo)
        return redirect(back)
    context = {
        "title": title, "good": good, "bad": bad, "back": back, "done": words if good else "", "undo": undo,
    }  # fmt: skip
    return render(request, "leads/bulk_result.html", context)
