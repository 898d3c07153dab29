"""The timeline of a lead."""

from leads.models import Lead
from leads.services.merge import merged_ids
from salesflow.work.services.timeline import TimelinePage, timeline


def lead_timeline(*, lead: Lead, before: str | int = "", limit: int = 30, part: str = "") -> TimelinePage:
    """A page of what happened with a lead and with those merged into it, newest first."""
    also = merged_ids(lead.pk)
    return timeline(
        subject_type="leads.lead", subject_id=lead.pk, also=also, before=before, limit=limit, part=part
    )
