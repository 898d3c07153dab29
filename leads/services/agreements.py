"""Making and changing revenue-share agreements with partners."""

from typing import Any

from django.db import transaction

from leads.models import Partner, PartnerAgreement
from salesflow.people.models import User
from salesflow.people.services import (
    config_hold,
    config_record_change,
    config_record_create,
    config_record_restore,
)

RIGHTS = "partner_agreements"


@transaction.atomic
def agreement_create(*, by: User | None, partner: Partner, **values: Any) -> PartnerAgreement:
    """Make an agreement; of two at one moment for the same days the second is refused.

    Raises ValidationError, PermissionDenied.
    """
    _hold(partner.pk)
    return config_record_create(PartnerAgreement, by=by, rights=RIGHTS, partner=partner, **_plain(values))


@transaction.atomic
def agreement_change(*, agreement: PartnerAgreement, by: User | None, **values: Any) -> PartnerAgreement:
    """Change an agreement. Raises as `agreement_create`."""
    _hold(agreement.partner_id, getattr(values.get("partner"), "pk", agreement.partner_id))
    return config_record_change(agreement, by=by, rights=RIGHTS, **_plain(values))


@transaction.atomic
def agreement_restore(*, agreement: PartnerAgreement, by: User | None) -> None:
    """Bring an archived agreement back, where no other has taken its days meanwhile."""
    _hold(agreement.partner_id)
    agreement.archived_at = None
    agreement.validate_constraints()
    config_record_restore(agreement, by=by, rights=RIGHTS)


def _hold(*partner_ids: int) -> None:
    """Lock these partners: whoever changes what was agreed with them waits here."""
    config_hold()
    list(Partner.objects.filter(pk__in=partner_ids).order_by("pk").select_for_update(no_key=True))


def _plain(values: dict[str, Any]) -> dict[str, Any]:
    """Tiers as JSON keeps them."""
    if "tiers" not in values:
        return values
    return {
        **values,
        "tiers": [{name: str(number) for name, number in tier.items()} for tier in values["tiers"]],
    }
