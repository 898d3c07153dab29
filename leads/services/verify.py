"""The checklist that tells real leads from fakes."""

from dataclasses import dataclass
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from leads import policies
from leads.models import Lead, Reason, Verification, VerificationItem, VerificationPolicy
from leads.services.score import leads_rescore
from leads.services.state import disqualified, lead_locked, require_present
from salesflow.clocks.services import database_now
from salesflow.journal.services import record
from salesflow.lib.errors import require
from salesflow.lib.records import touched
from salesflow.people.models import User
from salesflow.people.services import config_changed, config_hold
from salesflow.people.services.config import configured

RESULTS = ("confirmed", "wrong", "open")
#: The code of the reason with which a fake is taken out of work.
FAKE = "fake"
NOTE_LIMIT = 500


@dataclass(frozen=True)
class Checklist:
    """What is asked, in order, and who asks it."""

    items: tuple[VerificationItem, ...]
    verifier: str

    def item(self, code: str) -> VerificationItem | None:
        return next((item for item in self.items if item.code == code), None)


def checklist_now(*, revision: int | None = None) -> Checklist:
    """The checklist as it is now, kept in the process until the configuration changes."""

    def read() -> Checklist:
        items = tuple(VerificationItem.objects.filter(archived_at=None).order_by("position", "pk"))
        return Checklist(items, VerificationPolicy.objects.get().verifier)

    return configured("leads.checklist", read, revision=revision)


def can_verify(user: User, lead: Lead, checklist: Checklist) -> bool:
    """Whether this person checks this lead: within the right, and as the policy says; those above him always."""
    if not policies.can_verify(user, lead):
        return False
    verifier, is_inside = checklist.verifier, "inside_sales" in user.role_codes
    if verifier == VerificationPolicy.Verifier.ANYBODY or user.scope("leads.verify") not in ("own", "none"):
        return True
    return is_inside if verifier == VerificationPolicy.Verifier.INSIDE_SALES else lead.owner_id == user.pk


@transaction.atomic
def lead_verify(*, lead: Lead, by: User, item: str, result: str, note: str = "") -> Lead:
    """Note the result of one item of the checklist: `confirmed`, `wrong` or `open`.

    All items confirmed make the lead verified. A wrong answer to an item that says so makes it a fake: it is rejected,
    and leaves the queue, disqualified with that reason and the note. Raises PermissionDenied, ValidationError,
    Conflict("archived").
    """
    lead = lead_locked(lead)
    checklist = checklist_now()
    require(policies.can_verify(by, lead))
    require(can_verify(by, lead, checklist), _("Somebody else verifies leads here."))
    require_present(lead)
    asked = checklist.item(item)
    _check(asked, result)
    now = database_now()
    items = {
        **lead.verification_items,
        item: {"result": result, "by": by.pk, "at": now.isoformat(), "note": note[:NOTE_LIMIT]},
    }
    _settle(
        lead, items, checklist, by=by, said={"item": item, "name": str(asked), "result": result}, note=note
    )
    return Lead.objects.get(pk=lead.pk)


def _check(asked: VerificationItem | None, result: str) -> None:
    errors = {}
    if asked is None:
        errors["item"] = ValidationError(_("Unknown item."), code="invalid")
    if result not in RESULTS:
        errors["result"] = ValidationError(_("Unknown result."), code="invalid")
    if errors:
        raise ValidationError(errors)


def _settle(
    lead: Lead, items: dict[str, Any], checklist: Checklist, *, by: User, said: dict[str, str], note: str
) -> None:
    verification = verification_of(items, checklist)
    Lead.objects.filter(pk=lead.pk).update(verification_items=items, verification=verification, **touched())
    kind = {
        Verification.VERIFIED: "leads.verified_whole", Verification.REJECTED: "leads.rejected_as_fake",
    }.get(verification, "leads.verified") if verification != lead.verification else "leads.verified"  # fmt: skip
    record(kind, subject=lead, by=by, data=said, private={"note": note[:NOTE_LIMIT]} if note else None)
    if verification == Verification.REJECTED and lead.status not in (
        Lead.Status.CONVERTED,
        Lead.Status.DISQUALIFIED,
    ):
        disqualified(lead, by=by, reason=_fake_reason(), note=note)
    leads_rescore([lead.pk], cause="edited", by=by)


def _fake_reason() -> Reason:
    kind = Reason.Kind.DISQUALIFY
    reason, _made = Reason.objects.get_or_create(
        kind=kind, code=FAKE, defaults={"name": "Fake or wrong details"}
    )
    return reason


def verification_of(items: dict[str, Any], checklist: Checklist) -> str:
    """What the results of the items come to; items nobody asks any more count no more."""
    results = {item.code: (items.get(item.code) or {}).get("result", "open") for item in checklist.items}
    if any(item.rejects and results[item.code] == "wrong" for item in checklist.items):
        return Verification.REJECTED
    is_whole = bool(results) and all(result == "confirmed" for result in results.values())
    return Verification.VERIFIED if is_whole else Verification.PENDING


@transaction.atomic
def verification_policy_change(
    *, policy: VerificationPolicy, by: User | None, verifier: str
) -> VerificationPolicy:
    """Say who verifies leads; it holds at once. Raises ValidationError, PermissionDenied."""
    require(by is None or by.may("policies.edit"))
    config_hold()
    held = VerificationPolicy.objects.select_for_update().get(pk=policy.pk)
    before, held.verifier = held.verifier, verifier
    held.full_clean(validate_constraints=False)
    if before != verifier:
        config_changed()
        VerificationPolicy.objects.filter(pk=held.pk).update(verifier=verifier, **touched())
        changes = {"verifier": (before, verifier)}
        record("leads.verification_policy_changed", subject=held, by=by, changes=changes)
    return VerificationPolicy.objects.get(pk=held.pk)
