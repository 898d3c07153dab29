"""Moves between the states of a lead that are neither ownership nor contact."""

from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from leads import policies
from leads.models import Lead, LeadAssignment, Ownership, Reason, Verification
from leads.services.decide import Decision
from leads.services.first_contact import first_contact_cancel, first_contact_restart
from leads.services.place import follow_ups_drop, idle_time_restart, leads_place, ownership_end
from leads.services.unanswered import unanswered_follow
from salesflow.clocks.services import database_now
from salesflow.journal.services import record
from salesflow.lib.errors import Conflict, require
from salesflow.lib.records import touched
from salesflow.people.models import User

OUT_OF_POOL: dict[str, Any] = {
    "in_pool": False,
    "pool": None,
    "under_review": False,
    "pool_entered_at": None,
    "protected_until": None,
}


def lead_locked(lead: Lead) -> Lead:
    return Lead.objects.select_for_update(of=("self",)).get(pk=lead.pk)


def require_present(lead: Lead) -> None:
    """Nothing is done to an archived lead before it is restored."""
    if lead.archived_at is not None or lead.merged_into_id is not None:
        raise Conflict("archived", _("This lead is archived: restore it first."))


def invalid_transition(lead: Lead) -> Conflict:
    message = _("A lead that is “%(status)s” cannot make this move.") % {"status": lead.get_status_display()}
    return Conflict("invalid_transition", message, {"current_status": lead.status})


@transaction.atomic
def lead_qualify(*, lead: Lead, by: User) -> Lead:
    """A contacted lead agreed to enter the sales process."""
    lead = lead_locked(lead)
    require(policies.can_change_status(by, lead, "leads.qualify"))
    require_present(lead)
    if lead.status != Lead.Status.CONTACTED:
        raise invalid_transition(lead)
    Lead.objects.filter(pk=lead.pk).update(status=Lead.Status.QUALIFIED, **touched())
    record("leads.qualified", subject=lead, by=by)
    return Lead.objects.get(pk=lead.pk)


@transaction.atomic
def lead_disqualify(*, lead: Lead, by: User | None, reason: Reason, note: str = "") -> Lead:
    """Take a lead out of work for a reason from the list; it keeps its owner and leaves any pool.

    What was planned as its next follow-up is called off.
    """
    lead = lead_locked(lead)
    require(by is None or policies.can_change_status(by, lead, "leads.disqualify"))
    require_present(lead)
    if reason.kind != Reason.Kind.DISQUALIFY or reason.archived_at is not None:
        raise ValidationError(
            {"reason": ValidationError(_("Choose a reason from the list."), code="invalid")}
        )
    if lead.status in (Lead.Status.CONVERTED, Lead.Status.DISQUALIFIED):
        raise invalid_transition(lead)
    disqualified(lead, by=by, reason=reason, note=note)
    return Lead.objects.get(pk=lead.pk)


def disqualified(lead: Lead, *, by: User | None, reason: Reason, note: str) -> None:
    """Take a locked lead out of work: out of any pool, its clock stopped, its follow-ups called off."""
    Lead.objects.filter(pk=lead.pk).update(
        status=Lead.Status.DISQUALIFIED,
        disqualify_reason=reason,
        disqualified_at=Now(),
        idle_due_at=None,
        next_follow_up_at=None,
        **OUT_OF_POOL,
        **touched(),
    )
    first_contact_cancel([lead.pk])
    follow_ups_drop([lead.pk])
    record(
        "leads.disqualified",
        subject=lead,
        by=by,
        data={"reason": reason.code, "from": lead.status},
        private={"note": note} if note else None,
    )


@transaction.atomic
def lead_reopen(*, lead: Lead, by: User) -> Lead:
    """Bring a disqualified lead back to `new`: without an owner, waiting in the default pool.

    One that was rejected as a fake is to be verified anew.
    """
    lead = lead_locked(lead)
    require(policies.can_change_status(by, lead, "leads.reopen"))
    require_present(lead)
    if lead.status != Lead.Status.DISQUALIFIED:
        raise invalid_transition(lead)
    if lead.owner_id is not None:
        ownership_end([lead.pk], reason=Ownership.End.RETURNED, detail="reopened")
    lead.disqualify_reason = lead.disqualified_at = None
    Lead.objects.filter(pk=lead.pk).update(disqualify_reason=None, disqualified_at=None, **_asked_anew(lead))
    record("leads.reopened", subject=lead, by=by)
    leads_place([(lead, Decision.to_pool())], via=Ownership.Via.ASSIGN, by=by, now=database_now())
    return Lead.objects.get(pk=lead.pk)


def _asked_anew(lead: Lead) -> dict[str, Any]:
    """What was answered as wrong of a lead that was taken for a fake is open again."""
    if lead.verification != Verification.REJECTED:
        return {}
    answered = {code: each for code, each in lead.verification_items.items() if each.get("result") != "wrong"}
    return {"verification_items": answered, "verification": Verification.PENDING}


@transaction.atomic
def lead_archive(*, lead: Lead, by: User) -> None:
    """Put a lead out of sight; nothing people worked on is destroyed. Its clock is stopped. Twice is no error."""
    lead = lead_locked(lead)
    require(policies.can_change_status(by, lead, "leads.archive"))
    if lead.archived_at is not None:
        return
    Lead.objects.filter(pk=lead.pk).update(
        archived_at=Now(), idle_due_at=None, unanswered_due_at=None, **touched()
    )
    first_contact_cancel([lead.pk])
    record("leads.archived", subject=lead, by=by)


@transaction.atomic
def lead_restore(*, lead: Lead, by: User) -> Lead:
    """Bring an archived lead back as it was; a first contact not yet made gets a new clock.

    One that an undone import took out of its place waits in the default pool.
    """
    lead = lead_locked(lead)
    require(policies.can_change_status(by, lead, "leads.archive"))
    if lead.archived_at is None:
        raise Conflict("not_archived", _("This lead is not archived."))
    Lead.objects.filter(pk=lead.pk).update(archived_at=None, **touched())
    if _lost_its_place(lead):
        leads_place([(lead, Decision.to_pool())], via=Ownership.Via.ASSIGN, by=by, now=database_now())
    first_contact_restart(lead)
    idle_time_restart(lead)
    unanswered_follow([lead.pk])
    record("leads.restored", subject=lead, by=by)
    return Lead.objects.get(pk=lead.pk)


def _lost_its_place(lead: Lead) -> bool:
    """A new lead outside of all pools that was placed once; a past lead never was."""
    is_placed = lead.in_pool or lead.owner_id is not None or lead.status != Lead.Status.NEW
    return not is_placed and LeadAssignment.objects.filter(lead=lead).exists()
