"""Files to be imported, whatever their rows become: kept in the store, looked at, opened.

A job is anything with the fields of `work.Import` that speak of its file; leads have one of their own.
"""

import hashlib
import secrets
from collections.abc import Iterable
from typing import Any, Protocol

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.files.base import File
from django.core.files.storage import default_storage
from django.utils.translation import gettext as _

from salesflow.lib.tabular import Row, Table, open_table

SAMPLE_ROWS = 20
#: Characters kept of a cell of the sample: more than any field takes, so that a trial of it finds the same faults.
SAMPLE_CELL = 6000
#: Characters kept of the whole sample.
SAMPLE_CHARS = 400_000


class Upload(Protocol):
    """What a web framework's uploaded file and an open file have in common."""

    name: str | None

    def chunks(self) -> Iterable[bytes]: ...


def filename_shown(name: str | None) -> str:
    """The user's name for a file, without folders and without signs that turn or hide parts of it."""
    last = (name or "").replace("\\", "/").rsplit("/", 1)[-1]
    kept = "".join(char for char in last if char.isprintable()).strip()
    if len(kept) > 255:
        stem, dot, ending = kept.rpartition(".")
        kept = f"{stem[: 254 - len(ending)]}{dot}{ending}" if dot and len(ending) < 20 else kept[:255]
    return kept or "table"


def file_keep(file: Upload) -> tuple[str, int, str]:
    """Stream the file to the store under a random name; gives the name, its size and its SHA-256."""
    digest, size = hashlib.sha256(), 0

    def counted() -> Iterable[bytes]:
        nonlocal size
        for chunk in file.chunks():
            size += len(chunk)
            if size > settings.IMPORT_MAX_BYTES:
                raise ValidationError(
                    {"file": ValidationError(_("This file is too large."), code="too_large")}
                )
            digest.update(chunk)
            yield chunk

    name = f"imports/{secrets.token_hex(16)}"
    try:
        saved = default_storage.save(name, _Stream(counted()))  # type: ignore[arg-type]
    except BaseException:
        default_storage.delete(name)
        raise
    return saved, size, digest.hexdigest()


class _Stream(File):
    """Bytes that come in pieces, as Django's storage wants them."""

    def __init__(self, pieces: Iterable[bytes]) -> None:
        super().__init__(None)
        self._pieces = pieces

    def chunks(self, chunk_size: int | None = None) -> Any:
        return iter(self._pieces)


def file_open(job: Any, *, at_once: bool = False) -> Table:
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


def look(job: Any, *, at_once: bool = False) -> dict[str, Any]:
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


def sample_cells(job: Any) -> list[list[str]]:
    """The cells of the first rows."""
    return [row["cells"] for row in job.sample]
