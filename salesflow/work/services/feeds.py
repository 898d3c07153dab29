"""A person's calendar for his other calendars, under an address that is a secret."""

import secrets
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urljoin

from django.db import transaction
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from icalendar import Calendar, Event, vDuration

from salesflow.journal.services import record
from salesflow.lib.errors import require
from salesflow.people.models import User
from salesflow.people.services import workspace
from salesflow.people.services.tokens import token_digest
from salesflow.work.agenda import Entry, Planned, kinds
from salesflow.work.models import CalendarFeed

#: What is read: so far back, so far ahead, and no more of one kind.
BACK, AHEAD, MOST = timedelta(days=30), timedelta(days=180), 1000
#: How long something without an end stands in other calendars.
LENGTH = timedelta(minutes=15)


@transaction.atomic
def feed_make(*, by: User) -> str:
    """Give the person a new secret for the address of his calendar; the one before ends, and this one is told once."""
    require(by.may("tasks.view"))
    secret = secrets.token_urlsafe(32)
    values = {"digest": token_digest(secret), "made_at": timezone.now()}
    CalendarFeed.objects.update_or_create(user=by, defaults=values)
    record("work.feed_made", subject=by, by=by)
    return secret


@transaction.atomic
def feed_end(*, by: User) -> None:
    """End the address at once; ending it twice is no error."""
    gone, _kinds = CalendarFeed.objects.filter(user=by).delete()
    if gone:
        record("work.feed_ended", subject=by, by=by)


def feed_reader(secret: str) -> User | None:
    """The person whose calendar this secret opens; nobody when it ended, or when he may no longer sign in."""
    feed = CalendarFeed.objects.select_related("user").filter(digest=token_digest(secret)).first()
    return feed.user if feed is not None and feed.user.is_active else None


def feed_text(*, user: User, site: str) -> bytes:
    """The calendar as RFC 5545, of what the person may see at this moment; the same bytes as long as nothing moved."""
    shared = workspace()
    with translation.override(user.language or shared.language):
        calendar = Calendar()
        calendar.add("prodid", "-//SalesFlow//Calendar//EN")
        calendar.add("version", "2.0")
        calendar.add("method", "PUBLISH")
        calendar.add("x-wr-calname", f"{shared.name} · {user}")
        calendar.add("refresh-interval", vDuration(timedelta(hours=1)), parameters={"value": "DURATION"})
        calendar.add("x-published-ttl", vDuration(timedelta(hours=1)))
        now = timezone.now()
        for planned in kinds():
            for entry in _entries(planned, user, now):
                calendar.add_component(_event(entry, site))
        return calendar.to_ical()


def _entries(planned: Planned, user: User, now: datetime) -> Iterator[Entry]:
    within = {f"{planned.at}__gte": now - BACK, f"{planned.at}__lt": now + AHEAD}
    for row in planned.rows(user).filter(**within).order_by(planned.at, "pk")[:MOST]:
        yield Entry(planned, row)


def _event(entry: Entry, site: str) -> Event:
    row: Any = entry.row
    event, place = Event(), site.partition("://")[2].strip("/")
    event.add("uid", f"{entry.uid}{place}" if entry.uid.endswith("@") else entry.uid)
    event.add("summary", entry.title)
    event.add("dtstart", _utc(entry.at))
    event.add("dtend", _utc(entry.until or entry.at + LENGTH))
    event.add("dtstamp", _utc(row.updated_at))
    event.add("last-modified", _utc(row.updated_at))
    event.add("sequence", row.version - 1)
    event.add("categories", [str(entry.planned.label)])
    event.add("url", urljoin(site, entry.url))
    # what is to be done by a time takes no time of its own
    event.add("transp", "OPAQUE" if entry.until else "TRANSPARENT")
    event.add("description", _("In SalesFlow: %(address)s") % {"address": urljoin(site, entry.url)})
    entry.planned.tells(row, event)
    return event


def _utc(moment: datetime) -> datetime:
    return moment.astimezone(UTC)
