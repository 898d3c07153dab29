"""To whom the credit for an opportunity goes: to its owner, unless a manager split it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from contacts import policies
from contacts.models import CreditSplit, Opportunity
from contacts.services.change import locked
from salesflow.journal.services import record
from salesflow.lib.errors import Conflict, require
from salesflow.lib.money import allocated, smallest_unit
from salesflow.lib.records import touched
from salesflow.people.models import User

MOST_PEOPLE = 20
WHOLE = Decimal(100)
_CENT = Decimal("0.01")


@dataclass(frozen=True)
class Credit:
    """One person's part: in percent, and of the amount, if there is one."""

    user: User
    percent: Decimal
    amount: Decimal | None


def credits_of(opportunity: Opportunity) -> list[Credit]:
    """Who has the credit, the largest part first; the parts of the amount make the whole."""
    rows = sorted(opportunity.credit_splits.all(), key=lambda row: (-row.percent, row.pk))
    parts = [(row.user, row.percent) for row in rows]
    if not parts:
        parts = [(opportunity.owner, WHOLE)] if opportunity.owner is not None else []
    amounts: Sequence[Decimal | None] = [None] * len(parts)
    if opportunity.amount is not None and parts:
        unit = smallest_unit(opportunity.currency)
        amounts = allocated(opportunity.amount, [percent for _user, percent in parts], unit=unit)
    return [Credit(user, percent, part) for (user, percent), part in zip(parts, amounts, strict=True)]


@transaction.atomic
def credit_split(
    *, opportunity: Opportunity, by: User, parts: Mapping[User, Decimal], expected_version: int | None = None
) -> Opportunity:
    """Split the credit among people, in percent that make 100; without parts it is the owner's alone again.

    Raises ValidationError (`parts`), PermissionDenied (not above the owner and everybody named),
    Conflict("archived" | "stale_version").
    """
    opportunity = locked(opportunity, expected_version)
    require(policies.can_split_credit(by, opportunity, [user.pk for user in parts]))
    if opportunity.archived_at:
        raise Conflict("archived", _("This opportunity is archived."))
    _check(parts)
    held = CreditSplit.objects.filter(opportunity=opportunity)
    before = {
        str(user): str(percent) for user, percent in held.order_by("pk").values_list("user_id", "percent")
    }
    after = {str(user.pk): str(percent.quantize(_CENT)) for user, percent in parts.items()}
    if before == after:
        return opportunity
    held.delete()
    CreditSplit.objects.bulk_create(
        [CreditSplit(opportunity=opportunity, user=user, percent=percent) for user, percent in parts.items()]
    )
    Opportunity.objects.filter(pk=opportunity.pk).update(**touched())
    record("contacts.credit_split", subject=opportunity, by=by, data={"before": before, "after": after})
    return Opportunity.objects.get(pk=opportunity.pk)


def _check(parts: Mapping[User, Decimal]) -> None:
    def refuse(message: str, code: str) -> Any:
        raise ValidationError({"parts": ValidationError(message, code=code)})

    if len(parts) > MOST_PEOPLE:
        refuse(_("At most %(most)s people.") % {"most": MOST_PEOPLE}, "too_many")
    for user, percent in parts.items():
        if not percent.is_finite() or not 0 < percent <= WHOLE or percent != percent.quantize(_CENT):
            refuse(_("A part is more than 0 and at most 100 percent, to two decimals."), "invalid")
        if not user.is_active:
            refuse(_("This person is no longer active."), "inactive")
    if parts and sum(parts.values()) != WHOLE:
        refuse(_("The parts must make 100 percent."), "sum")
