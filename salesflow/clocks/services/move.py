"""Pausing, going on, handing over and calling off."""

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from salesflow.clocks import timing
from salesflow.clocks.models import Clock
from salesflow.clocks.services.rows import clocks_write, database_now, locked, stamp
from salesflow.clocks.services.working import hours_of
from salesflow.lib.errors import Conflict


def clock_pause(*, subject_type: str, subject_id: int, metric: str, at: datetime | None = None) -> Clock:
    """Stop counting and keep what was consumed; a pause outside the hours costs nothing and gives nothing.

    Raises Conflict("clock_not_running"), also when the clock is past its end: a breach is not paused away.
    """
    return _only(
        clocks_pause(subject_type=subject_type, subject_ids=[subject_id], metric=metric, at=at),
        "clock_not_running",
        _("This deadline is not running."),
    )


def clock_resume(*, subject_type: str, subject_id: int, metric: str, at: datetime | None = None) -> Clock:
    """Count on: due after what is left of the target. `at` as in `clock_meet`, such as a customer's answer.

    Raises Conflict("clock_not_paused").
    """
    return _only(
        clocks_resume(subject_type=subject_type, subject_ids=[subject_id], metric=metric, at=at),
        "clock_not_paused",
        _("This deadline is not paused."),
    )


@transaction.atomic
def clocks_pause(
    *, subject_type: str, subject_ids: Iterable[int], metric: str | None = None, at: datetime | None = None
) -> list[Clock]:
    """Pause those of the records' clocks that run and are not past their end; the others stay as they are."""
    running = locked(Clock.objects.of(subject_type, subject_ids, metric).running())
    at = stamp(at, database_now())
    paused = [clock for clock in running if clock.due_at is not None and at < clock.due_at]
    for clock in paused:
        timing.pause(clock, hours_of(clock), at)
    clocks_write(paused)
    return paused


@transaction.atomic
def clocks_resume(
    *, subject_type: str, subject_ids: Iterable[int], metric: str | None = None, at: datetime | None = None
) -> list[Clock]:
    """Let the records' paused clocks count on; the others stay as they are."""
    paused = locked(Clock.objects.of(subject_type, subject_ids, metric).paused())
    at = stamp(at, database_now())
    for clock in paused:
        timing.run(clock, hours_of(clock), at)
    clocks_write(paused)
    return paused


def clock_cancel(*, subject_type: str, subject_id: int, metric: str) -> Clock | None:
    """Call off the record's clock, if one is running or paused; see `clocks_cancel`."""
    ended = clocks_cancel(subject_type=subject_type, subject_ids=[subject_id], metric=metric)
    return ended[0] if ended else None


@transaction.atomic
def clocks_cancel(*, subject_type: str, subject_ids: Iterable[int], metric: str | None = None) -> list[Clock]:
    """End the records' running and paused clocks because they no longer matter; gives those it ended.

    One that is past its end becomes breached, without its effect: calling off does not undo a breach.
    """
    ended = locked(Clock.objects.of(subject_type, subject_ids, metric).open())
    now = database_now()
    for clock in ended:
        timing.cancel(clock, hours_of(clock), now)
    clocks_write(ended)
    return ended


@transaction.atomic
def clocks_hand_over(
    *, subject_type: str, subject_ids: Iterable[int], owner_id: int | None, metric: str | None = None
) -> list[Clock]:
    """Make another person answerable for the records' open clocks, which count on as before."""
    handed = locked(Clock.objects.of(subject_type, subject_ids, metric).open())
    for clock in handed:
        clock.owner_id = owner_id
    clocks_write(handed, ["owner"])
    return handed


def _only(clocks: list[Clock], code: str, message: str) -> Clock:
    if not clocks:
        raise Conflict(code, message)
    return clocks[0]
