"""Reading a file in chunks, each one transaction: rows, records, counts and the place to go on from commit together.

Killed at any moment, a job loses the chunk in hand and nothing else; whoever takes it up after the lease goes on behind
the last committed row. Of two workers only one holds the lease.
"""

import logging
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import timedelta
from typing import Any

from django.core.exceptions import ValidationError
from django.db import Error, transaction
from django.db.models import Q
from django.db.models.functions import Now
from django.utils import translation
from django.utils.translation import gettext as _

from salesflow.journal.services import notify
from salesflow.lib.ahead import one_ahead
from salesflow.lib.records import touched
from salesflow.lib.tabular import Row, Table
from salesflow.people.services import workspace
from salesflow.work.services.imports.files import file_open, look
from salesflow.work.services.imports.flow import NEEDS_MAPPING, QUEUED, RUNNING, ImportFlow
from salesflow.work.services.imports.storing import Chunk, Chunks, Lost

log = logging.getLogger(__name__)
#: A chunk of long rows is cut earlier, so that memory does not grow with them.
CHUNK_CHARS = 4_000_000
#: How long a sweep reads one import before it lets others have their turn.
SWEEP_SECONDS = 15.0
#: A slice of work lasts at least so many times as long as opening the file took.
WORTH_OPENING = 5
_BYTES_PER_LEASED_SECOND = 200_000
_FREE = Q(leased_until=None) | Q(leased_until__lt=Now())
Watch = Callable[[], None] | None


def sweep(flow: ImportFlow) -> dict[str, int]:
    """Take up imports that wait or whose worker vanished; safe to run late, twice, or in two workers at once."""
    waiting = flow.model._default_manager.filter(_FREE, status__in=(QUEUED, RUNNING))
    done = 0
    for pk in waiting.order_by("pk").values_list("pk", flat=True)[:5]:
        done += run(flow, pk, seconds=SWEEP_SECONDS)
    return {"processed": done}


def run(flow: ImportFlow, job_id: int, *, seconds: float | None = None, on_chunk: Watch = None) -> bool:
    """Do what an import has to do next, to its end or for so many seconds; False when it is not this worker's.

    Reasons and errors are told in the language the file was uploaded in. What nobody foresaw ends the import as
    failed; an absent database is waited for: the lease runs out, and the next sweep goes on. `on_chunk` is called
    after each committed chunk, for who waits and watches.
    """
    job = _taken(flow, job_id)
    if job is None:
        return False
    with translation.override(job.language or workspace().language):
        try:
            if job.undoing_by is not None:
                flow.undo(job, seconds=seconds)
            elif _ready(flow, job):
                _read(flow, job, seconds, on_chunk)
        except ValidationError as error:
            flow.failed(job, "; ".join(error.messages))
        except Error:
            raise
        except Exception:
            log.exception("import %s broke off", job.pk)
            flow.failed(job, _("Something went wrong on our side; the administrator's log tells what."))
    return True


@transaction.atomic
def _taken(flow: ImportFlow, job_id: int) -> Any:
    """The lease of a waiting or abandoned import, or None."""
    free = flow.of(job_id).filter(_FREE, status__in=(QUEUED, RUNNING))
    if not free.update(status=RUNNING, leased_until=Now() + flow.lease):
        return None
    return flow.of(job_id).select_related(*flow.related).get()


def _ready(flow: ImportFlow, job: Any) -> bool:
    """Look at the file if nobody has yet; False when a person has to say first what its columns mean."""
    # a large workbook takes a while before its first row comes; nobody else shall begin meanwhile
    lease = flow.lease + timedelta(seconds=job.size / _BYTES_PER_LEASED_SECOND)
    flow.of(job.pk).update(leased_until=Now() + lease)
    if not job.read_until:
        _forget_rows(flow, job)
    if job.header:
        flow.of(job.pk).filter(started_at=None).update(started_at=Now())
        return True
    found = look(job)
    is_settled = flow.settle(job)
    found |= {"mapping": job.mapping, "status": RUNNING if is_settled else NEEDS_MAPPING}
    found |= {"started_at": Now()} if is_settled else {"leased_until": None}
    with transaction.atomic():
        mine = flow.of(job.pk).filter(status=RUNNING, version=job.version).update(**found, **touched())
        job.version += 1
        if mine and is_settled:
            flow.settled(job)
        elif mine:
            key = f"{flow.key}:{job.pk}:{job.version}"
            notify([job.by], f"{flow.app}.import_needs_mapping", subject=job, key=key)
    return bool(mine) and is_settled


def _forget_rows(flow: ImportFlow, job: Any) -> None:
    """Forget what became of the rows when the file was read before: tried, or undone."""
    flow.forget_trial(job)
    rows = flow.rows._default_manager
    while True:
        first = rows.filter(**{flow.row_job: job}).order_by("number").values("pk")[:20_000]
        if not rows.filter(pk__in=first).delete()[0]:
            return


def _read(flow: ImportFlow, job: Any, seconds: float | None, on_chunk: Watch) -> None:
    opening = time.monotonic()
    table = file_open(job)
    flow.before_reading(job)
    chunks = flow.chunks(job)
    started, until = None, 0.0
    with closing(one_ahead(_cut(table, job.read_until, chunks, flow.chunk_rows()))) as prepared:
        for chunk in prepared:
            if started is None:
                started = time.monotonic()
                until = started + max(seconds or 0, WORTH_OPENING * (started - opening))
            try:
                chunks.enter(chunk)
            except Lost:
                return
            if on_chunk is not None:
                on_chunk()
            if seconds is not None and time.monotonic() > until:
                flow.of(job.pk).filter(status=RUNNING).update(leased_until=None)
                return
    flow.done(job)


def _cut(table: Table, start_after: int, chunks: Chunks, most: int) -> Iterator[Chunk]:
    rows: list[Row] = []
    size = 0
    for row in table.rows(start_after=start_after):
        rows.append(row)
        size += sum(map(len, row.cells))
        if len(rows) >= most or size >= CHUNK_CHARS:
            yield chunks.of(rows, min(99, int(100 * table.share)))
            rows, size = [], 0
    if rows:
        yield chunks.of(rows, 99)
