"""Starting clocks."""

from collections.abc import Mapping, Sequence
from copy import copy
from datetime import datetime
from typing import Any, NotRequired, TypedDict, Unpack

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from salesflow.clocks import timing
from salesflow.clocks.models import DUE_PERCENT, BusinessCalendar, Clock
from salesflow.clocks.registry import metric_of
from salesflow.clocks.services.rows import database_now, stamp
from salesflow.clocks.services.working import held, hours_of
from salesflow.lib.bulk import insert_few, insert_many
from salesflow.lib.errors import Conflict

LONGEST_SECONDS = 10 * 366 * 86_400


class NewClock(TypedDict):
    """What a clock is started with; see `clock_start`."""

    subject_type: str
    subject_id: int
    metric: str
    target_seconds: int
    warn_percents: Sequence[int]
    calendar: NotRequired[BusinessCalendar | None]
    policy_key: NotRequired[str]
    policy_version: NotRequired[int]
    owner_id: NotRequired[int | None]
    started_at: NotRequired[datetime | None]
    hours_of_team_id: NotRequired[int | None]
    hours_of_user_id: NotRequired[int | None]


def clock_start(**new: Unpack[NewClock]) -> Clock:
    """Start one clock of a record.

    `target_seconds` count as open seconds of `calendar`, or as elapsed seconds without one; with `hours_of_team_id` or
    `hours_of_user_id` the calendar's hours for that team or person. `warn_percents` of the target are its warnings,
    `owner_id` the person answerable. It starts now by the database's clock, or at an earlier `started_at`.

    Raises ValidationError (target, warnings, start in the future, no open time), Conflict("clock_open") when the
    record has a clock of this metric running or paused.
    """
    return clocks_start([new])[0]


def clocks_start(rows: Sequence[NewClock], *, now: datetime | None = None) -> list[Clock]:
    """Start many clocks with one INSERT; all or none. Same rules as `clock_start`.

    `now` is the database's, for callers that have asked.
    """
    if not rows:
        return []
    now = now or database_now()
    known: dict[Any, Clock] = {}
    clocks = [_copied(row, known) or _made(row, now, known) for row in rows]
    if len(clocks) == 1:
        _insert_one(clocks[0])
        return clocks
    try:
        with transaction.atomic():
            insert_many(Clock, clocks)
    except IntegrityError as error:
        if "clock_one_open" in str(error):
            raise _runs_already() from None
        raise
    return clocks


def _insert_one(clock: Clock) -> None:
    """As for many, without a savepoint to come back to: an open clock makes it no row at all."""
    names = tuple(field.attname for field in Clock._meta.concrete_fields if not field.primary_key)
    row = [clock.__dict__[name] for name in names]
    found = insert_few(Clock, names, [row], once=True, returning=("id",))
    if not found:
        raise _runs_already()
    clock.pk = found[0][0]
    clock._state.adding, clock._state.db = False, "default"


def _runs_already() -> Conflict:
    return Conflict("clock_open", _("This deadline is running already."))


def target_checked(seconds: object) -> int:
    """A target in whole seconds, from one second to ten years."""
    if type(seconds) is not int or not 1 <= seconds <= LONGEST_SECONDS:
        raise ValidationError(
            {
                "target_seconds": ValidationError(
                    _("A limit is a whole number of seconds between 1 and %(most)s."),
                    code="target_invalid",
                    params={"most": LONGEST_SECONDS},
                )
            }
        )
    return seconds


def warnings_checked(percents: Sequence[int]) -> list[int]:
    """The percents in order, each once; all between 1 and 99."""
    if any(type(percent) is not int or not 0 < percent < DUE_PERCENT for percent in percents):
        raise ValidationError(
            {
                "warn_percents": ValidationError(
                    _("Warnings are whole percents between 1 and 99."), code="percent_invalid"
                )
            }
        )
    return sorted(set(percents))


def _alike(row: NewClock) -> tuple[Any, ...]:
    """What two clocks have in common that differ in their subject and owner only."""
    return tuple(
        (name, type(value), tuple(value) if isinstance(value, list) else value)
        for name, value in row.items()
        if name not in ("subject_id", "owner_id")
    )


def _copied(row: NewClock, known: Mapping[Any, Clock]) -> Clock | None:
    """A clock like one that is made already: time is reckoned once for all that are alike."""
    made = known.get(_alike(row))
    if made is None:
        return None
    clock = copy(made)
    clock.subject_id, clock.owner_id = row["subject_id"], row.get("owner_id")
    return clock


def _made(row: NewClock, now: datetime, known: dict[Any, Clock]) -> Clock:
    metric_of(row["metric"])
    calendar = row.get("calendar")
    started_at = stamp(row.get("started_at"), now)
    clock = Clock(
        subject_type=row["subject_type"],
        subject_id=row["subject_id"],
        metric=row["metric"],
        owner_id=row.get("owner_id"),
        policy_key=row.get("policy_key", ""),
        policy_version=row.get("policy_version", 0),
        target_seconds=target_checked(row["target_seconds"]),
        warn_percents=warnings_checked(row["warn_percents"]),
        started_at=started_at,
        created_at=now,
    )
    if calendar is not None:
        clock.hours_of_team_id = row.get("hours_of_team_id")
        clock.hours_of_user_id = row.get("hours_of_user_id")
        use_calendar(clock, calendar, started_at)
    timing.run(clock, hours_of(clock), started_at)
    known[_alike(row)] = clock
    return clock


def use_calendar(clock: Clock, calendar: BusinessCalendar, at: datetime) -> None:
    """Count in this calendar, and note which of its weekly hours were in force."""
    clock.calendar = calendar
    hours = held(calendar, team_id=clock.hours_of_team_id, user_id=clock.hours_of_user_id)
    clock.calendar_version_id = hours.version_id(at)
