"""What the guest of a meeting is told of it: invitations of calendars (RFC 5545, RFC 5546), by mail or as a file."""

from collections.abc import Iterable
from datetime import UTC
from zoneinfo import ZoneInfo

from babel.dates import format_datetime
from django.conf import settings
from django.core import signing
from django.urls import reverse
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
        event.add("attendee", _guest(meeting, asked=not cancelled))
    calendar.add_component(event)
    return calendar.to_ical()


def people_in(meeting: Meeting, event: Event) -> None:
    """Who organises it and who comes, as a person's own calendar tells of it to his other ones."""
    if meeting.told is not None:
        event.add("organizer", _address(meeting.organiser.email, str(meeting.organiser)))
        event.add("attendee", _guest(meeting, asked=False))


def _guest(meeting: Meeting, *, asked: bool) -> vCalAddress:
    guest = _address(meeting.guest_email, meeting.guest_name or meeting.guest_email)
    guest.params["PARTSTAT"] = meeting.answer.upper() or "NEEDS-ACTION"
    guest.params["RSVP"] = "TRUE" if asked else "FALSE"
    return guest


def link_signer() -> signing.Signer:
    """What guards the links of guests: `<meeting>-<key>.<signature>`."""
    return signing.Signer(sep=".", salt="salesflow.work.meeting-answer")


def answer_link(meeting: Meeting) -> str:
    """The address at which its guest answers."""
    token = link_signer().sign(f"{meeting.pk}-{meeting.answer_key}")
    return settings.SITE_URL.rstrip("/") + reverse("meeting-reply", args=[token])


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
    when = f"{format_datetime(meeting.starts_at, 'full', tzinfo=zone, locale=locale())} ({zone})"
    words = _("Called off: %(title)s") if method == CANCEL else _("Invitation: %(title)s")
    subject = words % {"title": meeting.title}
    news = ""
    if before is not None:
        people = {"person": meeting.organiser, "before": before}
        news = _("%(person)s invites you now, instead of %(before)s. Nothing else changes.") % people
    answer = ""
    if method == REQUEST:
        answer = _("Answer here, without signing in: %(link)s") % {"link": answer_link(meeting)}
    lines = [subject, news, when, meeting.place, meeting.details, answer, signed_by(meeting.organiser)]
    return mail_of(
        to=meeting.guest_email,
        subject=subject,
        text="\n\n".join(filter(None, lines)),
        headers={"Reply-To": meeting.organiser.email},
        calendar=meeting_file(meeting=meeting, method=method).decode(),
        key=f"meeting-{meeting.uid}-{meeting.sequence}-{method.lower()}-{meeting.version}",
    )
