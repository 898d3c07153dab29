"""Handing work to Celery after commit; an absent broker delays the work, it never breaks the page."""

import logging
import time
from typing import Any

from django.db import transaction

log = logging.getLogger(__name__)
#: After a failure nothing is tried for so many seconds, lest each page wait for the same absent broker.
REST_SECONDS = 10.0
_rests_until = 0.0


def enqueue(task: Any, *ids: int) -> None:
    """Publish `task` with ids once the transaction has committed; without a broker the next sweep does the work."""
    transaction.on_commit(lambda: _publish(task, ids), robust=True)


def reset() -> None:
    """Try again at once (a new broker has been named)."""
    global _rests_until
    _rests_until = 0.0


def _publish(task: Any, ids: tuple[int, ...]) -> None:
    global _rests_until
    if time.monotonic() < _rests_until:
        return
    try:
        task.apply_async(args=ids, retry=False)
    except Exception as error:
        _rests_until = time.monotonic() + REST_SECONDS
        log.warning("broker unreachable, %s waits for its sweep: %s", task.name, error)
