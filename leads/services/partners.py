"""Whom a lead may be credited to: a partner whose non-disclosure agreement is in force on that day."""

from collections.abc import Iterable, Sequence
from datetime import date
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from leads.models import Nda
from leads.services.clean import LeadDraft
from salesflow.clocks.services import database_now
from salesflow.people.services import workspace_kept


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
