"""Reading a file in chunks, each one transaction: rows, leads, counts and the place to go on from commit together.

Killed at any moment, the job loses the chunk in hand and nothing else; whoever takes it up after the lease goes on
behind the last committed record. Of two workers only one holds the lease.
"""

import logging
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import timedelta

from django.core.exceptions import ValidationError
from django.db import Error, transaction
from django.db.models import Q
from django.db.models.functions import Now
from django.utils import translation
from django.utils.translation import gettext as _

from leads.models import LeadImport, LeadImportRow
from leads.services.imports.chunk import LEASE, Chunk, Chunks
from leads.services.imports.finish import import_end, import_waits
from leads.services.imports.mapping import mapping_remember
from leads.services.imports.start import mapping_settle
from leads.services.imports.trial import trial_forget
from leads.services.imports.undo import undo_run
from salesflow.lib.ahead import one_ahead
from salesflow.lib.records import touched
from salesflow.lib.tabular import Row, Table
from salesflow.people.services import workspace
from salesflow.work.services import custom_fields_ensure
from salesflow.work.services.imports.files import file_open, look

log = logging.getLogger(__name__)
CHUNK = 1000
#: A chunk of long rows is cut earlier, so that memory does not grow with them.
CHUNK_CHARS = 4_000_000
#: How long a sweep reads one import before it lets others have their turn.
SWEEP_SECONDS = 15.0
#: A slice of work lasts at least so many times as long as opening the file took.
WORTH_OPENING = 5
_BYTES_PER_LEASED_SECOND = 200_000
Status = LeadImport.Status


def imports_sweep() -> dict[str, int]:
    """Take up imports that wait or whose worker vanished; safe to run late, twice, or in two workers at once."""
    waiting = LeadImport.objects.filter(
        Q(leased_until=None) | Q(leased_until__lt=Now()), status__in=(Status.QUEUED, Status.RUNNING)
    )
    done = 0
    for pk in waiting.order_by("pk").values_list("pk", flat=True)[:5]:
        done += import_run(job_id=pk, seconds=SWEEP_SECONDS)
    return {"processed": done}


def import_run(
    *, job_id: int, seconds: float | None = None, on_chunk: Callable[[], None] | None = None
) -> bool:
    """Do what an import has to do next, to its end or for so many seconds; False when it is not this worker's.

    Reasons and errors are told in the language the file was uploaded in. What nobody foresaw ends the
    import as failed; an absent database is waited for: the lease runs out, and the next sweep goes on. `on_chunk` is
    called after each committed chunk, for who waits and watches.
    """
    job = _take(job_id)
    if job is None:
        return False
    with translation.override(job.language or workspace().language):
        try:
            if job.undoing_by is not None:
                undo_run(job, seconds=seconds)
            elif _ready(job):
                _read(job, seconds, on_chunk)
        except ValidationError as error:
            import_end(job, error="; ".join(error.messages))
        except Error:
            raise
        except Exception:
            log.exception("import %s broke off", job.pk)
            import_end(job, error=_("Something went wrong on our side; the administrator's log tells what."))
    return True


@transaction.atomic
def _take(job_id: int) -> LeadImport | None:
    """The lease of a waiting or abandoned import, or None."""
    taken = LeadImport.objects.filter(
        Q(leased_until=None) | Q(leased_until__lt=Now()),
        pk=job_id,
        status__in=(Status.QUEUED, Status.RUNNING),
    ).update(status=Status.RUNNING, leased_until=Now() + LEASE)
    if not taken:
        return None
    LeadImport.objects.filter(pk=job_id, started_at=None).update(started_at=Now())
    return LeadImport.objects.select_related("source", "campaign", "by", "undoing_by").get(pk=job_id)


def _ready(job: LeadImport) -> bool:
    """Look at the file if nobody has yet; False when a person has to say first what its columns mean."""
    _lease_for_opening(job)
    if not job.read_until:
        trial_forget(job)
        _drop_rows(job)
    if job.header:
        return True
    found = look(job)
    is_settled = mapping_settle(job)
    found |= {"mapping": job.mapping, "status": Status.RUNNING if is_settled else Status.NEEDS_MAPPING}
    with transaction.atomic():
        lease = {} if is_settled else {"leased_until": None, "started_at": None}
        mine = LeadImport.objects.filter(pk=job.pk, status=Status.RUNNING).update(
            **found, **lease, **touched()
        )
        if mine and is_settled:
            mapping_remember(job)
        elif mine:
            import_waits(LeadImport.objects.select_related("by").get(pk=job.pk))
    return bool(mine) and is_settled


def _lease_for_opening(job: LeadImport) -> None:
    """A large workbook takes a while before its first row comes; nobody else shall begin meanwhile."""
    lease = LEASE + timedelta(seconds=job.size / _BYTES_PER_LEASED_SECOND)
    LeadImport.objects.filter(pk=job.pk).update(leased_until=Now() + lease)


def _drop_rows(job: LeadImport) -> None:
    """Forget what became of the rows when the file was read before: it was undone, and is read anew."""
    while True:
        first = LeadImportRow.objects.filter(lead_import=job).order_by("number").values("pk")[:20_000]
        if not LeadImportRow.objects.filter(pk__in=first).delete()[0]:
            return


def _read(job: LeadImport, seconds: float | None, on_chunk: Callable[[], None] | None) -> None:
    opening = time.monotonic()
    table = file_open(job)
    if not job.dry_run:
        _ensure_custom_fields(job)
    chunks = Chunks(job)
    started, until = None, 0.0
    with closing(one_ahead(_chunks(table, job.read_until, chunks))) as prepared:
        for chunk in prepared:
            if started is None:
                started = time.monotonic()
                until = started + max(seconds or 0, WORTH_OPENING * (started - opening))
            if not chunks.enter(chunk):
                return
            if on_chunk is not None:
                on_chunk()
            if seconds is not None and time.monotonic() > until:
                LeadImport.objects.filter(pk=job.pk, status=Status.RUNNING).update(leased_until=None)
                return
    import_end(job)


def _chunks(table: Table, start_after: int, chunks: Chunks) -> Iterator[Chunk]:
    rows: list[Row] = []
    size = 0
    for row in table.rows(start_after=start_after):
        rows.append(row)
        size += sum(map(len, row.cells))
        if len(rows) >= CHUNK or size >= CHUNK_CHARS:
            yield chunks.of(rows, min(99, int(100 * table.share)))
            rows, size = [], 0
    if rows:
        yield chunks.of(rows, 99)


def _ensure_custom_fields(job: LeadImport) -> None:
    wanted = {
        target.removeprefix("custom."): header
        for header, listed in (job.mapping or {}).items()
        for target in listed
        if target.startswith("custom.")
    }
    custom_fields_ensure(resource="leads", labels=wanted, by=job.by)
