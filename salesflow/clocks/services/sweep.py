"""Taking the steps that have come: warnings and ends.

Safe to run late, twice, or in many processes at once. Each batch is one transaction: its rows are locked (rows that
another holds are left to it), looked at again, changed, and their effects run, all or nothing; a process that is
killed leaves the batch as it was. Several steps of one clock that passed unseen, after an outage, give the furthest
one only: who is told that the time is up need not be told that half of it is gone.
"""

import logging
import random
from collections import Counter, defaultdict
from collections.abc import Iterable
from copy import copy
from datetime import datetime, timedelta
from time import monotonic

from django.db import connection, transaction
from django.db.models.functions import Now

from salesflow.clocks import timing
from salesflow.clocks.models import DUE_PERCENT, Clock
from salesflow.clocks.registry import Done, Metric, metric_of
from salesflow.clocks.services.rows import clocks_write, database_now
from salesflow.clocks.services.working import hours_of
from salesflow.lib.sweeps import one_run

log = logging.getLogger(__name__)

FIRST_WAIT_SECONDS = 10
LONGEST_WAIT_SECONDS = 3600
#: An effect waits no longer than this for a lock, since the whole batch waits with it.
LOCK_TIMEOUT = "1s"


def sweep(limit_per_batch: int = 500, time_budget: float = 20) -> dict[str, int]:
    """Take every step that is due by the database's clock, in batches, until none is left or the time is up.

    Gives `processed` (steps taken), `reminded` (warnings among them), `failed` (rows set aside), and whatever the
    effects counted. All batches are one run to who is told.
    """
    with one_run():
        return _sweep(limit_per_batch, time_budget)


def _sweep(limit_per_batch: int, time_budget: float) -> dict[str, int]:
    totals = Counter(processed=0, reminded=0, failed=0)
    round_ = _Round(until=monotonic() + time_budget)
    while True:
        counts = _batch(limit_per_batch, round_)
        if counts is None:
            break
        totals.update(counts)
        if monotonic() > round_.until:
            break
    return dict(totals)


class _Round:
    """One call of the sweep: when it must end, and the clocks it left for the next one."""

    def __init__(self, until: float) -> None:
        self.until = until
        self.left: set[int] = set()


def pick(limit: int, except_ids: Iterable[int]) -> list[Clock]:
    """The next due rows, locked for this transaction; rows locked elsewhere are passed over.

    PostgreSQL asks the conditions of a row again once it holds the lock, so a clock that was met, paused or swept
    meanwhile is not among them. Calendars are read after that, as in `rows.locked`.
    """
    due = Clock.objects.running().filter(next_step_at__lte=Now()).exclude(pk__in=list(except_ids))
    rows = due.select_for_update(skip_locked=True).prefetch_related("calendar")
    return list(rows.order_by("next_step_at")[:limit])


@transaction.atomic
def _batch(limit: int, round_: _Round) -> Counter[str] | None:
    """One transaction's worth; None when nothing was due."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('lock_timeout', %s, true)", [LOCK_TIMEOUT])
    clocks = pick(limit, round_.left)
    if not clocks:
        return None
    now = database_now()
    groups: dict[tuple[str, int], list[Clock]] = defaultdict(list)
    counts: Counter[str] = Counter()
    for clock in clocks:
        try:
            percent = _step(clock, now)
        except Exception as error:  # such as a calendar that somebody broke by hand
            counts += _set_aside(clock, error)
            continue
        if percent is not None:
            groups[clock.metric, percent].append(clock)
    for (name, percent), group in groups.items():
        try:
            metric = metric_of(name)
        except LookupError as error:
            counts += sum((_set_aside(clock, error) for clock in group), Counter())
            continue
        counts += _take(metric, percent, group, now, round_)
    return counts


def _step(clock: Clock, now: datetime) -> int | None:
    """Which step has come; None where new hours have moved it on."""
    if timing.is_stale(clock):
        timing.follow(clock, hours_of(clock), now)
        clocks_write([clock])
        if clock.next_step_at is not None and clock.next_step_at > now:
            return None
    return timing.step_now(clock, hours_of(clock), now)


def _take(metric: Metric, percent: int, clocks: list[Clock], now: datetime, round_: _Round) -> Counter[str]:
    """Take one step of clocks of one metric; what fails is halved until the failing row stands alone."""
    if monotonic() > round_.until:
        round_.left.update(clock.pk for clock in clocks)
        return Counter()
    try:
        with transaction.atomic():
            done, counts = _apply(metric, percent, clocks, now)
    except Exception as error:  # whatever an effect raises, the other rows go on
        if not connection.is_usable():
            raise
        if len(clocks) == 1:
            return _set_aside(clocks[0], error)
        middle = len(clocks) // 2
        return _take(metric, percent, clocks[:middle], now, round_) + _take(
            metric, percent, clocks[middle:], now, round_
        )
    round_.left.update(clock.pk for clock in clocks if clock.pk not in done)
    counts["processed"] += len(done)
    if percent != DUE_PERCENT:
        counts["reminded"] += len(done)
    return counts


def _apply(metric: Metric, percent: int, clocks: list[Clock], now: datetime) -> tuple[set[int], Counter[str]]:
    """Change the clocks, run the effect on them, and put back those it did not handle."""
    changed = [copy(clock) for clock in clocks]
    for clock in changed:
        if percent == DUE_PERCENT:
            timing.breach(clock, now)
        else:
            timing.warn(clock, hours_of(clock), percent)
    clocks_write(changed)
    outcome = None
    if percent == DUE_PERCENT and metric.on_due:
        outcome = metric.on_due(changed)
    elif percent != DUE_PERCENT and metric.on_warn:
        outcome = metric.on_warn(changed, percent)
    result = outcome if isinstance(outcome, Done) else Done(outcome)
    everyone = {clock.pk for clock in clocks}
    done = everyone if result.ids is None else everyone & set(result.ids)
    clocks_write([clock for clock in clocks if clock.pk not in done])
    return done, Counter(result.counts)


def _set_aside(clock: Clock, error: Exception) -> Counter[str]:
    """Keep the error and come back later, after longer and longer waits."""
    log.error("clock %s (%s) set aside", clock.pk, clock.metric, exc_info=error)
    now = database_now()
    wait = min(LONGEST_WAIT_SECONDS, FIRST_WAIT_SECONDS * 2 ** min(clock.attempts, 10))
    wait *= random.uniform(0.9, 1.1)  # noqa: S311, only to spread retries
    timing.set_aside(clock, repr(error)[:2000], now, now + timedelta(seconds=wait))
    clocks_write([clock])
    return Counter(failed=1)
