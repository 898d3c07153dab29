"""Leads on their way back to a pool: given back by a person, or taken back by the clock."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from leads import policies
from leads.models import HandOut, Lead, Ownership, Pool, Reason
from leads.ports import ports
from leads.services.candidates import OPEN_STATES
from leads.services.decide import Decision
from leads.services.place import (
    COLUMNS,
    LEAD,
    NAMED,
    READ,
    Ended,
    notices_about,
    ownership_end,
    placement_apply,
)
from leads.services.superiors import superiors_of
from leads.services.terms import PoolTerms, Terms, pools_now
from salesflow.clocks.services import database_now
from salesflow.journal.models import Notice
from salesflow.journal.services import EventDraft, notify_gathered, notify_many, record_many
from salesflow.lib.errors import Conflict, require
from salesflow.lib.rows import rows_write
from salesflow.lib.sweeps import run_in_hand
from salesflow.people.models import User

REASON_LIMIT = 500
#: A lead protected from an idle return is looked at again after so long, or after its idle time if that is shorter.
LOOK_AGAIN = timedelta(hours=1)
EVENTS = {
    Ownership.End.EXPIRED: "leads.timed_out",
    Ownership.End.IDLE: "leads.idled_out",
    Ownership.End.NO_ANSWER: "leads.unanswered",
    Ownership.End.RETURNED: "leads.returned",
}


@transaction.atomic
def lead_return(*, lead: Lead, by: User, reason: str, pool: Pool | None = None) -> Lead:
    """Give a lead back to the pool it came out of (or the default one), or to `pool`, for a reason.

    `reason` is the code of an entry of the list or a text. Raises PermissionDenied, ValidationError (reason, pool),
    Conflict("invalid_transition") for a lead nobody works on.
    """
    lead = Lead.objects.select_for_update(of=("self",), no_key=True).get(pk=lead.pk)
    require(policies.can_return(by, lead))
    reason = reason.strip()
    errors = {}
    if not reason or len(reason) > REASON_LIMIT or "\x00" in reason:
        errors["reason"] = ValidationError(_("Say why, in at most 500 characters."), code="required")
    if pool is not None and (pool.archived_at is not None or not policies.can_return_to(by, pool.pk)):
        errors["pool"] = ValidationError(_("Choose one of your pools."), code="invalid")
    if errors:
        raise ValidationError(errors)
    if lead.owner_id is None or lead.status not in OPEN_STATES or lead.archived_at is not None:
        raise Conflict("invalid_transition", _("Nobody is working on this lead, so it cannot be returned."))
    chosen = None if pool is None else pool.pk
    leads_give_back([lead], reason=Ownership.End.RETURNED, by=by, detail=_code(reason), pool_id=chosen)
    return Lead.objects.get(pk=lead.pk)


def _code(reason: str) -> str:
    known = Reason.objects.filter(kind=Reason.Kind.RETURN, code__iexact=reason, archived_at=None)
    return known.values_list("code", flat=True).first() or reason


def leads_give_back(
    leads: Sequence[Lead],
    *,
    reason: str,
    by: User | None = None,
    detail: str = "",
    pool_id: int | None = None,
) -> int:
    """Put owned leads, which the caller has locked, back into their pools; the same few statements for all.

    Ends ownerships and clocks, counts the return, sends those returned too often to review, queues those that the
    rules hand out again, tells former owners and their managers, in a sweep once for all its batches. Gives how many
    went back.
    """
    ended = {
        end.lead_id: end for end in ownership_end((lead.pk for lead in leads), reason=reason, detail=detail)
    }
    now = database_now()
    terms = Terms(pools=pools_now(), policies={})
    gone: list[tuple[Lead, PoolTerms]] = []
    for lead in leads:
        end = ended.get(lead.pk)
        came_from = None if end is None else end.pool_id
        home = terms.pools.home_of(came_from if pool_id is None else pool_id)
        _to_pool(lead, home, terms, now)
        gone.append((lead, home))
    rows_write(leads, [*COLUMNS, "returned_count", "version", "updated_at"])
    again = [lead.pk for lead, home in gone if home.rehand == Pool.Rehand.RULES and not lead.under_review]
    HandOut.objects.bulk_create([HandOut(lead_id=id_, due_at=now) for id_ in again], ignore_conflicts=True)
    record_many(_event(lead, home, ended.get(lead.pk), reason, by, detail) for lead, home in gone)
    news = list(_news(gone, ended, reason, by))
    if run := run_in_hand():
        notify_gathered(news, run=run, lists=("leads",), most=NAMED)
    else:
        notify_many(news)
    return len(gone)


def _to_pool(lead: Lead, home: PoolTerms, terms: Terms, now: datetime) -> None:
    placement_apply(lead, Decision(terms=terms, pool_id=home.id), now=now)
    lead.returned_count += 1
    lead.under_review = bool(home.review_after_returns) and lead.returned_count >= (
        home.review_after_returns or 0
    )
    lead.version += 1
    lead.updated_at = now


def _event(
    lead: Lead, home: PoolTerms, end: Ended | None, reason: str, by: User | None, detail: str
) -> EventDraft:
    data = {
        "owner": end.owner_id if end else None,
        "pool": home.id,
        "returned_count": lead.returned_count,
        "review": lead.under_review,
    }
    private = {"reason": detail} if detail else None
    return EventDraft(EVENTS[Ownership.End(reason)], LEAD, lead.pk, by.pk if by else None, data, private)


def _news(
    gone: Sequence[tuple[Lead, PoolTerms]], ended: Mapping[int, Ended], reason: str, by: User | None
) -> Iterable[Notice]:
    """Each former owner and each of their managers once; pool managers of what waits for their review."""
    superiors = superiors_of(end.owner_id for end in ended.values())
    lost: dict[int, list[Lead]] = defaultdict(list)
    watched: dict[int, list[Lead]] = defaultdict(list)
    review: dict[int, list[Lead]] = defaultdict(list)
    for lead, home in gone:
        end = ended.get(lead.pk)
        if end is not None:
            lost[end.owner_id].append(lead)
            for manager in superiors[end.owner_id].managers or home.managers - {end.owner_id}:
                watched[manager].append(lead)
        if lead.under_review:
            for manager in home.managers:
                review[manager].append(lead)
    for people in (lost, watched, review):
        people.pop(by.pk if by is not None else 0, None)
    kind = EVENTS[Ownership.End(reason)]
    yield from notices_about(lost, kind)
    yield from notices_about(watched, f"{kind}_of_rep")
    yield from notices_about(review, "leads.needs_review")


@transaction.atomic
def leads_return_idle(*, limit: int = 500) -> dict[str, int]:
    """Take back leads without follow-up for longer than their pool allows: one batch, one transaction.

    A lead with an open opportunity that still moves is protected and looked at again later; ended ones drop out.
    """
    due = Lead.objects.filter(idle_due_at__lte=Now()).order_by("idle_due_at")
    rows = due.only(*READ, "idle_due_at").select_for_update(skip_locked=True, of=("self",), no_key=True)
    leads = list(rows[:limit])
    if not leads:
        return {"processed": 0, "returned": 0}
    working = [lead for lead in leads if lead.status in OPEN_STATES and lead.archived_at is None]
    moving = ports.open_opportunity([lead.pk for lead in working]) if working else set()
    back = [lead for lead in working if lead.pk not in moving]
    ids = {lead.pk for lead in leads} - {lead.pk for lead in working}
    Lead.objects.filter(pk__in=ids).update(idle_due_at=None)
    Lead.objects.filter(pk__in=moving).update(idle_due_at=Now() + LOOK_AGAIN)
    if back:
        leads_give_back(back, reason=Ownership.End.IDLE)
    return {"processed": len(leads), "returned": len(back)}
