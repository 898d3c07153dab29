"""One chunk of a file: rows, records, counts and the place to go on from, committed together."""

import logging
import random
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from django.db import DataError, IntegrityError, OperationalError, transaction
from django.db.models import F
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from salesflow.lib.bulk import insert_values
from salesflow.lib.tabular import Row

if TYPE_CHECKING:
    from salesflow.work.services.imports.flow import ImportFlow

log = logging.getLogger(__name__)
ATTEMPTS = 3
#: PostgreSQL: serialization failure, deadlock, lock not had in time. The whole chunk may be tried again.
_PASSING = ("40001", "40P01", "55P03")


class Lost(Exception):
    """The job is no longer this worker's: its lease was lost, or somebody stopped it."""


@dataclass(frozen=True)
class Chunk:
    """Rows of a file in its order, how much of it has been read with them, and what they say."""

    rows: Sequence[Row]
    percent: int
    drafts: Sequence[Any]


class Chunks:
    """Writes one chunk after the other under the job's lease; who inherits says what becomes of rows."""

    results: ClassVar[tuple[str, ...]]
    #: What is kept of each row, in the order of `outcome`.
    columns: ClassVar[tuple[str, ...]]

    def __init__(self, flow: "ImportFlow", job: Any) -> None:
        self.flow, self.job = flow, job

    def draft(self, row: Row, fault: str) -> Any:
        """A row as its app takes it; with `fault`, why it cannot be taken. Must not touch the database."""
        raise NotImplementedError

    def answers(self, drafts: Sequence[Any]) -> Sequence[Any]:
        """What became of each (`result`), inside the caller's transaction."""
        raise NotImplementedError

    def outcome(self, row: Row, answer: Any) -> tuple[Any, ...]:
        """What is kept of a row, as `columns` name it behind job, number, result, reason and cells."""
        raise NotImplementedError

    def of(self, rows: Sequence[Row], percent: int, *, fault: str = "") -> Chunk:
        drafts = [self.draft(row, str(row.error.message) if row.error else fault) for row in rows]
        return Chunk(rows, percent, drafts)

    def enter(self, chunk: Chunk) -> None:
        """Write a chunk and commit what became of it; raises `Lost` when the job is no longer this worker's.

        A row that the database refuses although every check passed costs itself, not the chunk.
        """
        rows, percent = chunk.rows, chunk.percent
        try:
            self._tried(chunk)
        except (DataError, IntegrityError, ValueError) as error:
            if len(rows) == 1:
                log.exception("import %s: row %s could not be stored", self.job.pk, rows[0].number)
                fault = _("The database refused this row (%(error)s).") % {"error": type(error).__name__}
                self._committed(self.of(rows, percent, fault=fault))
                return
            middle = len(rows) // 2
            self.enter(self.of(rows[:middle], percent))
            self.enter(self.of(rows[middle:], percent))

    def _tried(self, chunk: Chunk) -> None:
        for attempt in range(1, ATTEMPTS + 1):
            try:
                return self._committed(chunk)
            except OperationalError as error:
                code = getattr(error.__cause__, "pgcode", None)
                if attempt == ATTEMPTS or code not in _PASSING:
                    raise
                time.sleep(random.uniform(0.05, 0.3) * attempt)  # noqa: S311
                # the first attempt has left its marks on what was made of the rows
                chunk = self.of(chunk.rows, chunk.percent)

    @transaction.atomic
    def _committed(self, chunk: Chunk) -> None:
        first, last = chunk.rows[0].number, chunk.rows[-1].number
        mine = self.flow.of(self.job.pk).filter(
            version=self.job.version, status="running", undoing_by=None, read_until__lt=first
        )
        if not mine.update(leased_until=Now() + self.flow.lease, read_until=last, read_percent=chunk.percent):
            raise Lost
        self._account(chunk.rows, self.answers(chunk.drafts))

    def _account(self, rows: Sequence[Row], answers: Sequence[Any]) -> None:
        insert_values(
            self.flow.rows,
            (f"{self.flow.row_job}_id", "number", "result", "reason", "cells", *self.columns),
            [
                (self.job.pk, row.number, *_told(row, answer), *self.outcome(row, answer))
                for row, answer in zip(rows, answers, strict=True)
            ],
        )
        counts = dict.fromkeys(self.results, 0)
        for answer in answers:
            counts[answer.result] += 1
        added: dict[str, Any] = {name: F(name) + number for name, number in counts.items() if number}
        self.flow.of(self.job.pk).update(processed=F("processed") + len(rows), **added)


def _told(row: Row, answer: Any) -> tuple[Any, ...]:
    """Result, reason, and the cells of a row that was not taken; of one too long to be taken apart its beginning."""
    cells = (row.cells or [row.raw]) if answer.result in ("rejected", "skipped") else None
    return answer.result, answer.reason[:500], cells
