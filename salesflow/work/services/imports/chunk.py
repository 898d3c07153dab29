"""One chunk of a file: rows, records, counts and the place to go on from, committed together."""

import hashlib
import logging
import random
import time
from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from typing import Any

from django.db import DataError, IntegrityError, OperationalError, transaction
from django.db.models import F
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from salesflow.lib.bulk import insert_values
from salesflow.lib.tabular import Row
from salesflow.people.models import User
from salesflow.people.services import workspace
from salesflow.work.imports import CUSTOM, Answer, RowDraft
from salesflow.work.models import Import, ImportRow, ImportTrialKey
from salesflow.work.services.imports.mapping import target_label
from salesflow.work.services.imports.start import kind_named

log = logging.getLogger(__name__)
#: Renewed by each chunk; should it run out under a slow one, the job's row lets only one of two workers commit it.
LEASE = timedelta(seconds=30)
ATTEMPTS = 3
COUNTS = ("created", "updated", "skipped", "rejected")
JOIN = ", "
_TYPE = Import._meta.label_lower
#: PostgreSQL: serialization failure, deadlock, lock not had in time. The whole chunk may be tried again.
_PASSING = ("40001", "40P01", "55P03")


class Lost(Exception):
    """The job is no longer this worker's: its lease was lost, or somebody stopped it."""


class RowTexts:
    """Reads the cells of rows by one mapping; several columns to one field are joined in the order of the file."""

    def __init__(self, job: Import) -> None:
        self.empty = {word.strip().casefold() for word in workspace().placeholder_values}
        self.places: dict[str, list[int]] = {}
        for place, name in enumerate(job.header):
            for target in (job.mapping or {}).get(name, ()):
                self.places.setdefault(target, []).append(place)

    def draft(self, number: int, cells: Sequence[str], error: str = "") -> RowDraft:
        """The row as texts; empty cells are left out. With `error`, why the row itself could not be read."""
        draft = RowDraft(number)
        if error:
            draft.refuse("", error)
            return draft
        for target, places in self.places.items():
            parts = [text for place in places if (text := self._cell(cells, place))]
            if not parts:
                continue
            text = JOIN.join(dict.fromkeys(parts))
            if target.startswith(CUSTOM):
                draft.values.setdefault("custom", {})[target.removeprefix(CUSTOM)] = text
            else:
                draft.values[target] = text
        return draft

    def _cell(self, cells: Sequence[str], place: int) -> str:
        text = cells[place].strip() if place < len(cells) else ""
        return "" if text.casefold() in self.empty else text


class RowWriting:
    """Turns rows into records as the job says, inside the caller's transaction."""

    def __init__(self, job: Import) -> None:
        self.job, self.kind = job, kind_named(job.resource)
        self.texts = RowTexts(job)
        self.columns: dict[str, list[str]] = {}
        for name in job.header:
            for target in (job.mapping or {}).get(name, ()):
                self.columns.setdefault(target, []).append(name)

    def write(self, drafts: Sequence[RowDraft]) -> list[Answer]:
        """An answer for each; what is wrong with a rejected one is told by the column it stands in."""
        by = User.objects.get(pk=self.job.by_id)  # the rights of this moment
        self._know_again(drafts)
        writer = self.kind.writer(by=by, mode=self.job.mode, job_id=self.job.pk, met=self._met)
        answers = writer.write(drafts)
        for draft, answer in zip(drafts, answers, strict=True):
            if draft.faults and answer.result == "rejected":
                answer.reason = self._faults(draft)
        return answers

    def _faults(self, draft: RowDraft) -> str:
        told = []
        for name, messages in draft.faults.items():
            columns = self.columns.get(name) or [label for label in (target_label(self.kind, name),) if label]
            for message in messages:
                words = {"column": ", ".join(columns), "fault": message}
                told.append(_("%(column)s: %(fault)s") % words if columns else message)
        return " ".join(told)

    def _know_again(self, drafts: Sequence[RowDraft]) -> None:
        """Name for each row the record that the same row of the very same file became before.

        So a file imported twice makes nothing twice, also where nothing in its rows tells one record from another.
        """
        if not self.job.sha256 or not any(draft.values for draft in drafts):
            return
        same = Import.objects.filter(
            sha256=self.job.sha256,
            filename=self.job.filename,
            sheet=self.job.sheet,
            resource=self.job.resource,
        )
        rows = ImportRow.objects.filter(
            job__in=same.exclude(pk=self.job.pk),
            number__in=[draft.number for draft in drafts],
            result=ImportRow.Result.CREATED,
            record_id__isnull=False,
        )
        made = dict(rows.order_by("pk").values_list("number", "record_id"))
        for draft in drafts:
            draft.known_as = made.get(draft.number)

    def _met(self, keys: Iterable[str]) -> Mapping[str, int]:
        """Rows of this dry run, committed before, that would have made a record of these keys."""
        if not self.job.dry_run:
            return {}
        hashed = {key_hash(key): key for key in keys}
        found = ImportTrialKey.objects.filter(job_type=_TYPE, job_id=self.job.pk, key__in=list(hashed))
        return {hashed[key]: number for key, number in found.values_list("key", "number")}


def key_hash(key: str) -> int:
    digest = hashlib.blake2b(key.encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big", signed=True)


class Chunks:
    """Writes one chunk after the other under the job's lease."""

    def __init__(self, job: Import) -> None:
        self.job = job
        self.writing = RowWriting(job)

    def enter(self, rows: Sequence[Row], percent: int) -> None:
        """Write a chunk and commit what became of it; raises `Lost` when the job is no longer this worker's.

        A row that the database refuses although every check passed costs itself, not the chunk.
        """
        try:
            self._tried(rows, percent)
        except (DataError, IntegrityError, ValueError) as error:
            if len(rows) == 1:
                log.exception("import %s: row %s could not be stored", self.job.pk, rows[0].number)
                fault = _("The database refused this row (%(error)s).") % {"error": type(error).__name__}
                self._committed(rows, percent, fault)
                return
            middle = len(rows) // 2
            self.enter(rows[:middle], percent)
            self.enter(rows[middle:], percent)

    def _tried(self, rows: Sequence[Row], percent: int) -> None:
        for attempt in range(1, ATTEMPTS + 1):
            try:
                return self._committed(rows, percent)
            except OperationalError as error:
                code = getattr(error.__cause__, "pgcode", None)
                if attempt == ATTEMPTS or code not in _PASSING:
                    raise
                time.sleep(random.uniform(0.05, 0.3) * attempt)  # noqa: S311
        raise AssertionError("unreachable")

    @transaction.atomic
    def _committed(self, rows: Sequence[Row], percent: int, fault: str = "") -> None:
        mine = Import.objects.filter(
            pk=self.job.pk, version=self.job.version, status=Import.Status.RUNNING, undoing_by=None,
            read_until__lt=rows[0].number,
        )  # fmt: skip
        if not mine.update(leased_until=Now() + LEASE, read_until=rows[-1].number, read_percent=percent):
            raise Lost
        drafts = [
            self.writing.texts.draft(row.number, row.cells, str(row.error.message) if row.error else fault)
            for row in rows
        ]
        self._account(rows, self._answers(drafts))

    def _answers(self, drafts: Sequence[RowDraft]) -> list[Answer]:
        if not self.job.dry_run:
            return self.writing.write(drafts)
        with transaction.atomic():
            answers = self.writing.write(drafts)
            transaction.set_rollback(True)
        keys = [(_TYPE, self.job.pk, key_hash(key), draft.number)
                for draft, answer in zip(drafts, answers, strict=True) if answer.result == "created"
                for key in answer.keys]  # fmt: skip
        trial = [ImportTrialKey(job_type=t, job_id=j, key=k, number=n) for t, j, k, n in keys]
        ImportTrialKey.objects.bulk_create(trial, ignore_conflicts=True)
        for answer in answers:
            answer.record_id = None if answer.result == "created" else answer.record_id
        return answers

    def _account(self, rows: Sequence[Row], answers: Sequence[Answer]) -> None:
        insert_values(
            ImportRow,
            ("job_id", "number", "result", "record_id", "reason", "cells", "changes"),
            [self._outcome(row, answer) for row, answer in zip(rows, answers, strict=True)],
        )
        added: dict[str, Any] = {
            name: F(name) + number
            for name in COUNTS
            if (number := sum(answer.result == name for answer in answers))
        }
        Import.objects.filter(pk=self.job.pk).update(processed=F("processed") + len(rows), **added)

    def _outcome(self, row: Row, answer: Answer) -> tuple[Any, ...]:
        # of a record too long to be taken apart its beginning is kept
        cells = (row.cells or [row.raw]) if answer.result in ("rejected", "skipped") else None
        reason = answer.reason[:500]
        return self.job.pk, row.number, answer.result, answer.record_id, reason, cells, answer.changes or None
