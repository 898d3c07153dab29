"""What the guest of a meeting is told of it: invitations of calendars (RFC 5545, RFC 5546), by mail or as a file."""

from collections.abc import Iterable
from datetime import UTC
from zoneinfo import ZoneInfo

from babel.dates import format_datetime
from django.utils import translation
from django.utils.translation import gettext as _
from icalendar import Calendar, Event, vCalAddress

from salesflow.lib.web.figures import locale
from salesflow.outbox.models import Mail
from salesflow.outbox.services import mail_of
from salesflow.people.models import User
from salesflow.people.services import signed_by, workspace
from salesflow.work.models import Meeting

REQUEST, CANCEL = "REQUEST", "CANCEL"


def meeting_file(*, meeting: Meeting, method: str = REQUEST) -> bytes:
    """The invitation as a file: the same UID for ever, SEQUENCE and STATUS as the meeting stands."""
    cancelled = method == CANCEL
    calendar, event = Calendar(), Event()
    calendar.add("prodid", "-//SalesFlow//Meetings//EN")
    calendar.add("version", "2.0")
    calendar.add("method", method)
    event.add("uid", str(meeting.uid))
    event.add("sequence", meeting.sequence)
    event.add("dtstamp", meeting.updated_at.astimezone(UTC))
    event.add("dtstart", meeting.starts_at.astimezone(UTC))
    event.add("dtend", meeting.ends_at.astimezone(UTC))
    event.add("summary", meeting.title)
    event.add("status", "CANCELLED" if cancelled else "CONFIRMED")
    for name, text in (("location", meeting.place), ("description", meeting.details)):
        if text:
            event.add(name, text)
    event.add("organizer", _address(meeting.organiser.email, str(meeting.organiser)))
    if meeting.guest_email:
        guest = _address(meeting.guest_email, meeting.guest_name or meeting.guest_email)
        guest.params["RSVP"] = "FALSE" if cancelled else "TRUE"
        event.add("attendee", guest)
    calendar.add_component(event)
    return calendar.to_ical()


def _address(email: str, name: str) -> vCalAddress:
    address = vCalAddress(f"mailto:{email}")
    address.params["CN"] = name.replace('"', "'")
    return address


def invitation_mails(meetings: Iterable[Meeting], method: str, *, before: User | None = None) -> list[Mail]:
    """What their guests are told, in the workspace's language and zone, which is where the two are.

    `before` is who invited them till now, where that is new to them.
    """
    shared = workspace()
    zone = ZoneInfo(shared.time_zone)
    with translation.override(shared.language):
        return [_mail(meeting, method, before, zone) for meeting in meetings]


def _mail(meeting: Meeting, method: str, before: User | None, zone: ZoneInfo) -> Mail:
    starts = meeting.starts_at.astimezone(zone)
    when = f"{format_datetime(starts.replace(tzinfo=None), 'full', locale=locale())} ({zone})"
    words = _("Called off: %(title)s") if method == CANCEL else _("Invitation: %(title)s")
    subject = words % {"title": meeting.title}
    news = ""
    if before is not None:
        people = {"person": meeting.organiser, "before": before}
        news = _("%(person)s invites you now, instead of %(before)s. Nothing else changes.") % people
    lines = [subject, news, when, meeting.place, meeting.details, signed_by(meeting.organiser)]
    return mail_of(
        to=meeting.guest_email,
        subject=subject,
        text="\n\n".join(filter(None, lines)),
        headers={"Reply-To": meeting.organiser.email},
        calendar=meeting_file(meeting=meeting, method=method).decode(),
        key=f"meeting-{meeting.uid}-{meeting.sequence}-{method.lower()}-{meeting.version}",
    )
