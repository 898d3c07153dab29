"""What the parties say of a collision, and how it ends: decided by a manager of both, or withdrawn."""

from decimal import Decimal

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from contacts import policies
from contacts.collision_models import CollisionCase
from contacts.models import Customer, LeadConversion, Opportunity
from contacts.services.collisions.evidence import SIDES, evidence_of
from contacts.services.collisions.rivals import Record, key_of, records_lock
from contacts.services.credit import WHOLE, credit_split
from contacts.services.customers import customer_edit
from contacts.services.opportunities import opportunity_edit
from leads.models import Lead
from leads.policies import can_hold
from leads.services import lead_assign
from leads.services.candidates import OPEN_STATES
from leads.services.quota import quotas_lock
from salesflow.journal.services import EventDraft, notify, record, record_many
from salesflow.lib.errors import Conflict, require
from salesflow.lib.records import touched
from salesflow.people.models import User
from salesflow.work.models import Task

State, Outcome = CollisionCase.State, CollisionCase.Outcome
_OTHER = {"holder": "claimant", "claimant": "holder"}


@transaction.atomic
def collision_state(*, case: CollisionCase, by: User, statement: str) -> CollisionCase:
    """Say one's side of it while the case is open; again replaces what one said.

    Raises ValidationError, PermissionDenied (no party), Conflict("collision_closed").
    """
    case = _open(case, lambda held: require(policies.can_state(by, held)))
    column = f"{case.side_of(by.pk)}_statement"
    setattr(case, column, statement.strip())
    if not statement.strip():
        raise ValidationError({"statement": ValidationError(_("Say something."), code="required")})
    case.clean_fields(exclude={field.name for field in case._meta.fields} - {column})
    CollisionCase.objects.filter(pk=case.pk).update(**{column: getattr(case, column)}, **touched())
    record("contacts.collision_stated", subject=case, by=by)
    return CollisionCase.objects.get(pk=case.pk)


@transaction.atomic
def collision_withdraw(*, case: CollisionCase, by: User) -> CollisionCase:
    """Take the claim back: nothing changes hands. Raises PermissionDenied, Conflict("collision_closed")."""
    case = _open(case, lambda held: require(policies.can_withdraw(by, held)))
    _ended(case, by, "contacts.collision_withdrawn", state=State.WITHDRAWN)
    return CollisionCase.objects.get(pk=case.pk)


@transaction.atomic
def collision_decide(
    *, case: CollisionCase, by: User, outcome: str, note: str, holder_percent: Decimal | None = None
) -> CollisionCase:
    """Decide whose the customer is, with the grounds: the loser's record and open opportunities there go to the winner.

    A lead that has ended stays with who had it. With `split` nothing changes hands, and of the credit for each open
    opportunity of either the holder gets `holder_percent`, the claimant the rest. The evidence is kept as it was
    before anything moved. Raises ValidationError, PermissionDenied (not above both, or a party),
    Conflict("collision_closed" | "parties_changed" | "winner_holds_no_leads" | "nothing_to_split"), and what the
    deeds raise that give the records away.
    """
    case = _open(case, lambda held: require(policies.can_decide(by, held)))
    _check(outcome, note, holder_percent)
    winner_side = "holder" if outcome == Outcome.HOLDER else "claimant"
    winner, loser = getattr(case, winner_side), getattr(case, _OTHER[winner_side])
    quotas_lock([winner.pk])
    sides = records_lock([case.side(side) for side in SIDES])
    for side in SIDES:
        held = sides[key_of(case.side(side))]
        if held.owner_id != getattr(case, f"{side}_id") or held.archived_at is not None:
            message = _("One of the two records has changed hands or is archived. Withdraw this case.")
            raise Conflict("parties_changed", message)
    evidence = {side: found.as_json() for side, found in evidence_of(case).items()}
    if outcome == Outcome.SPLIT:
        _split(case, by, list(sides.values()), holder_percent or Decimal(0))
    else:
        lost = sides[key_of(case.side(_OTHER[winner_side]))]
        if barred := _barred(winner, lost):
            raise barred
        _give(lost, loser, winner, by, list(sides.values()))
    _ended(
        case, by, "contacts.collision_decided", state=State.DECIDED, outcome=outcome, note=note.strip(),
        holder_percent=holder_percent, decided_by=by, decided_at=Now(), evidence=evidence,
    )  # fmt: skip
    return CollisionCase.objects.get(pk=case.pk)


def outcomes_barred(case: CollisionCase) -> dict[str, Conflict]:
    """The outcomes that cannot be as things stand, each with why: to be told before somebody decides."""
    sides = {Outcome.HOLDER: "holder", Outcome.CLAIMANT: "claimant"}
    found = {
        outcome.value: _barred(getattr(case, side), case.side(_OTHER[side]))
        for outcome, side in sides.items()
    }
    return {outcome: barred for outcome, barred in found.items() if barred is not None}


def _barred(winner: User, lost: Record) -> Conflict | None:
    """Why this record of the loser's cannot go to the winner: who sells nothing holds no lead in work.

    Left with the loser it would go on, put back into the pool it would meet the customer again: what becomes of it is
    to be said first.
    """
    if not isinstance(lost, Lead) or lost.status not in OPEN_STATES or can_hold(winner):
        return None
    message = _(
        "%(name)s holds no leads, and the other’s lead is in work. Convert or disqualify it first, or decide otherwise."
    )
    return Conflict("winner_holds_no_leads", message % {"name": winner}, {"lead": lost.pk})


def _open(case: CollisionCase, check: object) -> CollisionCase:
    """The case, locked; `check` asks for the right before its state is told."""
    rows = CollisionCase.objects.select_for_update(of=("self",), no_key=True)
    held = rows.select_related(
        "holder", "claimant", "holder_lead", "holder_customer", "claimant_lead", "claimant_customer"
    ).get(pk=case.pk)
    check(held)  # type: ignore[operator]
    if held.state != State.OPEN:
        message = _("This case is closed.")
        raise Conflict("collision_closed", message, {"current_state": held.state})
    return held


def _check(outcome: str, note: str, percent: Decimal | None) -> None:
    errors = {}
    if (outcome == Outcome.SPLIT) != (percent is not None):
        message = _("Say the holder’s part of the credit, and only where it is split.")
        errors["holder_percent"] = ValidationError(message, code="required")
    elif percent is not None and not 0 < percent < WHOLE:
        message = _("The holder’s part is more than 0 and less than 100 percent.")
        errors["holder_percent"] = ValidationError(message, code="invalid")
    if outcome not in Outcome.values:
        known = ", ".join(Outcome.values)
        errors["outcome"] = ValidationError(
            _("Choose one of: %(known)s.") % {"known": known}, "invalid_choice"
        )
    if not note.strip():
        errors["note"] = ValidationError(_("Say on what grounds."), code="required")
    elif len(note) > 5000:
        errors["note"] = ValidationError(_("This text is too long."), code="max_length")
    elif "\x00" in note:
        errors["note"] = ValidationError(_("This text contains a NUL character."), code="null_characters")
    if errors:
        raise ValidationError(errors)


def _give(record_: Record, loser: User, winner: User, by: User, sides: list[Record]) -> None:
    if isinstance(record_, Customer):
        customer_edit(customer=record_, by=by, values={"owner": winner})
    elif record_.status in OPEN_STATES:
        lead_assign(lead=record_, by=by, owner=winner, override=True)
    for opportunity in _open_there(loser, sides):
        opportunity_edit(opportunity=opportunity, by=by, values={"owner": winner})


def _split(case: CollisionCase, by: User, sides: list[Record], percent: Decimal) -> None:
    parts = {case.holder: percent, case.claimant: WHOLE - percent}
    sales = [sale for person in parts for sale in _open_there(person, sides)]
    if not sales:
        message = _("There is no open opportunity whose credit could be split.")
        raise Conflict("nothing_to_split", message)
    for sale in sales:
        credit_split(opportunity=sale, by=by, parts=parts)


def _open_there(loser: User, sides: list[Record]) -> list[Opportunity]:
    """The loser's open opportunities at the customer, however he came to it."""
    customers = [side.pk for side in sides if isinstance(side, Customer)]
    leads = [side.pk for side in sides if isinstance(side, Lead)]
    became = LeadConversion.objects.filter(lead__in=leads).values("customer_id")
    there = Q(customer__in=customers) | Q(customer__in=became)
    rows = Opportunity.objects.filter(there, owner=loser, state=Opportunity.State.OPEN, archived_at=None)
    return list(rows.order_by("pk"))


def _ended(case: CollisionCase, by: User, kind: str, **columns: object) -> None:
    """Close the case and the task that asked for it, and tell the parties and those above."""
    CollisionCase.objects.filter(pk=case.pk).update(**columns, **touched())
    done = Task.objects.filter(pk=case.task_id, state=Task.State.OPEN)
    done.update(state=Task.State.DONE, done_at=Now(), **touched())
    data = {"case": case.pk, "outcome": str(columns.get("outcome", ""))}
    record_many(
        EventDraft(kind, side._meta.label_lower, side.pk, by.pk, data)
        for side in (case.side("holder"), case.side("claimant"), case)
    )
    parties = [person for person in (case.holder, case.claimant) if person.pk != by.pk]
    notify(parties, kind, subject=case, params={"customer": case.title})
