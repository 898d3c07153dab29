"""Carrying out decisions: the columns of the lead, and the rows that begin and end with an ownership.

For leads being entered: `placement_apply` on each unsaved lead, INSERT, then `placements_record` for all of them. For
stored leads `leads_place` does both.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models.functions import Now

from leads.models import HandOut, Lead, LeadAssignment, Ownership
from leads.services.candidates import OPEN_STATES
from leads.services.decide import Decision
from leads.services.terms import METRIC, PolicyTerms, PoolTerms, pools_now
from salesflow.clocks.services import NewClock, clocks_cancel, clocks_start
from salesflow.journal.models import Notice
from salesflow.journal.services import EventDraft, notify_many, record_many
from salesflow.lib.bulk import insert_values
from salesflow.lib.prepared import sent_together
from salesflow.lib.rows import rows_write
from salesflow.people.models import User
from salesflow.work.models import Task

LEAD = "leads.lead"
Placed = Sequence[tuple[Lead, Decision]]
#: Leads that a notice about several of them names.
NAMED = 20
#: The columns `placement_apply` sets.
COLUMNS = (
    "owner", "owned_since", "status", "pool", "in_pool", "under_review", "pool_entered_at", "protected_until",
    "first_contact_started_at", "first_contact_limit_seconds", "first_contact_due_at", "first_contacted_at",
    "next_follow_up_at", "idle_due_at", "unanswered_due_at",
)  # fmt: skip
_BEGUN = ("lead_id", "owner_id", "via", "by_id", "pool_id", "started_at", "end_reason", "end_detail")
_ASSIGNED = (
    "lead_id", "rule_id", "rule_version", "rule_name", "strategy", "owner_id", "pool_id", "candidates", "reason",
    "by_id", "at",
)  # fmt: skip
#: What giving back reads of a lead.
READ = ("owner", "status", "grade", "pool", "returned_count", "first_contacted_at", "archived_at", "version")


def placement_apply(lead: Lead, decision: Decision, *, now: datetime) -> None:
    """Set the lead's columns of owner, pool and first contact as decided; `now` is the database's."""
    lead.first_contacted_at = lead.next_follow_up_at = lead.unanswered_due_at = None
    lead.under_review = False
    if decision.owner_id is None:
        _to_pool(lead, decision.terms.pools.by_id[decision.pool_id or 0], now)
    else:
        _to_owner(lead, decision, now)


def _to_pool(lead: Lead, pool: PoolTerms, now: datetime) -> None:
    lead.owner_id = lead.owned_since = lead.idle_due_at = None
    lead.status = Lead.Status.NEW
    lead.in_pool, lead.pool_id, lead.pool_entered_at = True, pool.id, now
    lead.protected_until = (
        now + timedelta(seconds=pool.protection_seconds) if pool.protection_seconds else None
    )
    lead.first_contact_started_at = lead.first_contact_limit_seconds = lead.first_contact_due_at = None


def _to_owner(lead: Lead, decision: Decision, now: datetime) -> None:
    home = decision.terms.pools.home_of(lead.pool_id)
    policy = decision.terms.policies[lead.grade]
    lead.owner_id, lead.owned_since, lead.status = decision.owner_id, now, Lead.Status.ASSIGNED
    lead.in_pool, lead.pool_id, lead.pool_entered_at, lead.protected_until = False, None, None, None
    lead.first_contact_started_at, lead.first_contact_limit_seconds = now, policy.limit_seconds
    lead.first_contact_due_at = policy.due_at(now)
    idle = home.return_after_idle_seconds
    lead.idle_due_at = now + timedelta(seconds=idle) if idle else None


def placements_record(
    placed: Placed,
    *,
    via: str,
    by: User | None,
    now: datetime,
    came_from: Mapping[int, int | None] | None = None,
    before: Iterable[EventDraft] = (),
    tell: bool = True,
) -> None:
    """After the leads are stored: ownerships, clocks, assignment records, events, notices, for all at once.

    `via` is the `Ownership.Via` of those that got an owner; `came_from` maps a lead to the pool it was taken out of;
    the events `before` are told first.
    New owners are told, each once for all his leads, unless they did it themselves; so are the managers of a pool
    that got leads because nobody was eligible.
    """
    came_from = came_from or {}
    owned = [
        (lead, decision.owner_id, decision.terms.policies[lead.grade])
        for lead, decision in placed
        if decision.owner_id is not None
    ]
    by_id = by.pk if by is not None else None
    begun = [
        (lead.pk, owner, via, by_id, came_from.get(lead.pk), now, "", "") for lead, owner, _policy in owned
    ]
    events = (_event(lead, decision, via, by, came_from.get(lead.pk)) for lead, decision in placed)
    with sent_together():
        insert_values(Ownership, _BEGUN, begun)
        assignments_note(placed, by=by, now=now)
        record_many([*before, *events])
        if tell:
            notify_many(_news(placed, by))
        # last: its answer is waited for
        clocks_start([clock_row(lead, owner, policy, now) for lead, owner, policy in owned], now=now)


def leads_place(placed: Placed, *, via: str, by: User | None, now: datetime, tell: bool = True) -> None:
    """Carry out decisions about stored leads, which the caller has locked and which have no open ownership."""
    came_from = {lead.pk: lead.pool_id for lead, _decision in placed}
    for lead, decision in placed:
        placement_apply(lead, decision, now=now)
        lead.version += 1
        lead.updated_at = now
    leads = [lead for lead, _decision in placed]
    rows_write(leads, [*COLUMNS, "version", "updated_at"])
    placements_record(placed, via=via, by=by, now=now, came_from=came_from, tell=tell)
    HandOut.objects.filter(pk__in=[lead.pk for lead, decision in placed if decision.owner_id]).delete()


def assignments_note(placed: Placed, *, by: User | None, now: datetime) -> None:
    """Keep for each lead why it went where it did."""
    by_id = by.pk if by is not None else None
    rows = [
        (lead.pk, why.rule_id, why.rule_version, why.rule_name, why.strategy, why.owner_id, why.pool_id,
         why.candidates, why.reason, by_id, now)
        for lead, why in placed
    ]  # fmt: skip
    insert_values(LeadAssignment, _ASSIGNED, rows)


def clock_row(lead: Lead, owner_id: int, policy: PolicyTerms, now: datetime) -> NewClock:
    """The first-contact clock of an owner who begins now."""
    return NewClock(
        subject_type=LEAD,
        subject_id=lead.pk,
        metric=METRIC,
        target_seconds=policy.limit_seconds,
        warn_percents=policy.warn_percents,
        calendar=policy.calendar,
        policy_key=policy.grade,
        policy_version=policy.version,
        owner_id=owner_id,
        started_at=now,
    )


def _event(lead: Lead, decision: Decision, via: str, by: User | None, came_from: int | None) -> EventDraft:
    by_id = by.pk if by is not None else None
    if decision.owner_id is None:
        data = {"pool": decision.pool_id, "why": decision.reason.get("code", "")}
        return EventDraft("leads.entered_pool", LEAD, lead.pk, by_id, data)
    kind = "leads.claimed" if via == Ownership.Via.CLAIM else "leads.assigned"
    data = {"owner": decision.owner_id, "via": via, "rule": decision.rule_id, "pool": came_from}
    return EventDraft(kind, LEAD, lead.pk, by_id, data)


def _news(placed: Placed, by: User | None) -> Iterable[Notice]:
    to_owner: dict[int, list[Lead]] = defaultdict(list)
    to_manager: dict[int, list[Lead]] = defaultdict(list)
    for lead, decision in placed:
        if decision.owner_id is not None:
            if by is None or by.pk != decision.owner_id:
                to_owner[decision.owner_id].append(lead)
        elif decision.reason.get("code") in ("nobody_eligible", "no_rule"):
            for manager in decision.terms.pools.by_id[decision.pool_id or 0].managers:
                to_manager[manager].append(lead)
    yield from notices_about(to_owner, "leads.assigned")
    yield from notices_about(to_manager, "leads.unassigned")


def notices_about(leads_of: Mapping[int, Sequence[Lead]], kind: str, **params: object) -> Iterable[Notice]:
    """One notice per person, about his one lead or about several: their number, and the first of them by id."""
    for user, leads in leads_of.items():
        one = leads[0] if len(leads) == 1 else None
        yield Notice(
            user_id=user,
            kind=kind,
            subject_type=LEAD if one is not None else "",
            subject_id=one.pk if one is not None else None,
            params={**params, "count": len(leads), "leads": [lead.pk for lead in leads[:NAMED]]},
        )


def idle_time_restart(lead: Lead) -> None:
    """Count the idle time anew for a lead that came back to its owner's list; the caller has locked it."""
    ownership = Ownership.objects.filter(lead=lead, ended_at=None).first()
    if ownership is not None and lead.status in OPEN_STATES:
        idle = pools_now().home_of(ownership.pool_id).return_after_idle_seconds
        due = Now() + timedelta(seconds=idle) if idle else None
        Lead.objects.filter(pk=lead.pk).update(idle_due_at=due)


@dataclass(frozen=True)
class Ended:
    """An ownership that was ended: of which lead, whose, and the pool it had come out of."""

    lead_id: int
    owner_id: int
    pool_id: int | None


def ownership_end(
    lead_ids: Iterable[int], *, reason: str, detail: str = "", keep_follow_ups: bool = False
) -> list[Ended]:
    """End the open ownerships of these leads, which the caller has locked, with their clocks and follow-up tasks.

    `reason` is an `Ownership.End`. The columns of the leads are the caller's. A clock past its end is breached, not
    cancelled. Gives what was ended.
    """
    ids = list(lead_ids)
    rows = Ownership.objects.filter(lead__in=ids, ended_at=None).order_by("pk").select_for_update(no_key=True)
    ended = list(rows)
    Ownership.objects.filter(pk__in=[row.pk for row in ended]).update(
        ended_at=Now(), end_reason=reason, end_detail=detail[:500]
    )
    clocks_cancel(subject_type=LEAD, subject_ids=ids, metric=METRIC)
    if not keep_follow_ups:
        follow_ups_drop(ids)
    return [Ended(row.lead_id, row.owner_id, row.pool_id) for row in ended]


def follow_ups_drop(lead_ids: Iterable[int]) -> None:
    """Cancel the open follow-up tasks on leads that changed hands; other tasks are their people's own."""
    tasks = Task.objects.filter(subject_type=LEAD, subject_id__in=list(lead_ids), kind="follow_up")
    tasks.filter(state=Task.State.OPEN).update(state=Task.State.CANCELLED, updated_at=Now())
