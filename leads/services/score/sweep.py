"""Scoring again what is due: after an event, a day later for what fades, when a lower grade has waited long enough."""

import logging
import time
from collections import defaultdict
from collections.abc import Iterable

from django.db import Error, connection, transaction

from leads.models import ScoreDue, ScoringModel
from leads.scoring.rows import LIVE
from leads.services.score.active import Part, in_force
from leads.services.score.rescore import BATCH, batch_rescore, leads_moving
from leads.services.score.statements import BY_ID, IN_RANGE, ranges
from salesflow.lib.queue import enqueue

log = logging.getLogger(__name__)
#: How long one pass of the sweep may take; the rest waits for the next.
PATIENCE_SECONDS = 20.0
#: Leads looked at by one statement, without locks.
SCAN = 10_000
BUSY_SECONDS = 5
FAILED_SECONDS = 3600


def rescore_soon(ids: Iterable[int], *, cause: str) -> None:
    """Note that these leads are to be scored again, in the caller's transaction; a worker does it after commit.

    Without a broker the sweep does it a little later.
    """
    _note(sorted(set(ids)), cause, after_seconds=0)
    rescore_wake()


def rescore_wake() -> None:
    """After commit, ask a worker to score what is due now."""
    from leads.tasks import rescore_due

    enqueue(rescore_due)


def rescore_sweep(*, patience: float = PATIENCE_SECONDS) -> dict[str, int]:
    """Score what is due, then go on regrading after an activation; safe to run late, twice, or in two processes."""
    counts = {"processed": 0, "rescored": 0, "failed": 0}
    until = time.monotonic() + patience
    for step in (_due_step, _regrade_step):
        while time.monotonic() < until and step(counts):
            pass
    return counts


def rescore_all(*, cause: str = "asked") -> int:
    """Score every lead now, in batches that wait for nobody; gives how many were written.

    Leads that somebody is changing at that moment are left to the sweep.
    """
    written = 0
    for span in ranges(LIVE, {}, SCAN):
        moving = leads_moving(IN_RANGE, span, cause=cause)
        for start in range(0, len(moving), BATCH):
            with transaction.atomic():
                done = batch_rescore(moving[start : start + BATCH], cause=cause, wait=False)
                _note(list(done.busy), cause, after_seconds=0)
            written += done.written
    return written


@transaction.atomic
def _due_step(counts: dict[str, int]) -> bool:
    """Take a batch of what is due; False when there is none left."""
    due = _take_due()
    if not due:
        return False
    for cause, ids in due.items():
        try:
            with transaction.atomic():
                moving = leads_moving(BY_ID, {"ids": ids}, cause=cause)
                done = batch_rescore(moving, cause=cause, wait=False)
        except Error:
            log.exception("%d leads could not be scored together, each is tried alone", len(ids))
            _one_by_one(sorted(ids), cause, counts)
        else:
            counts["processed"] += len(ids) - len(done.busy)
            counts["rescored"] += done.written
            _note(list(done.busy), cause, after_seconds=BUSY_SECONDS)
    return True


def _take_due() -> dict[str, list[int]]:
    """Leads by cause, their notes removed: whoever fails puts them back by rolling back."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            DELETE FROM leads_scoredue WHERE lead_id IN (
                SELECT lead_id FROM leads_scoredue WHERE due_at <= statement_timestamp()
                ORDER BY due_at, lead_id LIMIT %s FOR UPDATE SKIP LOCKED
            ) RETURNING lead_id, cause
            """,
            [BATCH],
        )
        found = defaultdict(list)
        for lead_id, cause in cursor.fetchall():
            found[cause].append(lead_id)
        return dict(found)


def _one_by_one(ids: list[int], cause: str, counts: dict[str, int]) -> None:
    """So that one lead that cannot be scored does not hold up the others; it is tried again in an hour."""
    for lead_id in ids:
        try:
            with transaction.atomic():
                done = batch_rescore([lead_id], cause=cause, wait=False)
        except Error:
            log.exception("lead %d could not be scored", lead_id)
            counts["failed"] += 1
            _note([lead_id], cause, after_seconds=FAILED_SECONDS)
        else:
            counts["processed"] += 1
            counts["rescored"] += done.written
            _note(list(done.busy), cause, after_seconds=BUSY_SECONDS)


@transaction.atomic
def _regrade_step(counts: dict[str, int]) -> bool:
    """Regrade the next batch of leads after an activation; False when there is nothing to regrade."""
    model = (
        ScoringModel.objects.select_for_update(skip_locked=True)
        .filter(status=ScoringModel.Status.ACTIVE, regraded_until__isnull=False)
        .order_by("pk")
        .first()
    )
    if model is None:
        return False
    own = [part for part in in_force().parts() if part.scorer.model.pk == model.pk]
    ids = _next_ids(model.regraded_until or 0, BATCH, own[0]) if own else []
    if ids:
        done = batch_rescore(ids, cause="model", wait=False)
        counts["processed"] += len(ids) - len(done.busy)
        counts["rescored"] += done.written
        _note(list(done.busy), "model", after_seconds=BUSY_SECONDS)
    ScoringModel.objects.filter(pk=model.pk).update(regraded_until=ids[-1] if ids else None)
    return True


def _next_ids(after: int, batch: int, part: Part) -> list[int]:
    """The next leads of a model."""
    own, params = part.where, part.params
    statement = f"""
        SELECT l.id FROM leads_lead l WHERE l.id > %(after)s AND {LIVE} AND {own} ORDER BY l.id LIMIT %(batch)s
    """
    with connection.cursor() as cursor:
        cursor.execute(statement, {**params, "after": after, "batch": batch})
        return [row[0] for row in cursor.fetchall()]


def _note(ids: list[int], cause: str, *, after_seconds: int) -> None:
    """Look at these leads again after so long; an earlier note stays earlier, and a changed model is not forgotten."""
    if not ids:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            INSERT INTO {ScoreDue._meta.db_table} AS q (lead_id, due_at, cause)
            SELECT id, statement_timestamp() + %(after)s * interval '1 second', %(cause)s
            FROM unnest(%(ids)s::bigint[]) AS id ORDER BY id
            ON CONFLICT (lead_id) DO UPDATE SET due_at = least(q.due_at, excluded.due_at),
                cause = CASE WHEN q.cause = 'model' THEN q.cause ELSE excluded.cause END
            """,
            {"ids": ids, "cause": cause, "after": after_seconds},
        )
