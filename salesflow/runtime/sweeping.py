"""Running sweeps: one process at a time per sweep, each run written down, one failure not stopping the others."""

import logging
import time
import zlib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from typing import Any

from django.db import Error, connection
from django.db.models import F
from django.db.models.functions import Now

from salesflow.lib.sweeps import Counts, Sweep, add_counts, all_sweeps
from salesflow.runtime.models import SweepRun

log = logging.getLogger(__name__)
_LOCK_SPACE = 7_301
#: How long after its time a sweep may stay undone before the scheduler does it itself.
GRACE = timedelta(seconds=15)
#: How long the command waits for its turn.
PATIENCE_SECONDS = 60.0


def sweep_run(*, sweep: Sweep, by: str, wait: bool = False) -> Counts | None:
    """Run one sweep now; gives its counts, None when another process is at it and we do not `wait` for our turn.

    A sweep that raises is written down, logged and counted as one `failed`.
    """
    with _turn(sweep.name, wait) as ours:
        if not ours:
            return None
        SweepRun.objects.update_or_create(name=sweep.name, defaults={"by": by, "started_at": Now()})
        mine = SweepRun.objects.filter(name=sweep.name)
        try:
            counts = sweep.run()
        except Exception as error:
            log.exception("sweep %s failed", sweep.name)
            mine.update(finished_at=Now(), result={}, error=repr(error)[:2000])
            return {"failed": 1}
        mine.update(finished_at=Now(), succeeded_at=Now(), result=counts, error="")
        return counts


def sweeps_run_all(*, by: str) -> Counts:
    """One pass over all sweeps, each in its turn; their counts added up."""
    total: Counts = {}
    for sweep in all_sweeps():
        add_counts(total, sweep_run(sweep=sweep, by=by, wait=True) or {})
    return total


def sweeps_overdue() -> list[Sweep]:
    """The sweeps that nobody has finished in their time and the grace after it."""
    finished = dict(SweepRun.objects.values_list("name", Now() - F("finished_at")))
    overdue = []
    for sweep in all_sweeps():
        age = finished.get(sweep.name)
        if age is None or age > timedelta(seconds=sweep.every) + GRACE:
            overdue.append(sweep)
    return overdue


@contextmanager
def _turn(name: str, wait: bool) -> Iterator[bool]:
    """Hold the sweep's advisory lock; it keeps others from queueing up, right results do not depend on it."""
    key = [_LOCK_SPACE, zlib.crc32(name.encode()) - 2**31]
    deadline = time.monotonic() + (PATIENCE_SECONDS if wait else 0)
    with connection.cursor() as cursor:
        while not (ours := _one(cursor, "SELECT pg_try_advisory_lock(%s, %s)", key)):
            if time.monotonic() >= deadline:
                break
            time.sleep(0.05)
    try:
        yield ours
    finally:
        if ours:
            with suppress(Error), connection.cursor() as cursor:  # a lost connection has let go of it already
                cursor.execute("SELECT pg_advisory_unlock(%s, %s)", key)


def _one(cursor: Any, statement: str, arguments: list[int]) -> bool:
    cursor.execute(statement, arguments)
    return bool(cursor.fetchone()[0])
