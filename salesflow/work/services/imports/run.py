"""Reading a file in chunks, each one transaction. Killed at any moment, a job loses the chunk in hand and nothing else;
whoever takes it up after the lease goes on behind the last committed row. Of two workers only one holds the lease.
"""

import logging
import time
from collections.abc import Iterator
from datetime import timedelta

from django.core.exceptions import ValidationError
from django.db import Error, transaction
from django.db.models import Q
from django.db.models.functions import Now
from django.utils import translation
from django.utils.translation import gettext as _

from salesflow.lib.records import touched
from salesflow.lib.tabular import Row, Table
from salesflow.people.services import workspace
from salesflow.work.models import Import, ImportRow
from salesflow.work.services.imports.chunk import LEASE, Chunks, Lost
from salesflow.work.services.imports.files import file_open, look
from salesflow.work.services.imports.finish import import_end, import_waits, trial_forget
from salesflow.work.services.imports.start import mapping_settle
from salesflow.work.services.imports.undo import undo_run

log = logging.getLogger(__name__)
#: Rows of a transaction. Each may take a few advisory locks, of which the database has some thousands for all.
CHUNK = 250
CHUNK_CHARS = 4_000_000
#: How long a sweep reads one import before it lets others have their turn.
SWEEP_SECONDS = 15.0
_BYTES_PER_LEASED_SECOND = 200_000
Status = Import.Status


def imports_sweep() -> dict[str, int]:
    """Take up imports that wait or whose worker vanished; safe to run late, twice, or in two workers at once."""
    waiting = Import.objects.filter(
        Q(leased_until=None) | Q(leased_until__lt=Now()), status__in=(Status.QUEUED, Status.RUNNING)
    )
    done = 0
    for pk in waiting.order_by("pk").values_list("pk", flat=True)[:5]:
        done += import_run(job_id=pk, seconds=SWEEP_SECONDS)
    return {"processed": done}


def import_run(*, job_id: int, seconds: float | None = None) -> bool:
    """Do what an import has to do next, to its end or for so many seconds; False when it is not this worker's.

    Reasons and errors are told in the language the file was uploaded in. What nobody foresaw ends the import as
    failed; an absent database is waited for: the lease runs out, and the next sweep goes on.
    """
    job = _take(job_id)
    if job is None:
        return False
    with translation.override(job.language or workspace().language):
        try:
            if job.undoing_by is not None:
                undo_run(job, seconds=seconds)
            elif _ready(job):
                _read(job, seconds)
        except ValidationError as error:
            import_end(job, status=Status.FAILED, error="; ".join(error.messages))
        except Error:
            raise
        except Exception:
            log.exception("import %s broke off", job.pk)
            words = _("Something went wrong on our side; the administrator's log tells what.")
            import_end(job, status=Status.FAILED, error=words)
    return True


@transaction.atomic
def _take(job_id: int) -> Import | None:
    """The lease of a waiting or abandoned import, or None."""
    taken = Import.objects.filter(
        Q(leased_until=None) | Q(leased_until__lt=Now()),
        pk=job_id,
        status__in=(Status.QUEUED, Status.RUNNING),
    ).update(status=Status.RUNNING, leased_until=Now() + LEASE)
    if not taken:
        return None
    return Import.objects.select_related("by", "undoing_by").get(pk=job_id)


def _ready(job: Import) -> bool:
    """Look at the file if nobody has yet; False when a person has to say first what its columns mean."""
    lease = LEASE + timedelta(seconds=job.size / _BYTES_PER_LEASED_SECOND)
    Import.objects.filter(pk=job.pk).update(leased_until=Now() + lease)  # large workbooks open slowly
    if not job.read_until:
        _forget_rows(job)
    if job.header:
        Import.objects.filter(pk=job.pk, started_at=None).update(started_at=Now())
        return True
    found = look(job)
    is_settled = mapping_settle(job)
    found |= {"mapping": job.mapping, "status": Status.RUNNING if is_settled else Status.NEEDS_MAPPING}
    found |= {"started_at": Now()} if is_settled else {"leased_until": None}
    with transaction.atomic():
        held = Import.objects.filter(pk=job.pk, status=Status.RUNNING, version=job.version)
        mine = held.update(**found, **touched())
        job.version += 1
        if mine and not is_settled:
            import_waits(Import.objects.select_related("by").get(pk=job.pk))
    return bool(mine) and is_settled


def _forget_rows(job: Import) -> None:
    """Forget what became of the rows when the file was read before: tried, or undone."""
    trial_forget(job)
    while True:
        first = ImportRow.objects.filter(job=job).order_by("number").values("pk")[:20_000]
        if not ImportRow.objects.filter(pk__in=first).delete()[0]:
            return


def _read(job: Import, seconds: float | None) -> None:
    table, chunks = file_open(job), Chunks(job)
    until = None if seconds is None else time.monotonic() + seconds
    try:
        for rows, percent in _chunks(table, job.read_until):
            chunks.enter(rows, percent)
            if until is not None and time.monotonic() > until:
                Import.objects.filter(pk=job.pk, status=Status.RUNNING).update(leased_until=None)
                return
    except Lost:
        return
    import_end(job, status=Status.DONE)


def _chunks(table: Table, start_after: int) -> Iterator[tuple[list[Row], int]]:
    rows: list[Row] = []
    size = 0
    for row in table.rows(start_after=start_after):
        rows.append(row)
        size += sum(map(len, row.cells))
        if len(rows) >= CHUNK or size >= CHUNK_CHARS:
            yield rows, min(99, int(100 * table.share))
            rows, size = [], 0
    if rows:
        yield rows, 99
