"""Giving leads to people: by a manager's hand, by the rules, and again by the rules after a return."""

from datetime import timedelta

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import F
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from leads import policies
from leads.models import HandOut, Lead, Ownership
from leads.services.candidates import OPEN_STATES
from leads.services.decide import Decision, decisions_for
from leads.services.place import assignments_note, leads_place, ownership_end
from leads.services.pool import held_count, held_limit, limit_of
from leads.services.quota import quotas_lock
from leads.services.terms import pools_now
from salesflow.clocks.services import database_now
from salesflow.lib.errors import Conflict, require
from salesflow.people.models import User

#: A lead that nobody could take is offered to the rules again after so many seconds.
TRY_AGAIN_SECONDS = 600


@transaction.atomic
def lead_assign(*, lead: Lead, by: User, owner: User, override: bool = False) -> Lead:
    """Give a lead to a person, out of a pool or from another owner; the first-contact clock starts anew.

    Obeys the holding limit unless `override`; claim counts and cool-downs are for claims. Raises PermissionDenied
    (not above the lead or the person), ValidationError (owner sells nothing), Conflict("held_limit" |
    "already_owner" | "invalid_transition").
    """
    quotas_lock([owner.pk])
    lead = _locked(lead)
    require(policies.can_assign(by, lead))
    require(policies.can_assign_to(by, owner), _("You may not assign leads to this person."))
    if not policies.can_hold(owner):
        raise ValidationError({"owner": ValidationError(_("Leads are owned by sales reps."), code="invalid")})
    _require_assignable(lead)
    if lead.owner_id == owner.pk:
        raise Conflict("already_owner", _("%(name)s owns this lead already.") % {"name": owner})
    if not override:
        _require_room(owner, lead)
    via = Ownership.Via.ASSIGN
    if lead.owner_id is not None:
        ownership_end([lead.pk], reason=Ownership.End.REASSIGNED)
        via = Ownership.Via.TRANSFER
    decision = Decision.to_owner(owner, code="assigned")
    leads_place([(lead, decision)], via=via, by=by, now=database_now())
    return Lead.objects.get(pk=lead.pk)


def _locked(lead: Lead) -> Lead:
    return Lead.objects.select_for_update(of=("self",), no_key=True).get(pk=lead.pk)


def _require_assignable(lead: Lead) -> None:
    if lead.status not in (Lead.Status.NEW, *OPEN_STATES) or lead.archived_at or lead.merged_into_id:
        message = _("A lead that is “%(status)s” cannot be assigned.") % {"status": lead.get_status_display()}
        raise Conflict("invalid_transition", message, {"current_status": lead.status})


def _require_room(owner: User, lead: Lead) -> None:
    pool = pools_now().home_of(lead.pool_id)
    most = limit_of(owner, pool, "max_held")
    if most is not None and lead.grade not in pool.held_excludes_grades and held_count(owner, pool) >= most:
        raise held_limit(owner, most)


@transaction.atomic
def lead_auto_assign(*, lead: Lead, by: User | None) -> Lead:
    """Let the rules decide about a lead that nobody owns; where nobody is eligible it waits in a pool.

    Raises PermissionDenied, Conflict("invalid_transition" for an owned or ended lead, "already_claimed").
    """
    lead = Lead.objects.get(pk=lead.pk)
    require(by is None or policies.can_assign(by, lead))
    _require_assignable(lead)
    if lead.owner_id is not None:
        raise Conflict("invalid_transition", _("This lead has an owner."), {"current_status": lead.status})
    decision = decisions_for([lead])[0]
    lead = _locked(lead)
    if lead.owner_id is not None or lead.status != Lead.Status.NEW:
        raise Conflict("already_claimed", _("Another rep took this lead first."))
    now = database_now()
    if decision.owner_id is None and lead.in_pool and lead.pool_id == decision.pool_id:
        assignments_note([(lead, decision)], by=by, now=now)
    else:
        leads_place([(lead, decision)], via=Ownership.Via.RULE, by=by, now=now)
    return Lead.objects.get(pk=lead.pk)


def lead_assignment_preview(*, lead: Lead, by: User) -> Decision:
    """Where the rules would send this lead now, and why; owner and pool of today count for nothing, nothing is written.

    Raises PermissionDenied for who may not assign it.
    """
    lead = Lead.objects.get(pk=lead.pk)
    require(policies.can_assign(by, lead))
    return decisions_for([lead], preview=True)[0]


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
