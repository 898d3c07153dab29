"""The page of one lead."""

from functools import partial
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext_lazy as _

from leads import policies
from leads.lists import STATUS_KINDS
from leads.models import Lead, Ownership
from leads.ports import ports
from leads.services import duplicates_of, score_explain
from leads.services.candidates import OPEN_STATES
from leads.services.merge import survivor_id
from leads.services.timeline import lead_timeline
from salesflow.people.models import User
from salesflow.work.models import CustomField
from salesflow.work.services import tasks_on

PATH = (
    ("new", _("New")),
    ("assigned", _("Assigned")),
    ("contacted", _("Contacted")),
    ("qualified", _("Qualified")),
    ("converted", _("Converted")),
)


def visible_lead(request: HttpRequest, pk: int) -> Lead:
    """The lead if this person may see it; 404 otherwise."""
    rows = Lead.objects.visible_to(request.user).select_related(
        "owner", "owner__team", "pool", "source", "campaign"
    )  # type: ignore[arg-type]
    return get_object_or_404(rows, pk=pk)


@login_required
def lead_detail(request: HttpRequest, pk: int) -> HttpResponse:
    try:
        lead = visible_lead(request, pk)
    except Http404:
        return redirect("leads:detail", _survivor(request, pk))
    if lead.merged_into_id is not None:
        return redirect("leads:detail", _survivor(request, pk))
    return render(request, "leads/lead.html", _context(request, lead))


def _survivor(request: HttpRequest, pk: int) -> int:
    """Where a merged lead's address leads to; 404 for who may not see that one, and for leads that are not there."""
    into = survivor_id(pk)
    if into is None or not Lead.objects.visible_to(request.user).filter(pk=into).exists():  # type: ignore[arg-type]
        raise Http404
    return into


@login_required
def lead_timeline_page(request: HttpRequest, pk: int) -> HttpResponse:
    """Older entries of the timeline, for the button at its end."""
    lead = visible_lead(request, pk)
    page = lead_timeline(lead=lead, before=request.GET.get("before", ""))
    return render(request, "leads/_timeline.html", {"lead": lead, "timeline": page})


def _context(request: HttpRequest, lead: Lead) -> dict[str, Any]:
    user: User = request.user  # type: ignore[assignment]
    found = duplicates_of(lead)
    near = [*found.hard, *found.related, *found.similar][:6]
    alike = Lead.objects.visible_to(user).in_bulk([match.lead_id for match in near])
    labels = dict(
        CustomField.objects.filter(resource="leads", key__in=list(lead.custom)).values_list("key", "label")
    )
    return {
        "lead": lead,
        "path": PATH,
        "status_kind": STATUS_KINDS[lead.status],
        "explanation": score_explain(lead),
        "timeline": lead_timeline(lead=lead),
        "tasks": tasks_on(subject=lead, user=user),
        "may_plan": user.may("tasks.create") and policies.can_edit(user, lead),
        "ownerships": Ownership.objects.filter(lead=lead).select_related("owner").order_by("-pk")[:10],
        "alike": [(alike[match.lead_id], match) for match in near if match.lead_id in alike],
        "hidden_alike": sum(match.lead_id not in alike for match in found.hard),
        "custom": [(labels.get(key, key), value) for key, value in lead.custom.items()],
        "became": ports.conversions([lead.pk]).get(lead.pk) if lead.converted_at else None,
        "may": _may(user, lead),
    }


def _may(user: User, lead: Lead) -> dict[str, bool]:
    """Which deeds to offer; the services decide. Of an archived lead, only bringing it back."""
    changes = partial(policies.can_change_status, user, lead)
    if lead.archived_at is not None:
        return {"restore": changes("leads.archive")}
    working = lead.status in OPEN_STATES
    open_ = lead.status not in ("converted", "disqualified")
    return {
        "edit": policies.can_edit(user, lead),
        "claim": lead.in_pool and not lead.under_review and _may_claim(user, lead),
        "assign": open_ and policies.can_assign(user, lead),
        "give_back": working and policies.can_return(user, lead),
        "contact": working and policies.can_contact(user, lead),
        "qualify": lead.status == "contacted" and changes("leads.qualify"),
        "convert": working and changes("leads.convert"),
        "disqualify": open_ and changes("leads.disqualify"),
        "reopen": lead.status == "disqualified" and changes("leads.reopen"),
        "archive": changes("leads.archive"),
    }


def _may_claim(user: User, lead: Lead) -> bool:
    member_of = user.pools.values_list("pk", flat=True)
    return policies.can_claim_from(user, lead.pool_id or 0, member_of)
