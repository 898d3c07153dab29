"""The timeline of a lead."""

from leads.models import Lead
from leads.services.merge import merged_ids
from leads.services.reveal import MASKED, masked_ids
from salesflow.people.models import User
from salesflow.work.services.timeline import Entry, TimelinePage, timeline


def lead_timeline(
    *, lead: Lead, user: User, before: str | int = "", limit: int = 30, part: str = ""
) -> TimelinePage:
    """A page of what happened with a lead and with those merged into it, newest first.

    Of contact details that are masked for `user` it is not told what they were.
    """
    also = merged_ids(lead.pk)
    page = timeline(
        subject_type="leads.lead", subject_id=lead.pk, also=also, before=before, limit=limit, part=part
    )
    if getattr(lead, "contacts_masked", False) or masked_ids(user, [lead]):
        for entry in page.entries:
            _mask(entry)
    return page


def _mask(entry: Entry) -> None:
    hidden = (*MASKED, "website")
    names = [name for name in entry.changes if name not in hidden]
    entry.told = [each for name, each in zip(entry.changes, entry.told, strict=False) if name in names]
    entry.changes = {name: entry.changes[name] for name in names}
