"""Spans of time figures are made over: from a moment on, up to but not including another, in the workspace's zone."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo
from zoneinfo import ZoneInfo

from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.dateparse import parse_date, parse_datetime
from django.utils.translation import gettext as _

from salesflow.people.services import workspace

#: What is shown when nobody says which days: today and those before it.
DEFAULT_DAYS = 30
EARLIEST, LATEST = date(1970, 1, 1), date(2200, 1, 1)
_LONGEST = timedelta(days=366 * 20)


@dataclass(frozen=True)
class Period:
    """[start, end) of aware moments in one zone."""

    start: datetime
    end: datetime

    @property
    def zone(self) -> tzinfo:
        assert self.start.tzinfo is not None
        return self.start.tzinfo

    @property
    def zone_name(self) -> str:
        return str(self.zone)

    def before(self) -> "Period":
        """The equal period just before: as many days on the calendar, whatever the clocks did meanwhile."""
        length = self.end.replace(tzinfo=None) - self.start.replace(tzinfo=None)
        start = (self.start.replace(tzinfo=None) - length).replace(tzinfo=self.zone)
        return Period(start, self.start)

    def months(self) -> list[str]:
        """The calendar months it touches, as `2026-11`."""
        last = self.end - timedelta(microseconds=1)
        here, found = self.start.date().replace(day=1), []
        while here <= last.date():
            found.append(f"{here:%Y-%m}")
            here = next_month(here)
        return found

    def whole_months_before(self) -> "Period":
        """For comparing month by month: from the month before the first to the end of the last but one."""
        last = (self.end - timedelta(microseconds=1)).date().replace(day=1)
        return Period(midnight(month_before(self.start.date()), self.zone), midnight(last, self.zone))


def next_month(day: date) -> date:
    return (day.replace(day=1) + timedelta(days=31)).replace(day=1)


def month_before(day: date) -> date:
    """The first day of the calendar month before."""
    return (day.replace(day=1) - timedelta(days=1)).replace(day=1)


def midnight(day: date, zone: tzinfo) -> datetime:
    return datetime.combine(day, time.min, tzinfo=zone)


def workspace_zone() -> ZoneInfo:
    return ZoneInfo(workspace().time_zone)


def days_back(days: int, *, zone: tzinfo | None = None) -> Period:
    """Today and the days before it, `days` in all, in the zone (the workspace's)."""
    zone = zone or workspace_zone()
    tomorrow = today(zone) + timedelta(days=1)
    return Period(midnight(tomorrow - timedelta(days=days), zone), midnight(tomorrow, zone))


def today(zone: tzinfo) -> date:
    """The calendar day it is in that zone."""
    return timezone.now().astimezone(zone).date()


def period_of(start: str | None, end: str | None) -> Period:
    """What an address says: days (`2026-11-01`, their beginning) or moments; what is left out is the last 30 days.

    Raises ValidationError on `from` or `to`.
    """
    zone = workspace_zone()
    until = _moment("to", end, zone)
    since = _moment("from", start, zone)
    if until is None:
        until = midnight(today(zone) + timedelta(days=1), zone)
        if since is not None and since >= until:
            until = midnight(since.date() + timedelta(days=1), zone)
    if since is None:
        since = until - timedelta(days=DEFAULT_DAYS)
    if since >= until:
        raise _wrong("to", _("A period ends after it starts."))
    if until - since > _LONGEST:
        raise _wrong("to", _("A period is at most 20 years long."))
    return Period(since, until)


def _moment(name: str, text: str | None, zone: tzinfo) -> datetime | None:
    text = (text or "").strip()
    if not text:
        return None
    try:
        day = parse_date(text)
        # a plus sign that nobody escaped arrives as a space
        moment = (
            midnight(day, zone) if day else parse_datetime(text.replace(" ", "+") if "T" in text else text)
        )
    except ValueError:
        moment = None
    if moment is None:
        raise _wrong(name, _("Write a day or a time as in ISO 8601."))
    if not EARLIEST < moment.date() < LATEST:
        raise _wrong(name, _("This day lies too far away."))
    return moment.replace(tzinfo=zone) if moment.tzinfo is None else moment.astimezone(zone)


def _wrong(name: str, message: str) -> ValidationError:
    return ValidationError({name: ValidationError(message, code="invalid")})
