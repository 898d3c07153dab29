"""Handing work to Celery after commit; an absent broker delays the work, it never breaks the page."""

import logging
from typing import Any

from django.db import transaction

log = logging.getLogger(__name__)


def enqueue(task: Any, *ids: int) -> None:
    """Publish `task` with ids once the transaction has committed; without a broker the next sweep does the work."""
    transaction.on_commit(lambda: _publish(task, ids), robust=True)


def _publish(task: Any, ids: tuple[int, ...]) -> None:
    try:
        task.apply_async(args=ids, retry=False)
    except Exception:
        log.warning("broker unreachable, %s waits for its sweep", task.name)
