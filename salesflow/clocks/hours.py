"""Opening hours of a day and of a week, as people write them and as the calendar counts them. Pure functions.

A range is `(start, end)` in minutes after local midnight, end excluded, up to 24:00. A day is a tuple of ranges in
order, apart from each other; a week is seven days, Monday first. Stored as JSON: `{"0": [["09:00", "12:00"]], …}`;
edited as text: `09:00-12:00, 13:30-18:00`.
"""

import re
from collections.abc import Iterable, Mapping

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

Range = tuple[int, int]
Day = tuple[Range, ...]
Week = tuple[Day, Day, Day, Day, Day, Day, Day]

MINUTES_PER_DAY = 24 * 60
_TIME = re.compile(r"([01]?\d|2[0-4]):([0-5]\d)", re.ASCII)
_BETWEEN_RANGES = re.compile(r"[,;，；、\n]")
_BETWEEN_TIMES = re.compile(r"\s*(?:[-–—~～至]|to)\s*")


def day_parse(value: object) -> Day:
    """The ranges of one stored day, `[["09:00", "12:00"], …]`, in order and with touching ranges joined.

    Raises ValidationError when it is anything else, when a range ends before it starts, or when two overlap.
    """
    if not isinstance(value, list | tuple):
        raise ValidationError(_("Hours are a list of ranges such as 09:00-12:00."), code="hours_invalid")
    return _in_order(_range_parse(item) for item in value)


def day_from_text(text: str) -> Day:
    """The ranges written as `09:00-12:00, 13:30-18:00`; nothing written is a closed day."""
    parts = [part.strip() for part in _BETWEEN_RANGES.split(text.replace("：", ":"))]
    return _in_order(_range_parse(_BETWEEN_TIMES.split(part)) for part in parts if part)


def day_to_json(day: Day) -> list[list[str]]:
    """The stored form of a day."""
    return [[minute_text(start), minute_text(end)] for start, end in day]


def day_to_text(day: Day) -> str:
    """The written form of a day, read back by `day_from_text`."""
    return ", ".join(f"{minute_text(start)}-{minute_text(end)}" for start, end in day)


def day_without(day: Day, closed: Day) -> Day:
    """The day's ranges less the closed ones: a partial closing."""
    for gap_start, gap_end in closed:
        pieces = [((start, min(end, gap_start)), (max(start, gap_end), end)) for start, end in day]
        day = tuple(piece for pair in pieces for piece in pair if piece[0] < piece[1])
    return day


def week_parse(value: object) -> Week:
    """The stored week `{"0": ranges of Monday, … "6": ranges of Sunday}`; a weekday left out is closed."""
    if not isinstance(value, Mapping) or not set(value) <= set("0123456"):
        raise ValidationError(
            _("A week maps the weekdays 0 (Monday) to 6 (Sunday) to their hours."), code="hours_invalid"
        )
    monday, *rest = (day_parse(value.get(str(weekday), ())) for weekday in range(7))
    return (monday, *rest)  # type: ignore[return-value]


def week_to_json(week: Week) -> dict[str, list[list[str]]]:
    """The stored form of a week."""
    return {str(weekday): day_to_json(day) for weekday, day in enumerate(week)}


def week_seconds(week: Week) -> int:
    """Open seconds of an ordinary week, one without a clock change."""
    return sum(end - start for day in week for start, end in day) * 60


def minute_text(minute: int) -> str:
    """Minutes after midnight as `HH:MM`."""
    return f"{minute // 60:02d}:{minute % 60:02d}"


def _in_order(ranges: Iterable[Range]) -> Day:
    day: list[Range] = []
    for start, end in sorted(ranges):
        if day and start < day[-1][1]:
            raise ValidationError(
                _("The ranges %(first)s and %(second)s overlap."),
                code="hours_overlap",
                params={"first": day_to_text((day[-1],)), "second": day_to_text(((start, end),))},
            )
        if day and start == day[-1][1]:
            day[-1] = (day[-1][0], end)
        else:
            day.append((start, end))
    return tuple(day)


def _range_parse(value: object) -> Range:
    if not isinstance(value, list | tuple) or len(value) != 2:
        raise ValidationError(_("A range has a start and an end, such as 09:00-12:00."), code="hours_invalid")
    start, end = (_minute_parse(part) for part in value)
    if start >= end:
        raise ValidationError(
            _("A range ends after it starts; split a night shift at 24:00."), code="hours_invalid"
        )
    return start, end


def _minute_parse(value: object) -> int:
    match = _TIME.fullmatch(value.strip()) if isinstance(value, str) else None
    minute = int(match[1]) * 60 + int(match[2]) if match else MINUTES_PER_DAY + 1
    if minute > MINUTES_PER_DAY:
        raise ValidationError(
            _("“%(value)s” is not a time between 00:00 and 24:00."),
            code="hours_invalid",
            params={"value": str(value)[:40]},
        )
    return minute
