"""The timeline of a lead."""

from leads.models import Lead
from leads.services.merge import merged_ids
from salesflow.work.services.timeline import TimelinePage, timeline


def lead_timeline(*, lead: Lead, before: str | int = "", limit: int = 30) -> TimelinePage:
    """A page of what happened with a lead and with those merged into it, newest first."""
    return timeline(
        subject_type="leads.lead", subject_id=lead.pk, also=merged_ids(lead.pk), before=before, limit=limit
    )
