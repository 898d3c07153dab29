"""Working a queue off in batches until nothing is due, and past a row whose effect fails."""

import logging
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from time import monotonic

from django.db import connection, transaction
from django.db.models import QuerySet
from django.db.models.functions import Now

from salesflow.lib.sweeps import one_run

log = logging.getLogger(__name__)

BATCH = 500
#: A row whose effect fails is left alone for so long.
SET_ASIDE = timedelta(minutes=10)


def work_off(
    step: Callable[[int], dict[str, int]], due: Callable[[], QuerySet], column: str, *, seconds: float = 20
) -> dict[str, int]:
    """Call `step(limit)` until it has `processed` nothing or the time is up; gives its counts added up.

    Each step is one transaction. When one raises, the batch is made smaller until the row that fails stands alone,
    the first of `due()`; its `column` is put off, and the others go on. All of them are one run to who is told.
    """
    with one_run():
        return _work_off(step, due, column, seconds)


def _work_off(
    step: Callable[[int], dict[str, int]], due: Callable[[], QuerySet], column: str, seconds: float
) -> dict[str, int]:
    totals, size, until = Counter(processed=0, failed=0), BATCH, monotonic() + seconds
    while monotonic() < until:
        try:
            counts = step(size)
        except Exception:  # whatever fails, the other rows go on
            if not connection.is_usable():
                raise
            if size == 1:
                _set_aside(due(), column)
                totals["failed"] += 1
            size = max(1, size // 8)
            continue
        if not counts["processed"]:
            break
        totals.update(counts)
        size = min(BATCH, size * 2)
    return dict(totals)


@transaction.atomic
def _set_aside(due: QuerySet, column: str) -> None:
    row = due.order_by(column).select_for_update(skip_locked=True, of=("self",), no_key=True).first()
    if row is not None:
        log.exception("%s %s set aside", row._meta.label, row.pk)
        type(row)._base_manager.filter(pk=row.pk).update(**{column: Now() + SET_ASIDE})
