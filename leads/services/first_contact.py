"""The deadline of the first contact: met, called off, changed."""

from collections.abc import Iterable

from leads.services.place import LEAD
from leads.services.terms import METRIC
from salesflow.clocks.services import clocks_cancel


def first_contact_cancel(lead_ids: Iterable[int]) -> None:
    """Stop the clocks of leads that need no first contact any more (disqualified, archived, merged)."""
    clocks_cancel(subject_type=LEAD, subject_ids=list(lead_ids), metric=METRIC)
