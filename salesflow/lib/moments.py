"""Moments as texts that stand in the cells of files, and are read again as exactly the same."""

from datetime import UTC, datetime, time, tzinfo

from django.utils.dateparse import parse_date, parse_datetime


def moment_read(text: str, zone: tzinfo, at: time) -> datetime:
    """`2026-11-30 09:30`, in this zone unless it names its own; a day alone means `at` of it. Raises ValueError.

    Given in UTC: moments of a zone whose hour comes twice equal no other.
    """
    text = text.strip().replace("/", "-")
    day = parse_date(text)
    moment = parse_datetime(text) if day is None else datetime.combine(day, at)
    if moment is None:
        raise ValueError
    aware = moment if moment.tzinfo is not None else moment.replace(tzinfo=zone)
    try:
        return aware.astimezone(UTC)
    except OverflowError:  # at either end of the calendar: no such moment elsewhere
        raise ValueError from None


def moment_said(moment: datetime | None, zone: tzinfo) -> str:
    """The text of a moment in this zone: without offset, unless its hour comes twice that day."""
    if moment is None:
        return ""
    local = moment.astimezone(zone)
    plainly = local.replace(tzinfo=None, fold=0)
    said = plainly if plainly.replace(tzinfo=zone).utcoffset() == local.utcoffset() else local
    return said.isoformat(" ", "auto" if said.second or said.microsecond else "minutes")
