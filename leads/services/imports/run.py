"""Reading a file in chunks, each one transaction: rows, leads, counts and the place to go on from commit together.

Killed at any moment, the job loses the chunk in hand and nothing else; whoever takes it up after the lease goes on
behind the last committed record. Of two workers only one holds the lease.
"""

import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from itertools import islice
from typing import Any

from django.core.exceptions import ValidationError
from django.core.files.storage import default_storage
from django.db import transaction
from django.db.models import F, Q
from django.db.models.functions import Now

from leads.models import Lead, LeadImport, LeadImportRow
from leads.services.clean import LeadDraft, draft_of
from leads.services.enter import Entered, leads_enter
from leads.services.imports.values import RowReader
from salesflow.journal.services import notify, record
from salesflow.lib.bulk import insert_values
from salesflow.lib.records import touched
from salesflow.lib.tabular import Row, Table, open_table
from salesflow.people.services import workspace
from salesflow.work.services import custom_fields_ensure

CHUNK = 1000
#: Renewed by each chunk; should it run out under a slow one, the job's row lets only one of two workers commit it.
LEASE = timedelta(seconds=20)
#: How long a sweep reads one import before it lets others have their turn.
SWEEP_SECONDS = 15.0


def imports_sweep() -> dict[str, int]:
    """Take up imports that wait or whose worker vanished; safe to run late, twice, or in two workers at once."""
    waiting = LeadImport.objects.filter(
        Q(leased_until=None) | Q(leased_until__lt=Now()),
        status__in=(LeadImport.Status.QUEUED, LeadImport.Status.RUNNING),
    )
    done = 0
    for pk in waiting.order_by("pk").values_list("pk", flat=True)[:5]:
        done += import_run(job_id=pk, seconds=SWEEP_SECONDS)
    return {"processed": done}


def import_run(
    *, job_id: int, seconds: float | None = None, on_chunk: Callable[[], None] | None = None
) -> bool:
    """Read one import to its end, or for so many seconds; gives False when it is not this worker's to do.

    `on_chunk` is called after each committed chunk, for who waits and watches.
    """
    job = _take(job_id)
    if job is None:
        return False
    try:
        _read(job, seconds, on_chunk)
    except ValidationError as error:
        _fail(job, "; ".join(error.messages))
    except FileNotFoundError:
        _fail(job, "The file is no longer there.")
    return True


@transaction.atomic
def _take(job_id: int) -> LeadImport | None:
    """The lease of a waiting or abandoned import, or None."""
    taken = LeadImport.objects.filter(
        Q(leased_until=None) | Q(leased_until__lt=Now()),
        pk=job_id,
        status__in=(LeadImport.Status.QUEUED, LeadImport.Status.RUNNING),
    ).update(status=LeadImport.Status.RUNNING, leased_until=Now() + LEASE)
    if not taken:
        return None
    LeadImport.objects.filter(pk=job_id, started_at=None).update(started_at=Now())
    return LeadImport.objects.select_related("source", "campaign", "by").get(pk=job_id)


def _read(job: LeadImport, seconds: float | None, on_chunk: Callable[[], None] | None) -> None:
    table = open_table(
        default_storage.path(job.file.name),
        filename=job.filename,
        encoding=job.encoding or None,
        delimiter=job.delimiter or None,
        sheet=job.sheet or None,
    )
    shared = workspace()
    assert job.mapping is not None
    reader = RowReader(job.header, job.mapping, shared.placeholder_values)
    _ensure_custom_fields(job)
    chunker = _Chunker(job, reader, region=shared.phone_region, base_currency=shared.base_currency)
    started = time.monotonic()
    for rows in _chunks(table, job.read_until):
        if not chunker.enter(rows):
            return
        if on_chunk is not None:
            on_chunk()
        if seconds is not None and time.monotonic() - started > seconds:
            LeadImport.objects.filter(pk=job.pk).update(leased_until=None)
            return
    _finish(job)


def _chunks(table: Table, start_after: int) -> Iterator[list[Row]]:
    rows = table.rows(start_after=start_after)
    while chunk := list(islice(rows, CHUNK)):
        yield chunk


def _ensure_custom_fields(job: LeadImport) -> None:
    wanted = {
        target.removeprefix("custom."): header
        for header, listed in (job.mapping or {}).items()
        for target in listed
        if target.startswith("custom.")
    }
    custom_fields_ensure(resource="leads", labels=wanted, by=job.by)


class _Chunker:
    """Enters one chunk after the other under the job's lease."""

    def __init__(self, job: LeadImport, reader: RowReader, *, region: str, base_currency: str) -> None:
        self.job, self.reader = job, reader
        self.region, self.base_currency = region, base_currency

    @transaction.atomic
    def enter(self, rows: list[Row]) -> bool:
        """Enter a chunk; False when the job is no longer ours (lease lost, undone meanwhile)."""
        last = rows[-1].number
        mine = LeadImport.objects.filter(
            pk=self.job.pk, status=LeadImport.Status.RUNNING, read_until__lt=rows[0].number
        ).update(leased_until=Now() + LEASE, read_until=last)
        if not mine:
            return False
        drafts = [self._draft(row) for row in rows]
        answers = leads_enter(
            drafts=drafts,
            by=self.job.by,
            via=Lead.EnteredVia.IMPORT,
            assignment=self.job.assignment,
            on_duplicate=self.job.on_duplicate,
            lead_import=self.job,
        )
        self._account(rows, answers)
        return True

    def _draft(self, row: Row) -> LeadDraft:
        if row.error:
            draft = LeadDraft(lead=Lead(), row=row.number)
            draft.refuse("row", str(row.error.message), "unreadable")
            return draft
        draft = draft_of(
            self.reader.values(row.cells), region=self.region, base_currency=self.base_currency, tolerant=True
        )
        draft.row = draft.lead.import_row = row.number
        draft.lead.source, draft.lead.campaign = self.job.source, self.job.campaign
        return draft

    def _account(self, rows: list[Row], answers: list[Entered]) -> None:
        insert_values(
            LeadImportRow,
            ("lead_import_id", "number", "result", "lead_id", "reason", "cells", "filled"),
            (
                (
                    self.job.pk,
                    row.number,
                    answer.result,
                    answer.lead.pk if answer.lead else answer.duplicate_of,
                    answer.reason,
                    row.cells if answer.result in ("rejected", "skipped") else None,
                    answer.filled or None,
                )
                for row, answer in zip(rows, answers, strict=True)
            ),
        )
        counts = {result: 0 for result in ("created", "merged", "skipped", "rejected")}
        for answer in answers:
            counts[answer.result] += 1
        added: dict[str, Any] = {name: F(name) + count for name, count in counts.items()}
        LeadImport.objects.filter(pk=self.job.pk).update(processed=F("processed") + len(rows), **added)


@transaction.atomic
def _finish(job: LeadImport) -> None:
    ended = LeadImport.objects.filter(pk=job.pk, status=LeadImport.Status.RUNNING).update(
        status=LeadImport.Status.DONE, total=F("processed"), finished_at=Now(), leased_until=None, **touched()
    )
    if not ended:
        return
    done = LeadImport.objects.get(pk=job.pk)
    counts = {name: getattr(done, name) for name in ("total", "created", "merged", "skipped", "rejected")}
    record("leads.import_done", subject=done, by=None, data=counts)
    notify([job.by], "leads.import_done", subject=done, params=counts, key=f"import:{job.pk}:{done.version}")


@transaction.atomic
def _fail(job: LeadImport, reason: str) -> None:
    LeadImport.objects.filter(pk=job.pk, status=LeadImport.Status.RUNNING).update(
        status=LeadImport.Status.FAILED,
        error=reason[:1000],
        finished_at=Now(),
        leased_until=None,
        **touched(),
    )
    failed = LeadImport.objects.get(pk=job.pk)
    record("leads.import_failed", subject=failed, by=None, private={"error": reason[:1000]})
    notify(
        [job.by], "leads.import_failed", subject=failed, params={}, key=f"import:{job.pk}:{failed.version}"
    )
