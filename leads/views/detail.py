"""The page of one lead."""

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext_lazy as _

from leads import policies
from leads.lists import STATUS_KINDS
from leads.models import Lead, LeadMerge, LeadSource, Ownership, Verification
from leads.ports import ports
from leads.services import duplicates_of, score_explain
from leads.services.merge import survivor_id
from leads.services.path import lead_path
from leads.services.reveal import lead_mask, masked_ids
from leads.services.timeline import lead_timeline
from leads.services.told import matches_told
from leads.services.verify import can_verify, checklist_now
from leads.services.why import assignment_why
from salesflow.journal.models import Event
from salesflow.lib.recent import looked_at
from salesflow.lib.web import figures
from salesflow.people.models import User
from salesflow.people.services.config import shown_revision
from salesflow.work.forms import LogForm
from salesflow.work.services import tasks_on
from salesflow.work.services.custom_facts import custom_facts
from salesflow.work.views.timelines import part_shown, part_tabs

#: Components of the score that are shown without asking for more.
MOST_COUNTS = 6
#: Codes a component may read, in words.
WORDS = {**dict(LeadSource.Kind.choices), **dict(Verification.choices)}
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
    looked_at(request.user, lead)
    return render(request, "leads/lead.html", lead_context(request, lead))


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
    part = part_shown(request)
    page = lead_timeline(lead=lead, user=request.user, before=request.GET.get("before", ""), part=part)  # type: ignore[arg-type]
    return render(request, "work/_timeline.html", {"timeline": page, "older": request.path, "part": part})


def lead_context(request: HttpRequest, lead: Lead, log: LogForm | None = None) -> dict[str, Any]:
    """What the page shows; `log` is the form of a contact that could not be logged as it was."""
    user: User = request.user  # type: ignore[assignment]
    may = _may(user, lead)
    primary = _primary(lead, may)
    is_masked = bool(masked_ids(user, [lead]))
    explanation = score_explain(lead)
    sees_path = policies.can_see_path(user, lead)
    tasks = tasks_on(subject=lead, user=user)
    found = duplicates_of(lead)
    near = matches_told([*found.hard, *found.similar, *found.related], user)
    return {
        "lead": lead_mask(lead) if is_masked else lead,
        "may_reveal": is_masked and may["claim"],
        "path": PATH,
        "status_kind": STATUS_KINDS[lead.status],
        "explanation": explanation,
        "counts": _counts(explanation),
        "open": lead.status in ("assigned", "contacted", "qualified"),
        "timeline": lead_timeline(lead=lead, user=user, part=part_shown(request)),
        "parts": part_tabs(request),
        "part": part_shown(request),
        "older": reverse("leads:timeline", args=[lead.pk]),
        "visited": lead_path(lead=lead, user=user, is_masked=is_masked) if sees_path else None,
        "why": assignment_why(lead),
        "grades": _grade_changes(lead),
        "tasks": tasks,
        "follow_up_planned": any(task.kind == "follow_up" for task in tasks),
        "may_plan": user.may("tasks.create") and policies.can_edit(user, lead),
        "checks": _checks(lead),
        "may_verify": lead.archived_at is None
        and can_verify(user, lead, checklist_now(revision=shown_revision())),
        "merges": LeadMerge.objects.filter(lead=lead, undone_at=None)
        .select_related("duplicate", "by")
        .order_by("-pk")[:5],
        "may_merge": policies.can_merge(user, lead),
        "ownerships": Ownership.objects.filter(lead=lead).select_related("owner").order_by("-pk")[:10],
        "alike": [(each.lead, each.match) for each in near if each.lead is not None][:6],
        "hidden_alike": sum(each.lead is None for each in near[: len(found.hard)]),
        "custom": custom_facts("leads", lead.custom),
        "became": ports.conversions([lead.pk]).get(lead.pk) if lead.converted_at else None,
        "may": may,
        "primary": primary,
        "may_more": any(
            allowed for deed, allowed in may.items() if deed not in ("contact", "claim", primary)
        ),
        "log": log or _log_form(user, lead, may),
    }


def _checks(lead: Lead) -> list[dict[str, Any]]:
    """The checklist with what was found for each item, and by whom."""
    items = checklist_now(revision=shown_revision()).items
    noted = {item.code: lead.verification_items.get(item.code) or {} for item in items}
    people = {each["by"] for each in noted.values() if each.get("by")}
    names = User.objects.in_bulk(people) if people else {}
    return [
        {
            "item": item,
            "result": noted[item.code].get("result", "open"),
            "by": names.get(noted[item.code].get("by") or 0),
            "at": parse_datetime(noted[item.code].get("at") or ""),
            "note": noted[item.code].get("note", ""),
        }
        for item in items
    ]


def _counts(explanation: dict[str, Any]) -> list[dict[str, Any]]:
    """The components that count most, those that take points first, with what they were read from in words."""
    lines = [line for line in explanation.get("components", []) if line["points"]]
    lines.sort(key=lambda line: (line["points"] > 0, -abs(line["points"])))
    return [{**line, "shown": _input(line["input"])} for line in lines[:MOST_COUNTS]]


def _input(value: Any) -> str:
    if value is None or isinstance(value, bool):
        return ""
    return figures.number(value, 1) if isinstance(value, int | float) else str(WORDS.get(value, value))


def _grade_changes(lead: Lead) -> list[Event]:
    rows = Event.objects.filter(subject_type="leads.lead", subject_id=lead.pk, kind="leads.grade_changed")
    return list(rows.order_by("-pk")[:5])


def _log_form(user: User, lead: Lead, may: dict[str, bool]) -> LogForm | None:
    may_note = lead.archived_at is None and policies.can_edit(user, lead)
    if not may["contact"] and not may_note:
        return None
    return LogForm(may_log=may["contact"], may_note=may_note, follows_up=may["contact"])


def _may(user: User, lead: Lead) -> dict[str, bool]:
    """Which deeds to offer; the services decide."""
    here = lead.archived_at is None
    working = here and lead.status in ("assigned", "contacted", "qualified")
    open_ = here and lead.status not in ("converted", "disqualified")
    return {
        "edit": here and policies.can_edit(user, lead),
        "claim": here and lead.in_pool and not lead.under_review and _may_claim(user, lead),
        "assign": open_ and policies.can_assign(user, lead),
        "by_rules": open_ and lead.owner_id is None and policies.can_assign(user, lead),
        "give_back": working and policies.can_return(user, lead),
        "contact": working and policies.can_contact(user, lead),
        "link": here and lead.status != "disqualified" and policies.can_contact(user, lead),
        "qualify": here
        and lead.status == "contacted"
        and policies.can_change_status(user, lead, "leads.qualify"),
        "convert": working and policies.can_change_status(user, lead, "leads.convert"),
        "disqualify": open_ and policies.can_change_status(user, lead, "leads.disqualify"),
        "reopen": here
        and lead.status == "disqualified"
        and policies.can_change_status(user, lead, "leads.reopen"),
        "archive": here and policies.can_change_status(user, lead, "leads.archive"),
        "example": here and lead.status == "converted" and policies.can_mark_case(user, lead),
        "restore": not here and policies.can_change_status(user, lead, "leads.archive"),
    }


def _may_claim(user: User, lead: Lead) -> bool:
    member_of = set(user.pools.values_list("pk", flat=True)) if policies.can_claim(user) else set()
    return policies.can_claim_from(user, lead.pool_id or 0, member_of)


def _primary(lead: Lead, may: dict[str, bool]) -> str:
    """The one deed that stands out: what brings the lead on from where it is."""
    waits = lead.waits_until is not None
    wanted = ("restore", "claim", "contact" if waits else "", "convert" if lead.status == "qualified" else "",
              "qualify", "assign" if lead.owner_id is None else "", "reopen", "contact", "convert")  # fmt: skip
    return next((deed for deed in wanted if deed and may[deed]), "")
