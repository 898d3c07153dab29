"""Whom a lead may be credited to: a partner whose non-disclosure agreement is in force on that day."""

import logging
from collections.abc import Iterable, Sequence
from datetime import date
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.utils.translation import gettext as _

from leads.models import Nda
from leads.services.clean import LeadDraft
from salesflow.clocks.services import database_now
from salesflow.journal.services import notify
from salesflow.people.services import workspace_kept

log = logging.getLogger(__name__)
BATCH = 200


def partner_day() -> date:
    """Today, by the database's clock in the workspace's zone."""
    return database_now().astimezone(ZoneInfo(workspace_kept().time_zone)).date()


def partners_creditable(partner_ids: Iterable[int], *, day: date | None = None) -> set[int]:
    """Which of these partners a lead may be credited to on a day, today where none is named; one query."""
    covered = Nda.objects.in_force(day or partner_day()).filter(partner__in=list(partner_ids))
    return set(covered.values_list("partner_id", flat=True))


def credits_check(drafts: Sequence[LeadDraft]) -> None:
    """Refuse, under `partner`, every draft whose partner has no agreement in force today: `nda_missing` where there
    never was one, else `nda_not_in_force`. Drafts without a partner cost nothing.

    A credit once given stays when the agreement ends later: only new credits come here.
    """
    credited = [draft for draft in drafts if draft.lead.partner_id is not None]
    if not credited:
        return
    ids = {draft.lead.partner_id for draft in credited if draft.lead.partner_id is not None}
    uncovered = ids - partners_creditable(ids)
    if not uncovered:
        return
    known = set(
        Nda.objects.filter(partner__in=uncovered, archived_at=None).values_list("partner_id", flat=True)
    )
    for draft in credited:
        partner_id = draft.lead.partner_id
        if partner_id in known:
            words = _("The non-disclosure agreement with %(partner)s is not in force today.")
            draft.refuse("partner", words % {"partner": draft.lead.partner}, "nda_not_in_force")
        elif partner_id in uncovered:
            words = _("There is no non-disclosure agreement with %(partner)s.")
            draft.refuse("partner", words % {"partner": draft.lead.partner}, "nda_missing")


def partner_reminders_send(*, limit: int = BATCH) -> dict[str, int]:
    """Remind owners of partnerships of agreements that expire soon, once for each day of expiry.

    One that a later agreement of the same partner takes over from is passed by; one of a partner without an owner
    waits for him. Safe to run late, twice, or in two processes; one that fails holds up no other.
    """
    counts = {"processed": 0, "failed": 0}
    for pk in _due().order_by("remind_on").values_list("pk", flat=True)[:limit]:
        try:
            counts["processed"] += _remind(pk)
        except Exception:  # whatever fails, the other rows go on
            log.exception("nda %s: no reminder", pk)
            counts["failed"] += 1
    return counts


def _due() -> QuerySet[Nda]:
    return Nda.objects.filter(
        Q(reminded_of=None) | ~Q(reminded_of=F("expires_on")),
        archived_at=None, ended_on=None, remind_on__lte=partner_day(),
        partner__owner__is_active=True, partner__archived_at=None,
    )  # fmt: skip


@transaction.atomic
def _remind(pk: int) -> int:
    rows = _due().select_for_update(skip_locked=True, of=("self",)).select_related("partner__owner")
    nda = rows.filter(pk=pk).first()
    if nda is None:
        return 0
    later = Nda.objects.filter(
        Q(expires_on=None) | Q(expires_on__gt=nda.expires_on),
        partner=nda.partner_id,
        archived_at=None,
        ended_on=None,
    )
    if not later.exists():
        told = {"partner": nda.partner.name, "day": nda.expires_on.isoformat()}
        key = f"nda:{nda.pk}:{told['day']}"
        notify([nda.partner.owner], "leads.nda_expires", subject=nda.partner, params=told, key=key)
    Nda.objects.filter(pk=pk).update(reminded_of=F("expires_on"))
    return 1
