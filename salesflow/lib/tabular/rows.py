"""What a table is made of, and the words for what can be wrong with it."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, NoReturn

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from salesflow.lib.vcards.faults import FAULTS

MAX_COLUMNS = 500
MAX_CELL = 131_072
"""Characters in one cell; Excel's own limit is 32,767, that of the csv module is this."""
MAX_RECORD = 1_000_000
"""Characters in one record of a text file, line breaks in quotes included."""
RAW_KEPT = 10_000
HEAD_RECORDS = 100
"""Records that are looked at to find the header; fewer when they hold more than so many characters:"""
HEAD_CHARS = 4_000_000

_ROW_MESSAGES = {
    "too_many_cells": _("The row has %(cells)d cells, the header has %(columns)d."),
    "unclosed_quote": _("A quotation mark opens here and is not closed."),
    "undecodable": _("The byte %(byte)s in column %(column)s is not readable as %(encoding)s."),
    "nul": _("Column %(column)s contains a NUL character."),
    "cell_too_long": _("A cell is longer than %(limit)d characters."),
    "record_too_long": _("The row is longer than %(limit)d characters."),
    **FAULTS,
}
_REFUSALS = {
    "empty_file": _("The file is empty."),
    "only_header": _("The file has a header but no rows."),
    "not_a_table": _("This file is not a table (%(what)s). Save it as CSV or XLSX."),
    "not_a_workbook": _(
        "This is a ZIP archive, not an Excel workbook. Unpack it and import the table inside."
    ),
    "zip_bomb": _("This workbook unpacks to more than we read (%(size)d MB). Save the sheet as CSV."),
    "workbook_too_big": _("This workbook needs more memory or time than we give it. Save the sheet as CSV."),
    "unreadable_workbook": _("This workbook is damaged or not of a kind we read. Save the sheet as CSV."),
    "encrypted": _("This workbook is protected by a password. Save it without one."),
    "no_such_sheet": _("The workbook has no sheet named “%(sheet)s”."),
    "too_many_columns": _("The table has %(columns)d columns; at most %(limit)d are read."),
    "unknown_encoding": _("“%(encoding)s” is not an encoding we read."),
    "wrong_encoding": _("The file is not readable as %(encoding)s. Choose another encoding."),
    "bad_delimiter": _("The delimiter must be one character."),
    "broken_header": _("The header row cannot be read: %(reason)s"),
    "empty_cards": _("There is nothing on the cards of this file."),
    "no_header_row": _("The file has no row %(number)d to be the header."),
}
_NOT_STORABLE = re.compile("[\x00\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class RowError:
    """Why one row cannot be taken: a stable `code`, and `message` in the language of who reads it."""

    code: str
    params: Mapping[str, Any] = field(default_factory=dict)

    @property
    def message(self) -> str:
        """The reason in the reader's language."""
        return str(_ROW_MESSAGES[self.code]) % self.params


@dataclass(frozen=True, slots=True)
class Row:
    """One row: `number` as a spreadsheet program counts it (1 is the first record of the file, blank ones counted).

    `cells` are as many as the header has; with an `error` they are what could be read, maybe more or fewer, and
    `raw` is the text of the record (its first 10,000 characters). Nothing in either breaks a database.
    """

    number: int
    cells: list[str]
    error: RowError | None = None
    raw: str = ""


class TakesLong(Exception):
    """A file that cannot be looked at while somebody waits for the answer."""


def head_of(records: Iterable[Row]) -> list[Row]:
    """The first records of a table."""
    head: list[Row] = []
    size = 0
    for record in islice(records, HEAD_RECORDS):
        head.append(record)
        size += sum(map(len, record.cells))
        if size > HEAD_CHARS:
            break
    return head


def refuse(code: str, **params: Any) -> NoReturn:
    """Refuse the whole file: ValidationError with a stable code and a message."""
    raise ValidationError(_REFUSALS[code], code=code, params=params)


def storable(text: str) -> str:
    """Text with NUL and undecodable bytes written out (`\\x00`, `\\xE9`), so that it can be kept and shown."""
    if text.isascii() and "\x00" not in text:
        return text
    return _NOT_STORABLE.sub(lambda found: f"\\x{ord(found[0]) & 0xFF:02X}", text)


def kept_raw(text: str) -> str:
    """The part of a refused record's text that is kept with its error."""
    return storable(text[:RAW_KEPT].rstrip("\r\n"))


def cell_problem(cells: list[str], encoding: str) -> RowError | None:
    """What makes cells unfit to be stored: a NUL, or bytes marked as undecodable by the reader."""
    for number, cell in enumerate(cells, 1):
        if found := _NOT_STORABLE.search(cell):
            if found[0] == "\x00":
                return RowError("nul", {"column": number})
            byte = f"{ord(found[0]) & 0xFF:02X}"
            return RowError("undecodable", {"byte": byte, "column": number, "encoding": encoding.upper()})
    return None
