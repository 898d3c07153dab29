"""Carrying messages out of the house: many at a time, and nobody waits for a slow peer but himself.

A source claims what is due by moving its due time ahead (the lease): should this process die, it is due again then.
The claimed errands run in threads that touch no database and tell, one by one, what came of it; that is written down
here, in the thread of the caller. One process of the workers at a time does this, so that however slow the world
outside is, the others go on with the work inside. Each kind of errand has places of its own there, and one that is
slow to end holds up no other kind.
"""

import logging
import queue
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any

from django.db import Error, connection

from salesflow.lib.queue import enqueue

log = logging.getLogger(__name__)
#: Errands of one kind that run at the same time.
AT_ONCE = 8
#: Seconds in which new errands are begun; those under way are waited for beyond, and the other kinds go on meanwhile.
SECONDS = 20.0
_LOCK = 7_301_004
_ENDED = object()

Tell = Callable[[Any], None]


@dataclass(frozen=True)
class Errand:
    """`do(tell)` runs in a thread and tells results; `heard(result)` writes one down, and says whether it went well."""

    do: Callable[[Tell], None]
    heard: Callable[[Any], bool]


#: Claims at most so many errands that are due.
Source = Callable[[int], list[Errand]]
_sources: dict[str, Source] = {}


def source(name: str, claim: Source) -> None:
    """Register where errands come from; the same name again replaces it."""
    _sources[name] = claim


def errands_run(*, seconds: float = SECONDS) -> dict[str, int]:
    """Carry all that is due: `sent`, `failed`. Harmless late, twice, or in two processes at once."""
    with _alone() as ours:
        return _Round(seconds).run() if ours else {"sent": 0, "failed": 0}


class _Round:
    """One pass: fills free places of each kind until nothing is due or the time is up.

    A kind still under way then keeps the pass open; the others are filled until it has ended.
    """

    def __init__(self, seconds: float) -> None:
        self.until = time.monotonic() + seconds
        self.news: queue.SimpleQueue[tuple[str, Errand, Any]] = queue.SimpleQueue()
        self.running = dict.fromkeys(_sources, 0)
        self.late: set[str] | None = None
        self.counts = {"sent": 0, "failed": 0}

    def run(self) -> dict[str, int]:
        while True:
            for name in self._open():
                self._fill(name)
            if not any(self.running.values()):
                return self.counts
            with suppress(queue.Empty):
                self._hear(*self.news.get(timeout=1.0))

    def _open(self) -> list[str]:
        """The kinds that may begin errands now."""
        if time.monotonic() < self.until:
            return list(self.running)
        busy = {name for name, number in self.running.items() if number}
        self.late = busy if self.late is None else self.late & busy
        return [name for name in self.running if name not in self.late] if self.late else []

    def _fill(self, name: str) -> None:
        free = AT_ONCE - self.running[name]
        for errand in _sources[name](free) if free else ():
            self.running[name] += 1
            threading.Thread(target=self._do, args=(name, errand), name=f"errand {name}", daemon=True).start()

    def _do(self, name: str, errand: Errand) -> None:
        try:
            errand.do(lambda result: self.news.put((name, errand, result)))
        except Exception:
            log.exception("an errand broke off; it is due again when its lease ends")
        finally:
            self.news.put((name, errand, _ENDED))

    def _hear(self, name: str, errand: Errand, result: Any) -> None:
        if result is _ENDED:
            self.running[name] -= 1
            return
        self.counts["sent" if errand.heard(result) else "failed"] += 1


def wake() -> None:
    """After commit, ask a worker to carry messages now instead of at the next sweep."""
    from salesflow.outbox.tasks import run_errands

    enqueue(run_errands)


@contextmanager
def _alone() -> Iterator[bool]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [_LOCK])
        ours = bool(cursor.fetchone()[0])
    try:
        yield ours
    finally:
        if ours:
            with suppress(Error), connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(%s)", [_LOCK])
