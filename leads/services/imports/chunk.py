"""One chunk of a file: rows, leads, counts and the place to go on from, committed together."""

import logging
import random
import time
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db import DataError, IntegrityError, OperationalError, transaction
from django.db.models import F
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from leads.models import Lead, LeadImport, LeadImportRow
from leads.services.clean import LeadDraft, draft_of
from leads.services.enter import Entered, leads_enter
from leads.services.imports.finish import COUNTS
from leads.services.imports.mapping import NUMBER, target_label
from leads.services.imports.trial import rows_try
from leads.services.imports.update import rows_update
from leads.services.imports.values import RowReader
from salesflow.lib.bulk import insert_values
from salesflow.lib.tabular import Row
from salesflow.people.services import workspace
from salesflow.work.services.custom_values import custom_kinds

log = logging.getLogger(__name__)
#: Renewed by each chunk; should it run out under a slow one, the job's row lets only one of two workers commit it.
LEASE = timedelta(seconds=20)
ATTEMPTS = 3
#: PostgreSQL: serialization failure, deadlock, lock not had in time. The whole chunk may be tried again.
_PASSING = ("40001", "40P01", "55P03")


class Drafts:
    """Leads made of rows by one job's mapping, unsaved."""

    def __init__(self, job: LeadImport) -> None:
        shared = workspace()
        self.job = job
        self.reader = RowReader(job.header, job.mapping or {}, shared.placeholder_values)
        #: field -> the columns that go to it
        self.columns: dict[str, list[str]] = defaultdict(list)
        for name in job.header:
            for target in (job.mapping or {}).get(name, ()):
                self.columns[target].append(name)
        self.updates = job.on_duplicate == LeadImport.OnDuplicate.UPDATE
        self.region, self.base_currency = shared.phone_region, shared.base_currency
        self.kinds = custom_kinds("leads", by=job.by).read_ahead()  # rows are read in a thread

    def of(self, number: int, cells: Sequence[str], error: str = "") -> LeadDraft:
        """The lead of one row; with `error`, why the row itself could not be read."""
        if error:
            draft = LeadDraft(lead=Lead())
            draft.refuse("row", error, "unreadable")
        else:
            values = self.reader.values(cells)
            named = values.pop(NUMBER, "")
            draft = draft_of(
                values, region=self.region, base_currency=self.base_currency, tolerant=True, kinds=self.kinds
            )
            if self.updates:
                draft.number, draft.given = named, frozenset(values)
                if values.get("contact_name") == values.get("external_id"):  # a number stood in for a name
                    draft.given -= {"contact_name"}
        draft.row = draft.lead.import_row = number
        draft.lead.source, draft.lead.campaign = self.job.source, self.job.campaign
        return draft

    def enter(self, drafts: Sequence[LeadDraft]) -> list[Entered]:
        """Enter the leads of these rows as the job says, inside the caller's transaction.

        What is wrong with a rejected one is told by the column it stands in.
        """
        self._know_again(drafts)
        if self.updates:
            answers = rows_update(drafts, by=self.job.by, lead_import=self.job, enter=self._entered)
        else:
            answers = self._entered(drafts)
        for draft, answer in zip(drafts, answers, strict=True):
            if answer.result == "rejected":
                answer.reason = self._faults(draft)
        return answers

    def _entered(self, drafts: Sequence[LeadDraft]) -> list[Entered]:
        return leads_enter(
            drafts=drafts,
            by=self.job.by,
            via=Lead.EnteredVia.IMPORT,
            assignment=self.job.assignment,
            on_duplicate="skip" if self.updates else self.job.on_duplicate,
            lead_import=self.job,
            tell=False,
        )

    def _faults(self, draft: LeadDraft) -> str:
        told = []
        for field, errors in draft.errors.items():
            names = self.columns.get(field) or [target_label(field)]
            for error in errors:
                fault = " ".join(error.messages)
                words = {"column": ", ".join(names), "fault": fault}
                told.append(_("%(column)s: %(fault)s") % words if any(names) else fault)
        return " ".join(told)[:500]

    def _know_again(self, drafts: Sequence[LeadDraft]) -> None:
        """Name for each row the lead that the same row of the very same file (by name and content) became before.

        So a file imported twice makes nothing twice, also where its rows have no address, number or company.
        """
        if self.job.on_duplicate == LeadImport.OnDuplicate.CREATE or not self.job.sha256:
            return
        same = LeadImport.objects.filter(
            sha256=self.job.sha256, filename=self.job.filename, sheet=self.job.sheet
        )
        earlier = list(same.exclude(pk=self.job.pk).values_list("pk", flat=True))
        if not earlier:
            return
        rows = LeadImportRow.objects.filter(
            lead_import__in=earlier,
            number__in=[draft.row for draft in drafts],
            result=LeadImportRow.Result.CREATED,
            lead__archived_at=None,
            lead__merged_into=None,
        )
        made = dict(rows.order_by("-pk").values_list("number", "lead"))
        for draft in drafts:
            draft.known_as = made.get(draft.row or 0)


@dataclass(frozen=True)
class Chunk:
    """Rows of a file in its order, how much of it has been read with them, and the leads they become."""

    rows: Sequence[Row]
    percent: int
    drafts: Sequence[LeadDraft]


class Chunks:
    """Enters one chunk after the other under the job's lease."""

    def __init__(self, job: LeadImport) -> None:
        self.job = job
        self.drafts = Drafts(job)

    def of(self, rows: Sequence[Row], percent: int, *, fault: str = "") -> Chunk:
        """A chunk of these rows; with `fault`, why none of them can be taken."""
        drafts = [
            self.drafts.of(row.number, row.cells, str(row.error.message) if row.error else fault)
            for row in rows
        ]
        return Chunk(rows, percent, drafts)

    def enter(self, chunk: Chunk) -> bool:
        """Enter a chunk; False when the job is no longer this worker's (lease lost, stopped meanwhile).

        A row that the database refuses although every check passed costs itself, not the chunk.
        """
        rows, percent = chunk.rows, chunk.percent
        try:
            return self._tried(chunk)
        except (DataError, IntegrityError, ValueError) as error:
            if len(rows) == 1:
                log.exception("import %s: row %s could not be stored", self.job.pk, rows[0].number)
                fault = _("The database refused this row (%(error)s).") % {"error": type(error).__name__}
                return self._committed(self.of(rows, percent, fault=fault))
            middle = len(rows) // 2
            return self.enter(self.of(rows[:middle], percent)) and self.enter(self.of(rows[middle:], percent))

    def _tried(self, chunk: Chunk) -> bool:
        for attempt in range(1, ATTEMPTS + 1):
            try:
                return self._committed(chunk)
            except OperationalError as error:
                code = getattr(error.__cause__, "pgcode", None)
                if attempt == ATTEMPTS or code not in _PASSING:
                    raise
                time.sleep(random.uniform(0.05, 0.3) * attempt)  # noqa: S311
                chunk = self.of(
                    chunk.rows, chunk.percent
                )  # the first attempt has left its marks on the leads
        raise AssertionError("unreachable")

    @transaction.atomic
    def _committed(self, chunk: Chunk) -> bool:
        rows = chunk.rows
        mine = LeadImport.objects.filter(
            pk=self.job.pk,
            status=LeadImport.Status.RUNNING,
            dry_run=self.job.dry_run,
            undoing_by=None,
            read_until__lt=rows[0].number,
        ).update(leased_until=Now() + LEASE, read_until=rows[-1].number, read_percent=chunk.percent)
        if not mine:
            return False
        enter = self.drafts.enter
        answers = rows_try(self.job, chunk.drafts, enter) if self.job.dry_run else enter(chunk.drafts)
        self._account(rows, answers)
        return True

    def _account(self, rows: Sequence[Row], answers: Sequence[Entered]) -> None:
        insert_values(
            LeadImportRow,
            ("lead_import_id", "number", "result", "lead_id", "reason", "cells", "filled", "changes"),
            [self._outcome(row, answer) for row, answer in zip(rows, answers, strict=True)],
        )
        counts = dict.fromkeys(COUNTS, 0)
        for answer in answers:
            counts[answer.result] += 1
        added: dict[str, Any] = {name: F(name) + number for name, number in counts.items() if number}
        LeadImport.objects.filter(pk=self.job.pk).update(processed=F("processed") + len(rows), **added)

    def _outcome(self, row: Row, answer: Entered) -> tuple[Any, ...]:
        kept = answer.result in ("rejected", "skipped")
        lead = answer.lead.pk if answer.lead else answer.duplicate_of
        # of a record too long to be taken apart its beginning is kept
        cells = (row.cells or [row.raw]) if kept else None
        kept = answer.filled or None
        return self.job.pk, row.number, answer.result, lead, answer.reason, cells, kept, answer.changes
