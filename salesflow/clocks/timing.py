"""What happens to one clock's columns at each of its turns. No database: services lock, call these, and write.

The one equation: while a clock runs, the instant of a step is `running_since` plus what is left of that percent of
the target, counted in the clock's hours; a step that lies before the present run began takes the run's beginning.
"""

from datetime import datetime

from salesflow.clocks.calendars import Hours
from salesflow.clocks.models import DUE_PERCENT, Clock

#: Every column that changes after the start, in one place: what services write back.
CHANGING = (
    "state",
    "consumed_us",
    "running_since",
    "due_at",
    "calendar_revision",
    "met_at",
    "breached_at",
    "cancelled_at",
    "processed_at",
    "warned_percent",
    "next_step",
    "next_step_at",
    "failed_at",
    "retry_at",
    "attempts",
    "error",
)


def run(clock: Clock, hours: Hours, since: datetime) -> None:
    """Let the clock count from `since` on."""
    clock.state = Clock.State.RUNNING
    clock.running_since = since
    schedule(clock, hours)


def schedule(clock: Clock, hours: Hours) -> None:
    """Set the end and the next step of a running clock."""
    clock.due_at = step_at(clock, DUE_PERCENT, hours)
    clock.next_step = next(
        (percent for percent in clock.warn_percents if percent > clock.warned_percent), DUE_PERCENT
    )
    clock.next_step_at = step_at(clock, clock.next_step, hours)
    clock.calendar_revision = clock.calendar.revision if clock.calendar else None
    _not_set_aside(clock)


def step_at(clock: Clock, percent: int, hours: Hours) -> datetime:
    """The instant at which `percent` of the target will have been consumed in the present run."""
    assert clock.running_since is not None
    left = clock.target_us * percent // 100 - clock.consumed_us
    return hours.add_us(clock.running_since, left) if left > 0 else clock.running_since


def step_now(clock: Clock, hours: Hours, now: datetime) -> int:
    """The furthest step that has been reached: of several that passed unseen only this one takes effect."""
    assert clock.due_at is not None and clock.next_step is not None
    if now >= clock.due_at:
        return DUE_PERCENT
    reached = [percent for percent in clock.warn_percents if step_at(clock, percent, hours) <= now]
    return max(reached, default=clock.next_step)


def used_us(clock: Clock, hours: Hours, at: datetime) -> int:
    """Microseconds consumed up to `at`, over all runs."""
    if clock.running_since is None or at <= clock.running_since:
        return clock.consumed_us
    return clock.consumed_us + hours.between_us(clock.running_since, at)


def reopen_warnings(clock: Clock, hours: Hours, now: datetime) -> None:
    """After its target or hours changed: a warning already given is given again only if it lies ahead again."""
    share = used_us(clock, hours, now) * 100 // clock.target_us
    clock.warned_percent = min(clock.warned_percent, share)


def follow(clock: Clock, hours: Hours, now: datetime) -> None:
    """Reckon an open clock anew, after its target or its calendar changed."""
    reopen_warnings(clock, hours, now)
    if clock.state == Clock.State.RUNNING:
        schedule(clock, hours)


def is_stale(clock: Clock) -> bool:
    """Whether its calendar has changed since its end was reckoned."""
    return clock.calendar is not None and clock.calendar_revision != clock.calendar.revision


def warn(clock: Clock, hours: Hours, percent: int) -> None:
    """The warning at `percent` was given; go on to the next step."""
    clock.warned_percent = percent
    schedule(clock, hours)


def pause(clock: Clock, hours: Hours, at: datetime) -> None:
    """Keep what was consumed and forget the end."""
    clock.consumed_us = used_us(clock, hours, at)
    clock.state = Clock.State.PAUSED
    clock.due_at = None
    _stop(clock)


def breach(clock: Clock, now: datetime) -> None:
    """The end was reached: stamped with the end itself, whenever it was noticed."""
    clock.state = Clock.State.BREACHED
    clock.breached_at = clock.due_at
    clock.processed_at = now
    clock.consumed_us = max(clock.consumed_us, clock.target_us)
    _stop(clock)


def meet(clock: Clock, hours: Hours, at: datetime, now: datetime) -> None:
    """Done at `at`; past the end, both the breach and the meeting are kept."""
    if clock.state == Clock.State.BREACHED and clock.due_at is not None:
        clock.consumed_us += max(0, hours.between_us(clock.due_at, at))
    else:
        clock.consumed_us = used_us(clock, hours, at)
    if clock.due_at is not None and at >= clock.due_at and clock.breached_at is None:
        clock.breached_at = clock.due_at
        clock.processed_at = now
    clock.state = Clock.State.MET
    clock.met_at = at
    _stop(clock)


def cancel(clock: Clock, hours: Hours, now: datetime) -> None:
    """Not needed any more; a clock whose end has passed cannot be cancelled, it is breached."""
    if clock.due_at is not None and now >= clock.due_at:
        breach(clock, now)
        return
    clock.consumed_us = used_us(clock, hours, now)
    clock.state = Clock.State.CANCELLED
    clock.cancelled_at = now
    _stop(clock)


def set_aside(clock: Clock, error: str, now: datetime, retry_at: datetime) -> None:
    """Its effect failed: try again at `retry_at`; the end stays as it is."""
    clock.failed_at = now
    clock.retry_at = clock.next_step_at = retry_at
    clock.attempts = min(clock.attempts + 1, 30_000)
    clock.error = error


def _stop(clock: Clock) -> None:
    clock.running_since = clock.next_step = clock.next_step_at = None
    _not_set_aside(clock)


def _not_set_aside(clock: Clock) -> None:
    clock.failed_at = clock.retry_at = None
    clock.attempts = 0
    clock.error = ""
