"""Which of the leads that are alike a person may be told: none out of his sight, and none that is met only by what a
pool masks from him. Else whoever enters a number would learn whose it is."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from leads.models import Lead
from leads.services.duplicates import Match
from leads.services.reveal import masked_ids
from salesflow.people.models import User

#: What is equal where a masked way to reach somebody is.
_MASKED_REASONS = ("email", "phone", "domain")
_READ = (
    "contact_name", "company_name", "status", "owner__name", "owner__email", "in_pool", "pool_id", "pool_entered_at",
)  # fmt: skip


@dataclass(frozen=True)
class Told:
    """A match as one person may know it; without `lead` only that there is one."""

    match: Match
    lead: Lead | None

    @property
    def id(self) -> int | None:
        return self.lead.pk if self.lead is not None else None


def matches_told(matches: Iterable[Match], user: User | None) -> list[Told]:
    """These matches in their order, as this person may know them; nobody (`None`) is a job, which knows all.

    A lead whose contact details are masked is named by what is equal beside them, if anything is.
    """
    given = list(matches)
    ids = {match.lead_id for match in given}
    rows = Lead.objects.filter(pk__in=ids).select_related("owner").only(*_READ)
    seen = {lead.pk: lead for lead in (rows if user is None else rows.visible_to(user))} if ids else {}
    masked = masked_ids(user, list(seen.values())) if user is not None else set()
    return [_told(match, seen.get(match.lead_id), is_masked=match.lead_id in masked) for match in given]


def _told(match: Match, lead: Lead | None, *, is_masked: bool) -> Told:
    if not is_masked:
        return Told(match, lead)
    open_reasons = [reason for reason in (match.reason, *match.also) if reason not in _MASKED_REASONS]
    return Told(replace(match, reason=open_reasons[0]), lead) if open_reasons else Told(match, None)
