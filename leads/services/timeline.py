"""The timeline of a lead."""

from leads.models import Lead
from salesflow.work.services.timeline import TimelinePage, timeline


def lead_timeline(*, lead: Lead, before: str | int = "", limit: int = 30, part: str = "") -> TimelinePage:
    """A page of what happened with a lead, newest first."""
    return timeline(subject_type="leads.lead", subject_id=lead.pk, before=before, limit=limit, part=part)
