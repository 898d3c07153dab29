"""Open leads as a kind of record that is handed over.

A lead that still waits for its first contact gets a new clock, once, and is marked; one in work goes on as it is, with
its status and follow-ups.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from leads import policies
from leads.models import Lead, Ownership
from leads.querysets import sellers_of
from leads.services.candidates import OPEN_STATES
from leads.services.decide import Decision
from leads.services.place import LEAD, assignments_note, leads_place, ownership_end
from leads.services.quota import quotas_lock
from leads.services.terms import pools_now
from leads.services.unanswered import unanswered_follow
from salesflow.clocks.services import database_now
from salesflow.journal.services import EventDraft, record_many
from salesflow.lib.bulk import insert_values
from salesflow.lib.rows import rows_write
from salesflow.people.models import User
from salesflow.work.handover import HandoverKind, HandoverResult, Move, register_handover

DETAIL = "handover"
_COLUMNS = (
    "owner",
    "owned_since",
    "first_contacted_at",
    "idle_due_at",
    "unanswered_due_at",
    "version",
    "updated_at",
)
_BEGUN = (
    "lead_id", "owner_id", "via", "by_id", "pool_id", "started_at", "first_contacted_at", "end_reason", "end_detail",
)  # fmt: skip


def _rows(person: User) -> QuerySet[Lead]:
    return Lead.objects.filter(owner=person, status__in=OPEN_STATES, archived_at=None, merged_into=None)


def _recipients(by: User) -> Sequence[User]:
    return sellers_of(by, "leads.assign") if by.may("leads.assign") else []


def leads_hand_over(move: Move) -> list[HandoverResult]:
    """Give the open leads of one person to others, whatever their holding limits: the leads must go somewhere.

    Quota rows are locked first, then the leads by their ids. Nobody is told here; see `services.handovers`.
    """
    quotas_lock(to.pk for to in move.given.values())
    held = (
        _rows(move.person)
        .filter(pk__in=move.given)
        .order_by("pk")
        .select_for_update(of=("self",), no_key=True)
    )
    leads = {lead.pk: lead for lead in held}
    gone = _("This lead went elsewhere meanwhile.")
    refused = {
        id_: _refusal(move, leads[id_], to) if id_ in leads else HandoverResult(id_, "changed_since", gone)
        for id_, to in move.given.items()
    }
    going = [lead for id_, lead in leads.items() if refused[id_] is None]
    waiting = [lead for lead in going if lead.status == Lead.Status.ASSIGNED]
    worked = [lead for lead in going if lead.status != Lead.Status.ASSIGNED]
    decisions = {to.pk: Decision.to_owner(to, code="handed_over") for to in set(move.given.values())}
    chosen = {id_: decisions[to.pk] for id_, to in move.given.items()}
    ownership_end([lead.pk for lead in waiting], reason=Ownership.End.REASSIGNED, detail=DETAIL)
    ended = ownership_end(
        [lead.pk for lead in worked], reason=Ownership.End.REASSIGNED, detail=DETAIL, keep_follow_ups=True
    )
    came_from = {end.lead_id: end.pool_id for end in ended}
    # after the ends: one ownership begins when the one before it has ended
    now = database_now()
    if waiting:
        placed = [(lead, chosen[lead.pk]) for lead in waiting]
        leads_place(placed, via=Ownership.Via.TRANSFER, by=move.by, now=now, tell=False)
    _carry_on(worked, chosen, came_from, move.by, now)
    marked = {lead.pk for lead in waiting}
    record_many(_event(move, lead.pk, lead.pk in marked) for lead in going)
    return [refused[id_] or HandoverResult(id_, restarted=id_ in marked) for id_ in move.given]


def _refusal(move: Move, lead: Lead, to: User) -> HandoverResult | None:
    if not policies.can_hold(to):
        return HandoverResult(lead.pk, "cannot_hold", _("Leads are owned by sales reps."))
    if not (policies.can_assign(move.by, lead) and policies.can_assign_to(move.by, to)):
        return HandoverResult(lead.pk, "forbidden", _("This lead is not yours to assign."))
    return None


def _carry_on(
    leads: Sequence[Lead],
    chosen: Mapping[int, Decision],
    came_from: Mapping[int, int | None],
    by: User,
    now: datetime,
) -> None:
    """Leads in work change hands: the contact that was made counts as had, idle time and attempts begin anew."""
    if not leads:
        return
    ids = [lead.pk for lead in leads]
    pools = pools_now()
    for lead in leads:
        idle = pools.home_of(came_from.get(lead.pk)).return_after_idle_seconds
        lead.owner_id, lead.owned_since = chosen[lead.pk].owner_id, now
        lead.first_contacted_at, lead.unanswered_due_at = now, None
        lead.idle_due_at = now + timedelta(seconds=idle) if idle else None
        lead.version, lead.updated_at = lead.version + 1, now
    rows_write(leads, _COLUMNS)
    via = Ownership.Via.TRANSFER
    insert_values(
        Ownership,
        _BEGUN,
        [(lead.pk, lead.owner_id, via, by.pk, came_from.get(lead.pk), now, now, "", "") for lead in leads],
    )
    assignments_note([(lead, chosen[lead.pk]) for lead in leads], by=by, now=now)
    unanswered_follow(ids)


def _event(move: Move, lead_id: int, restarted: bool) -> EventDraft:
    data = {
        "owner": move.given[lead_id].pk, "from": move.person.pk, "handover": move.handover_id,
        "clock_restarted": restarted,
    }  # fmt: skip
    return EventDraft("leads.handed_over", LEAD, lead_id, move.by.pk, data)


def register_all() -> None:
    register_handover(
        HandoverKind("leads", gettext_lazy("Leads"), LEAD, 10, _rows, _recipients, leads_hand_over)
    )
