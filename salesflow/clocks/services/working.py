"""The hours of a calendar as arithmetic, kept in each process for one revision of the calendar."""

from bisect import bisect_right
from collections import OrderedDict, defaultdict
from dataclasses import dataclass
from datetime import date, datetime
from functools import reduce
from operator import or_
from threading import Lock
from typing import Any, Literal

from django.db.models import Q

from salesflow.clocks.calendars import ELAPSED, DayRule, Hours, Layer, WorkingTime
from salesflow.clocks.models import BusinessCalendar, CalendarException, CalendarVersion, Clock

KEPT = 256
_KINDS: dict[str, Literal["closed", "open"]] = {"closed": "closed", "open": "open"}
_Key = tuple[int, int | None, int | None]


@dataclass(frozen=True)
class Held:
    """A calendar's arithmetic and the ids of its versions, the most specific scope last."""

    revision: int
    hours: WorkingTime
    versions: tuple[tuple[tuple[date, int, bool], ...], ...]

    def version_id(self, at: datetime) -> int:
        """Which weekly hours are in force at that moment."""
        day = at.astimezone(self.hours.zone).date()
        for layer in reversed(self.versions):
            index = bisect_right(layer, day, key=lambda version: version[0])
            if index and layer[index - 1][2]:
                return layer[index - 1][1]
        return self.versions[0][0][1]


_kept: OrderedDict[_Key, Held] = OrderedDict()
_lock = Lock()


def working_time(
    calendar: BusinessCalendar, *, user: Any | None = None, team: Any | None = None
) -> WorkingTime:
    """The calendar's arithmetic, with the hours and exceptions of a team and of a person laid over it.

    One query pair per process and change of the calendar: `calendar` must be as fresh as the caller's transaction,
    since its `revision` tells whether what is kept still holds.
    """
    return held(calendar, team_id=getattr(team, "pk", None), user_id=getattr(user, "pk", None)).hours


def hours_of(clock: Clock) -> Hours:
    """What a clock counts in; its `calendar` should have been read along with it."""
    if clock.calendar is None:
        return ELAPSED
    return held(clock.calendar, team_id=clock.hours_of_team_id, user_id=clock.hours_of_user_id).hours


def held(calendar: BusinessCalendar, *, team_id: int | None = None, user_id: int | None = None) -> Held:
    """The kept arithmetic, made anew when the calendar has changed; the least recently used goes first."""
    key = (calendar.pk, team_id, user_id)
    with _lock:
        found = _kept.get(key)
        if found is not None and found.revision == calendar.revision:
            _kept.move_to_end(key)
            return found
    made = _load(calendar, team_id, user_id)
    with _lock:
        _kept[key] = made
        _kept.move_to_end(key)
        while len(_kept) > KEPT:
            _kept.popitem(last=False)
    return made


def _load(calendar: BusinessCalendar, team_id: int | None, user_id: int | None) -> Held:
    scopes: list[tuple[int | None, int | None]] = [(None, None)]
    scopes += [(team_id, None)] if team_id else []
    scopes += [(None, user_id)] if user_id else []
    wanted = Q(calendar=calendar) & reduce(or_, (Q(team=team, user=user) for team, user in scopes))
    weeks: dict[Any, list[CalendarVersion]] = defaultdict(list)
    days: dict[Any, dict[date, DayRule]] = defaultdict(dict)
    for version in CalendarVersion.objects.filter(wanted).order_by("valid_from", "number"):
        weeks[version.team_id, version.user_id].append(version)
    for exception in CalendarException.objects.filter(wanted):
        rule = DayRule(_KINDS[exception.kind], exception.day, exception.like_weekday)
        days[exception.team_id, exception.user_id][exception.date] = rule
    layers = [
        Layer(tuple((version.valid_from, version.week) for version in weeks[scope]), days[scope])
        for scope in scopes
    ]
    versions = tuple(
        tuple((version.valid_from, version.pk, version.weekly is not None) for version in weeks[scope])
        for scope in scopes
    )
    return Held(calendar.revision, WorkingTime(calendar.zone, *layers), versions)
