"""Business-hours arithmetic: which instants a calendar counts. Pure; no database, no clock.

The open ranges of each local date are turned into UTC once per calendar and year and kept with their running sum, so
`add` and `between` are two binary searches and a sum over years, however long the span. With F(t) the open time up
to t, `between(a, b)` is F(b) − F(a) and `add(s, n)` the earliest t ≥ s with F(t) = F(s) + n, whence the laws:

    between(s, add(s, n)) = n        add(add(s, a), b) = add(s, a + b)        both monotone

and the result of `add` lies inside a range or at its end. Two wall times need a convention when clocks change: one
that occurs twice means its first occurrence, one that is skipped means the moment of the jump. So a shift of 00–06 has
5 or 7 hours in such a night, and two ranges that touch still touch.

All reckoning is in whole microseconds; the public methods take and give seconds.
"""

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Literal, NamedTuple, Protocol
from zoneinfo import ZoneInfo

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from .hours import Day, Week, day_without, week_seconds

FIRST_YEAR, LAST_YEAR = 1970, 2200
MICROSECOND = timedelta(microseconds=1)
MICROSECONDS = 1_000_000
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_CLOSED_WEEK: Week = ((), (), (), (), (), (), ())


class Hours(Protocol):
    """What a clock counts in: the open time of a calendar, or every second (`ELAPSED`)."""

    def add_us(self, start: datetime, us: int) -> datetime:
        """The instant at which `us` microseconds have been counted since `start`."""

    def between_us(self, start: datetime, end: datetime) -> int:
        """The microseconds counted from `start` to `end`; negative when `end` is the earlier."""


class Elapsed:
    """Counts every second: 24 hours are 86,400 seconds, also through a night in which clocks change."""

    def add_us(self, start: datetime, us: int) -> datetime:
        return start.astimezone(UTC) + timedelta(microseconds=us)

    def between_us(self, start: datetime, end: datetime) -> int:
        return (end - start) // MICROSECOND


ELAPSED = Elapsed()


@dataclass(frozen=True, slots=True)
class DayRule:
    """What an exception does to one date.

    `closed` without ranges: no hours that day; with ranges: these hours are taken out of the day. `open`: exactly these
    ranges, or the hours of `like_weekday` (a swapped working day, 调休).
    """

    kind: Literal["closed", "open"]
    ranges: Day = ()
    like_weekday: int | None = None

    def apply(self, day: Day, week: Week, weekday: int) -> Day:
        """The day's hours after the rule; `week` is the pattern in force, `weekday` the date's own."""
        if self.kind == "closed":
            return day_without(day, self.ranges) if self.ranges else ()
        if self.ranges or self.like_weekday is None:
            return self.ranges
        return week[self.like_weekday] or week[weekday]


@dataclass(frozen=True, slots=True)
class Layer:
    """The weekly patterns by the date from which they are in force, and the dated exceptions, of one scope.

    A pattern of None hands back to the layer beneath from that date on.
    """

    patterns: tuple[tuple[date, Week | None], ...] = ()
    days: Mapping[date, DayRule] = field(default_factory=dict)

    def week_on(self, day: date) -> Week | None:
        """The pattern in force on that date, if the layer has one then."""
        index = bisect_right(self.patterns, day, key=lambda pattern: pattern[0])
        return self.patterns[index - 1][1] if index else None


class _Year(NamedTuple):
    """The open ranges of the dates of one local year, in microseconds after the epoch, and their running sum."""

    starts: array
    ends: array
    through: array

    @property
    def total(self) -> int:
        return self.through[-1] if self.through else 0

    def open_until(self, us: int) -> int:
        index = bisect_right(self.starts, us) - 1
        return 0 if index < 0 else self.through[index] - max(0, self.ends[index] - us)


class WorkingTime:
    """The open time of one calendar: an IANA zone and layers, the later ones (team, user) over the earlier.

    The most specific weekly pattern in force gives a date its hours, then each layer's exception changes them in
    turn: a public holiday closes also the day of a person with hours of his own, and a person's own exception has
    the last word. The calendar's earliest pattern also holds before its first date. Raises ValidationError where no
    time is ever open.
    """

    __slots__ = ("_last_dated_year", "_years", "layers", "zone")

    def __init__(self, zone: str, *layers: Layer) -> None:
        self.zone = zone_parse(zone)
        self.layers = tuple(
            Layer(tuple(sorted(layer.patterns, key=lambda pattern: pattern[0])), dict(layer.days))
            for layer in layers
        )
        self._years: dict[int, _Year] = {}
        dates = [day for layer in self.layers for day in layer.days]
        dates += [since for layer in self.layers for since, _week in layer.patterns]
        self._last_dated_year = max((day.year for day in dates), default=FIRST_YEAR)
        if not self._ever_open():
            raise _no_open_time()

    def add(self, start: datetime, seconds: float) -> datetime:
        """The instant (UTC) at which `seconds` of open time have passed since `start`.

        A start outside the hours counts from the next opening; a result on closing time stays there. Zero seconds give
        the start itself, or the next opening when it lies outside. Raises ValidationError when the calendar has not
        that much open time ahead, ValueError for a negative number.
        """
        return self.add_us(start, round(seconds * MICROSECONDS))

    def between(self, start: datetime, end: datetime) -> float:
        """Open seconds from `start` to `end`; negative when `end` is the earlier."""
        return self.between_us(start, end) / MICROSECONDS

    def is_open(self, at: datetime) -> bool:
        """Whether `at` lies in a range; its end does not."""
        us, year = self._place(at)
        index = bisect_right(year.starts, us) - 1
        return index >= 0 and us < year.ends[index]

    def next_open(self, at: datetime) -> datetime:
        """`at` itself when open, else the next opening (UTC)."""
        us, year = self._place(at)
        index = bisect_right(year.starts, us) - 1
        if index >= 0 and us < year.ends[index]:
            return at.astimezone(UTC)
        number = self._local_year(at)
        index += 1
        while index == len(year.starts):
            number, index = self._following(number), 0
            year = self._year(number)
        return _instant(year.starts[index])

    def add_us(self, start: datetime, us: int) -> datetime:
        """`add` in whole microseconds."""
        if us < 0:
            raise ValueError("working time is added forwards only")
        if us == 0:
            return start.astimezone(UTC) if self._touches(start) else self.next_open(start)
        at, year = self._place(start)
        number = self._local_year(start)
        wanted = year.open_until(at) + us
        while wanted > year.total:
            wanted -= year.total
            number = self._following(number)
            year = self._year(number)
        index = bisect_left(year.through, wanted)
        return _instant(year.ends[index] - (year.through[index] - wanted))

    def between_us(self, start: datetime, end: datetime) -> int:
        """`between` in whole microseconds."""
        if end < start:
            return -self.between_us(end, start)
        first, last = self._local_year(start), self._local_year(end)
        whole_years = sum(self._year(number).total for number in range(first, last))
        return (
            whole_years
            + self._year(last).open_until(_microseconds(end))
            - self._year(first).open_until(_microseconds(start))
        )

    def hours_on(self, day: date) -> Day:
        """The open ranges of one local date, in minutes after midnight."""
        week = self._week_on(day)
        hours = week[day.weekday()]
        for layer in self.layers:
            rule = layer.days.get(day)
            if rule:
                hours = rule.apply(hours, week, day.weekday())
        return hours

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, WorkingTime):
            return NotImplemented
        return self.zone.key == other.zone.key and self.layers == other.layers

    __hash__ = None  # type: ignore[assignment]

    def _week_on(self, day: date) -> Week:
        for layer in reversed(self.layers):
            week = layer.week_on(day)
            if week is not None:
                return week
        base = self.layers[0].patterns if self.layers else ()
        return (base[0][1] if base else None) or _CLOSED_WEEK

    def _ever_open(self) -> bool:
        weeks = [week for layer in self.layers for _since, week in layer.patterns if week]
        rules = [rule for layer in self.layers for rule in layer.days.values() if rule.kind == "open"]
        return any(week_seconds(week) for week in weeks) or any(rule.ranges for rule in rules)

    def _following(self, number: int) -> int:
        """The next year to look in; where no opening can follow any more, say so instead of looking for ever."""
        dated = number < self._last_dated_year
        if number >= LAST_YEAR or not (dated or week_seconds(self._week_on(date(number + 1, 1, 1)))):
            raise _no_open_time()
        return number + 1

    def _touches(self, at: datetime) -> bool:
        """Whether `at` lies inside a range or at its end."""
        us, year = self._place(at)
        index = bisect_right(year.starts, us) - 1
        if index >= 0:
            return us <= year.ends[index]
        before = self._year(max(FIRST_YEAR, self._local_year(at) - 1)).ends
        return bool(before) and us == before[-1]  # a year that closed at 24:00 of its last day

    def _place(self, at: datetime) -> tuple[int, _Year]:
        return _microseconds(at), self._year(self._local_year(at))

    def _local_year(self, at: datetime) -> int:
        year = at.astimezone(self.zone).year
        if not FIRST_YEAR <= year <= LAST_YEAR:
            raise ValidationError(
                _("Business calendars reach from %(first)s to %(last)s."),
                code="calendar_out_of_range",
                params={"first": FIRST_YEAR, "last": LAST_YEAR},
            )
        return year

    def _year(self, number: int) -> _Year:
        year = self._years.get(number)
        if year is None:
            year = self._years[number] = self._year_build(number)
        return year

    def _year_build(self, number: int) -> _Year:
        starts, ends, through = array("q"), array("q"), array("q")
        total = 0
        for ordinal in range(date(number, 1, 1).toordinal(), date(number + 1, 1, 1).toordinal()):
            day = date.fromordinal(ordinal)
            for opening, closing in self.hours_on(day):
                start, end = self._wall(day, opening), self._wall(day, closing)
                if start < end:  # a range inside a skipped hour is empty
                    total += end - start
                    starts.append(start)
                    ends.append(end)
                    through.append(total)
        return _Year(starts, ends, through)

    def _wall(self, day: date, minute: int) -> int:
        """The instant of a wall time: its first occurrence, or the jump that skips it."""
        wall = datetime(day.year, day.month, day.day, tzinfo=self.zone) + timedelta(minutes=minute)
        offset, offset_after = wall.utcoffset(), wall.replace(fold=1).utcoffset()
        assert offset is not None and offset_after is not None
        naive = wall.replace(tzinfo=UTC)
        if offset >= offset_after:
            return _microseconds(naive - offset)
        return _jump(self.zone, naive - offset_after, naive - offset)


def zone_parse(name: str) -> ZoneInfo:
    """The IANA zone of that name. Raises ValidationError when there is none."""
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError, TypeError):
        raise ValidationError(
            _("“%(zone)s” is not a time zone."), code="zone_unknown", params={"zone": str(name)[:60]}
        ) from None


def _jump(zone: ZoneInfo, before: datetime, after: datetime) -> int:
    """The instant between the two at which the zone's clocks go forward; such instants are whole seconds."""
    low, high = int(before.timestamp()), int(after.timestamp())
    old = before.astimezone(zone).utcoffset()
    while high - low > 1:
        middle = (low + high) // 2
        if datetime.fromtimestamp(middle, zone).utcoffset() == old:
            low = middle
        else:
            high = middle
    return high * MICROSECONDS


def _microseconds(at: datetime) -> int:
    return (at - _EPOCH) // MICROSECOND


def _instant(us: int) -> datetime:
    return _EPOCH + timedelta(microseconds=us)


def _no_open_time() -> ValidationError:
    return ValidationError(_("This calendar has no open time ahead."), code="calendar_never_open")
