"""Giving leads to people: by a manager's hand, by the rules, and again by the rules after a return."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.db.models import F
from django.db.models.functions import Now
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from leads import policies
from leads.models import HandOut, Lead, Ownership, Pool
from leads.services.candidates import OPEN_STATES
from leads.services.decide import Decision, decisions_for
from leads.services.place import Ended, assignments_note, leads_place, ownership_end
from leads.services.pool import held_count, held_limit, limit_of
from leads.services.quota import quotas_lock
from leads.services.terms import pools_now
from salesflow.clocks.services import database_now
from salesflow.journal.models import Notice
from salesflow.journal.services import notify_many
from salesflow.lib.errors import Conflict, require
from salesflow.people.models import User

#: A lead that nobody could take is offered to the rules again after so many seconds.
TRY_AGAIN_SECONDS = 600
NOT_ABOVE = gettext_lazy("This lead is not yours to assign.")


@dataclass(frozen=True)
class Assigned:
    """What became of one lead: it went to `owner_id`, stays in a pool (nobody), or why it was refused."""

    lead: Lead
    owner_id: int | None = None
    refusal: Conflict | PermissionDenied | None = None

    @property
    def message(self) -> str:
        """The refusal in words, nothing without one."""
        return "" if self.refusal is None else str(getattr(self.refusal, "message", self.refusal))


@transaction.atomic
def lead_assign(*, lead: Lead, by: User, owner: User, override: bool = False) -> Lead:
    """Give a lead to a person, out of a pool or from another owner; the first-contact clock starts anew.

    Obeys the holding limit unless `override`; claim counts and cool-downs are for claims. Raises PermissionDenied
    (not above the lead or the person), ValidationError (owner sells nothing), Conflict("held_limit" |
    "already_owner" | "invalid_transition").
    """
    require(policies.can_assign(by, lead))
    _raise(leads_assign(lead_ids=[lead.pk], by=by, owner=owner, override=override))
    return Lead.objects.get(pk=lead.pk)


@transaction.atomic
def leads_assign(*, lead_ids: Sequence[int], by: User, owner: User, override: bool = False) -> list[Assigned]:
    """Give several leads to a person: as many as may be, in the order given, with an answer for each.

    Raises PermissionDenied (not above the person), ValidationError (owner sells nothing); what speaks against a
    single lead stands in its answer. The owner's quota row is locked first, then the leads by their ids.
    """
    require(policies.can_assign_to(by, owner), _("You may not assign leads to this person."))
    if not policies.can_hold(owner):
        raise ValidationError({"owner": ValidationError(_("Leads are owned by sales reps."), code="invalid")})
    quotas_lock([owner.pk])
    leads = _locked(lead_ids)
    room = None if override else _Room(owner)
    answers = [Assigned(lead, owner.pk, _refusal(lead, by, owner, room)) for lead in leads]
    _transfer(answers, [owner], by)
    return answers


@transaction.atomic
def leads_assign_each(*, owners: Mapping[int, User], by: User) -> list[Assigned]:
    """Give each of these leads (by id) to a person of its own, whatever the limits on holding: what one had before.

    What speaks against a person or a lead stands in the answers. The owners' quota rows are locked first, then the
    leads by their ids.
    """
    people = {owner.pk: owner for owner in owners.values()}
    quotas_lock(people)
    barred = {pk: _owner_refusal(owner, by) for pk, owner in people.items()}
    answers = []
    for lead in _locked(owners):
        owner = owners[lead.pk]
        answers.append(Assigned(lead, owner.pk, barred[owner.pk] or _refusal(lead, by, owner, None)))
    _transfer(answers, people.values(), by)
    return answers


def _owner_refusal(owner: User, by: User) -> PermissionDenied | None:
    if not policies.can_assign_to(by, owner):
        return PermissionDenied(_("You may not assign leads to this person."))
    return None if policies.can_hold(owner) else PermissionDenied(_("Leads are owned by sales reps."))


def _transfer(answers: Sequence[Assigned], owners: Iterable[User], by: User) -> None:
    """Carry out what nothing speaks against."""
    decisions = {owner.pk: Decision.to_owner(owner, code="assigned") for owner in owners}
    given = [(answer.lead, decisions[answer.owner_id or 0]) for answer in answers if answer.refusal is None]
    owned = [(lead, decision) for lead, decision in given if lead.owner_id is not None]
    fresh = [(lead, decision) for lead, decision in given if lead.owner_id is None]
    ended = ownership_end([lead.pk for lead, _decision in owned], reason=Ownership.End.REASSIGNED)
    now = database_now()
    for part, via in ((fresh, Ownership.Via.ASSIGN), (owned, Ownership.Via.TRANSFER)):
        if part:
            leads_place(part, via=via, by=by, now=now)
    notify_many(_lost(ended, by))


def _lost(ended: Iterable[Ended], by: User) -> Iterable[Notice]:
    """Former owners are told how many leads they lost, not which: they may see them no more."""
    for person, number in Counter(end.owner_id for end in ended).items():
        if person != by.pk:
            yield Notice(user_id=person, kind="leads.given_away", params={"count": number})


def _locked(lead_ids: Iterable[int]) -> list[Lead]:
    """These leads in the order given, locked in the order of their ids."""
    ids = list(dict.fromkeys(lead_ids))
    rows = Lead.objects.filter(pk__in=ids).order_by("pk")
    held = {lead.pk: lead for lead in rows.select_for_update(of=("self",), no_key=True)}
    return [held[id_] for id_ in ids if id_ in held]


def _raise(answers: Sequence[Assigned]) -> None:
    """The refusal of the one lead a deed was about."""
    for answer in answers:
        if answer.refusal is not None:
            raise answer.refusal


def _refusal(lead: Lead, by: User, owner: User, room: "_Room | None") -> Conflict | PermissionDenied | None:
    if not policies.can_assign(by, lead):
        return PermissionDenied(NOT_ABOVE)
    if not _is_assignable(lead):
        return _not_assignable(lead)
    if lead.owner_id == owner.pk:
        return Conflict("already_owner", _("%(name)s owns this lead already.") % {"name": owner})
    return room.take(lead) if room is not None else None


def _is_assignable(lead: Lead) -> bool:
    return lead.status in (Lead.Status.NEW, *OPEN_STATES) and not lead.archived_at and not lead.merged_into_id


def _not_assignable(lead: Lead) -> Conflict:
    message = _("A lead that is “%(status)s” cannot be assigned.") % {"status": lead.get_status_display()}
    return Conflict("invalid_transition", message, {"current_status": lead.status})


class _Room:
    """What a person may still hold, counted once per pool the leads come out of, and down as leads are given."""

    def __init__(self, owner: User) -> None:
        self.owner, self.pools = owner, pools_now()
        self.held: dict[int, int] = {}
        self.taken: list[Lead] = []

    def take(self, lead: Lead) -> Conflict | None:
        """Nothing when the lead fits, which then counts; else the limit it meets."""
        pool = self.pools.home_of(lead.pool_id)
        most = limit_of(self.owner, pool, "max_held")
        if most is not None and lead.grade not in pool.held_excludes_grades:
            if pool.id not in self.held:
                self.held[pool.id] = held_count(self.owner, pool)
            taken = sum(other.grade not in pool.held_excludes_grades for other in self.taken)
            if self.held[pool.id] + taken >= most:
                return held_limit(self.owner, most)
        self.taken.append(lead)
        return None


@transaction.atomic
def lead_auto_assign(*, lead: Lead, by: User | None) -> Lead:
    """Let the rules decide about a lead that nobody owns; where nobody is eligible it waits in a pool.

    Raises PermissionDenied, Conflict("invalid_transition" for an owned or ended lead, "already_claimed").
    """
    _raise(leads_auto_assign(lead_ids=[lead.pk], by=by))
    return Lead.objects.get(pk=lead.pk)


@transaction.atomic
def leads_auto_assign(*, lead_ids: Sequence[int], by: User | None) -> list[Assigned]:
    """Let the rules decide about several leads, with an answer for each; those nobody can take wait in a pool."""
    ids = list(dict.fromkeys(lead_ids))
    known = Lead.objects.in_bulk(ids)
    refused = {id_: _rules_refusal(lead, by) for id_, lead in known.items()}
    asked = [known[id_] for id_ in ids if id_ in known and refused[id_] is None]
    decisions = dict(zip((lead.pk for lead in asked), decisions_for(asked), strict=True))
    now = database_now()
    placed, stays, answers = [], [], []
    held = {lead.pk: lead for lead in _locked(decisions)}
    for id_, lead in held.items():
        decision = decisions[id_]
        if lead.owner_id is not None or lead.status != Lead.Status.NEW:
            refused[id_] = Conflict("already_claimed", _("Another rep took this lead first."))
        elif decision.owner_id is None and lead.in_pool and lead.pool_id == decision.pool_id:
            stays.append((lead, decision))
        else:
            placed.append((lead, decision))
    assignments_note(stays, by=by, now=now)
    if placed:
        leads_place(placed, via=Ownership.Via.RULE, by=by, now=now)
    for id_ in ids:
        if id_ in known:
            owner = decisions[id_].owner_id if id_ in decisions else None
            answers.append(Assigned(held.get(id_, known[id_]), owner, refused[id_]))
    return answers


def _rules_refusal(lead: Lead, by: User | None) -> Conflict | PermissionDenied | None:
    if by is not None and not policies.can_assign(by, lead):
        return PermissionDenied(NOT_ABOVE)
    if not _is_assignable(lead):
        return _not_assignable(lead)
    if lead.owner_id is not None:
        return Conflict("invalid_transition", _("This lead has an owner."), {"current_status": lead.status})
    return None


def lead_assignment_preview(*, lead: Lead, by: User) -> Decision:
    """Where the rules would send this lead now, and why; owner and pool of today count for nothing, nothing is written.

    Raises PermissionDenied for who may not assign it.
    """
    lead = Lead.objects.get(pk=lead.pk)
    require(policies.can_assign(by, lead))
    return decisions_for([lead], preview=True)[0]


def leads_assignment_preview(*, by: User, pool: Pool, limit: int) -> list[tuple[Lead, Decision]]:
    """Where the rules would send leads that wait in a pool, the newest first, and why; nothing is written.

    They are decided one after the other, as if all were handed out now. Those under review wait for a manager and are
    left out. Raises PermissionDenied for who may not see the rules, or assigns nothing.
    """
    require(by.may("assignment.view") and by.may("leads.assign"))
    waiting = Lead.objects.visible_to(by).current().filter(in_pool=True, pool=pool, under_review=False)
    leads = list(waiting.order_by("-pool_entered_at", "-pk")[:limit])
    return list(zip(leads, decisions_for(leads, preview=True), strict=True))


@transaction.atomic
def leads_hand_out(*, limit: int = 500) -> dict[str, int]:
    """Give returned leads to people again by the rules: one batch, one transaction.

    What was claimed meanwhile leaves the queue; what nobody can take now is tried again later.
    """
    queue = HandOut.objects.filter(due_at__lte=Now()).order_by("due_at")
    ids = list(queue.select_for_update(skip_locked=True).values_list("pk", flat=True)[:limit])
    if not ids:
        return {"processed": 0, "handed_out": 0}
    waiting = Lead.objects.filter(pk__in=ids, in_pool=True, under_review=False).current().order_by("pk")
    leads = list(waiting)
    decided = {lead.pk: (lead, decision) for lead, decision in zip(leads, decisions_for(leads), strict=True)}
    now = database_now()
    locked = waiting.filter(pk__in=[id_ for id_, (_lead, decision) in decided.items() if decision.owner_id])
    free = list(locked.select_for_update(skip_locked=True, of=("self",), no_key=True))
    leads_place([(lead, decided[lead.pk][1]) for lead in free], via=Ownership.Via.RULE, by=None, now=now)
    HandOut.objects.filter(pk__in=set(ids) - set(decided)).delete()
    nobody = [id_ for id_, (_lead, decision) in decided.items() if decision.owner_id is None]
    HandOut.objects.filter(pk__in=nobody).update(
        due_at=Now() + timedelta(seconds=TRY_AGAIN_SECONDS), attempts=F("attempts") + 1
    )
    return {"processed": len(ids), "handed_out": len(free)}
