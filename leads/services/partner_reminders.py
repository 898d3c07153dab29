"""Telling the owners of partnerships of agreements that expire soon: a column, a partial index and a sweep."""

import logging
from typing import Any

from django.db import transaction
from django.db.models import F, Q, QuerySet

from leads.models import Nda, PartnerAgreement
from leads.services.partners import partner_day
from salesflow.journal.services import notify

log = logging.getLogger(__name__)
BATCH = 200
#: Kind of agreement -> its last day, what the notice is called, and those that count as still there.
KINDS: dict[type[Any], tuple[str, str, Q]] = {
    Nda: ("expires_on", "leads.nda_expires", Q(archived_at=None, ended_on=None)),
    PartnerAgreement: ("valid_until", "leads.agreement_expires", Q(archived_at=None)),
}


def partner_reminders_send(*, limit: int = BATCH) -> dict[str, int]:
    """Remind owners of partnerships of agreements that expire soon, once for each day of expiry.

    One that a later agreement of the same partner takes over from is passed by; one of a partner without an owner
    waits for him. Safe to run late, twice, or in two processes; one that fails holds up no other.
    """
    counts = {"processed": 0, "failed": 0}
    for kind in KINDS:
        for pk in _due(kind).order_by("remind_on").values_list("pk", flat=True)[:limit]:
            try:
                counts["processed"] += _remind(kind, pk)
            except Exception:  # whatever fails, the other rows go on
                log.exception("%s %s: no reminder", kind._meta.label, pk)
                counts["failed"] += 1
    return counts


def _due(kind: type[Any]) -> QuerySet[Any]:
    last, _notice, there = KINDS[kind]
    return kind.objects.filter(
        there, Q(reminded_of=None) | ~Q(reminded_of=F(last)), remind_on__lte=partner_day(),
        partner__owner__is_active=True, partner__archived_at=None,
    )  # fmt: skip


@transaction.atomic
def _remind(kind: type[Any], pk: int) -> int:
    last, notice, there = KINDS[kind]
    rows = _due(kind).select_for_update(skip_locked=True, of=("self",)).select_related("partner__owner")
    agreement = rows.filter(pk=pk).first()
    if agreement is None:
        return 0
    day, partner = getattr(agreement, last), agreement.partner
    later = kind.objects.filter(there, Q(**{last: None}) | Q(**{f"{last}__gt": day}), partner=partner)
    if not later.exists():
        told = {"partner": partner.name, "day": day.isoformat()}
        notify([partner.owner], notice, subject=partner, params=told, key=f"{notice}:{pk}:{day}")
    kind.objects.filter(pk=pk).update(reminded_of=F(last))
    return 1
