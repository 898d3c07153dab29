"""Looking at a file: what it is, its columns, its first rows. In the request where that is quick, else in a worker."""

from typing import Any

from django.core.exceptions import ValidationError
from django.core.files.storage import default_storage
from django.utils.translation import gettext as _

from leads.models import LeadImport
from salesflow.lib.tabular import Row, Table, open_table

SAMPLE_ROWS = 20
#: Characters kept of a cell of the sample: more than any field takes, so that a trial of it finds the same faults.
SAMPLE_CELL = 6000
#: Characters kept of the whole sample.
SAMPLE_CHARS = 400_000


def file_open(job: LeadImport, *, at_once: bool = False) -> Table:
    """The job's file as it says it is to be read.

    Raises ValidationError for what is no table or no longer there, and with `at_once` TakesLong.
    """
    try:
        return open_table(
            default_storage.path(str(job.file.name)),
            filename=job.filename,
            encoding=job.encoding or None,
            delimiter=job.delimiter or None,
            sheet=job.sheet or None,
            header=job.header_row,
            at_once=at_once,
        )
    except FileNotFoundError:
        raise ValidationError(
            {"file": ValidationError(_("The file is no longer there."), code="gone")}
        ) from None


def look(job: LeadImport, *, at_once: bool = False) -> dict[str, Any]:
    """Set what the file says of itself on the job, unsaved; gives these columns. Raises as `file_open`."""
    table = file_open(job, at_once=at_once)
    found: dict[str, Any] = {
        "encoding": table.encoding or "",
        "delimiter": table.delimiter or "",
        "sheet": table.sheet or "",
        "sheets": list(table.sheets),
        "header_row": table.header_row_number,
        "header": table.header,
        "sample": _kept(table.sample(SAMPLE_ROWS)),
    }
    for name, value in found.items():
        setattr(job, name, value)
    return found


def _kept(rows: list[Row]) -> list[dict[str, Any]]:
    kept: list[dict[str, Any]] = []
    room = SAMPLE_CHARS
    for row in rows:
        cells = [cell[:SAMPLE_CELL] for cell in row.cells]
        room -= sum(map(len, cells))
        if room < 0 and kept:
            break
        kept.append(
            {"number": row.number, "cells": cells, "error": str(row.error.message) if row.error else ""}
        )
    return kept


def sample_cells(job: LeadImport) -> list[list[str]]:
    """The cells of the first rows."""
    return [row["cells"] for row in job.sample]
