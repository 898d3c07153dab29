"""What was waited for has happened."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from django.db import transaction
from django.db.models import Max

from salesflow.clocks import timing
from salesflow.clocks.models import Clock
from salesflow.clocks.registry import metric_of
from salesflow.clocks.services.rows import clocks_write, database_now, locked, stamp
from salesflow.clocks.services.working import hours_of


@dataclass(frozen=True)
class Meeting:
    """How it went for one record.

    `in_time`: before the end. `late`: after it; the breach stays beside it. `expired`: after it, and the metric takes
    nothing late: the clock was left as it is. `none`: no clock was waiting.
    """

    result: Literal["in_time", "late", "expired", "none"]
    clock: Clock | None = None


NOTHING = Meeting("none")


def clock_meet(*, subject_type: str, subject_id: int, metric: str, at: datetime | None = None) -> Meeting:
    """Meet the record's clock of this metric; never raises for a clock that is not there or has ended.

    The clock row is locked first and the database's time read after that. Before `due_at` the clock is met, whatever
    a sweep is about to do: a sweep takes the same lock and only past the end. From `due_at` on it is late, also
    when no sweep has come by yet. `at` stands for "now" where a machine of ours stamped the event, such as the
    arrival of a message; a time that a person states must not be passed. Raises ValidationError when `at` is ahead.
    """
    met = clocks_meet(subject_type=subject_type, subject_ids=[subject_id], metric=metric, at=at)
    return met[subject_id]


@transaction.atomic
def clocks_meet(
    *, subject_type: str, subject_ids: Iterable[int], metric: str, at: datetime | None = None
) -> dict[int, Meeting]:
    """`clock_meet` for many records at once; the result by record."""
    subject_ids = list(dict.fromkeys(subject_ids))
    late_counts = metric_of(metric).late
    waiting = locked(Clock.objects.of(subject_type, subject_ids, metric).open())
    others = set(subject_ids) - {clock.subject_id for clock in waiting}
    waiting += _breached_last(subject_type, others, metric) if others else []
    now = database_now()
    at = stamp(at, now)
    found, changed = {}, []
    for clock in waiting:
        expired = clock.due_at is not None and at >= clock.due_at
        if expired and not late_counts:
            found[clock.subject_id] = Meeting("expired", clock)
            continue
        timing.meet(clock, hours_of(clock), at, now)
        changed.append(clock)
        found[clock.subject_id] = Meeting("late" if clock.breached_at else "in_time", clock)
    clocks_write(changed)
    return {subject_id: found.get(subject_id, NOTHING) for subject_id in subject_ids}


def _breached_last(subject_type: str, subject_ids: set[int], metric: str) -> list[Clock]:
    """Of each record the latest clock, where that one was breached and nothing came yet, locked."""
    of_subjects = Clock.objects.of(subject_type, subject_ids, metric)
    latest = of_subjects.values("subject_id").annotate(latest=Max("pk")).values_list("latest", flat=True)
    return locked(Clock.objects.filter(pk__in=list(latest), state=Clock.State.BREACHED))
