"""Opening a file as a table, whatever it is, or refusing it in clear words."""

import re
from collections.abc import Iterator
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from .delimited import Delimited
from .encoding import canonical, detect_encoding, sample_of
from .header import column_names, find_header
from .rows import HEAD_RECORDS, MAX_COLUMNS, Row, RowError, TakesLong, refuse
from .workbook import Workbook, workbook_kind

if TYPE_CHECKING:
    from .cards import CardFile

#: The largest text file that is looked at while somebody waits: it has to be read once to tell its encoding.
AT_ONCE_TEXT = 64 << 20
_OTHER_KINDS = (
    (b"%PDF", "PDF"),
    (b"\x89PNG", "PNG"),
    (b"\xff\xd8\xff", "JPEG"),
    (b"GIF8", "GIF"),
    (b"RIFF", "RIFF"),
    (b"7z\xbc\xaf\x27\x1c", "7z"),
    (b"Rar!", "RAR"),
    (b"\x1f\x8b", "gzip"),
    (b"BZh", "bzip2"),
    (b"\xfd7zXZ", "xz"),
    (b"\x7fELF", "ELF"),
    (b"MZ\x90", "EXE"),
    (b"{\\rtf", "RTF"),
    (b"PK\x05\x06", "ZIP"),
    (b"SQLite format", "SQLite"),
    (b"<?xml", "XML"),
    (b"begin:vcalendar", "iCalendar"),
)
_JSON = re.compile(rb'[\[{]\s*[\[{"]')
_HTML = re.compile(rb"<(?:!doctype|!--|html|head|meta|body|table|style|script|div|p)[\s>/-]")
_CONTROLS = frozenset(map(chr, [*range(9), *range(14, 26), *range(28, 32), 127]))


class Table:
    """A file opened as a table.

    `kind` (csv, xlsx, xls, vcf), `encoding` and `delimiter` (None for workbooks), `sheet` and `sheets` (workbooks),
    `header` (unique names), `header_row_number` (0: none, columns are called `Column 1` …). Rows are read anew,
    one at a time, by each call of `rows`.
    """

    def __init__(self, source: "Delimited | Workbook | CardFile", header: int | None = None) -> None:
        self.source = source
        self.kind = source.kind
        self.encoding = source.encoding
        self.delimiter = source.delimiter
        self.sheet = source.sheet
        self.sheets = source.sheets
        self._head = source.head()
        self.header_row_number = find_header(self._head) if header is None else header
        self.header = self._names(self._head)

    def _names(self, head: list[Row]) -> list[str]:
        if not any(cell.strip() for row in head for cell in row.cells) and not any(row.error for row in head):
            refuse("empty_file")
        cells: list[str] = []
        if self.header_row_number:
            record = next((row for row in head if row.number == self.header_row_number), None)
            if record is None:
                refuse("no_header_row", number=self.header_row_number)
            cells = self._header_cells(record, head)
        used = [_used(row.cells) for row in head if row.number > self.header_row_number and not row.error]
        width = _used(cells) or max(used, default=0)
        wider = [count for count in used if count > width]
        if len(wider) * 2 > len(used):  # a header that forgot its last columns, not a few ragged rows
            width = max(wider)
        width = max([width, *(count for count in used if count <= len(cells))])
        if width > MAX_COLUMNS:
            refuse("too_many_columns", columns=width, limit=MAX_COLUMNS)
        return column_names(cells, width)

    def _header_cells(self, record: Row, head: list[Row]) -> list[str]:
        if record.error:
            if record.error.code == "undecodable":
                refuse("wrong_encoding", encoding=record.error.params["encoding"])
            refuse("broken_header", reason=record.error.message)
        below = any(row.number > record.number and (any(row.cells) or row.error) for row in head)
        if not below and len(head) < HEAD_RECORDS:
            refuse("only_header")
        return record.cells

    def rows(self, start_after: int = 0) -> Iterator[Row]:
        """The rows below the header, blank ones left out; `start_after` a row's number goes on behind it."""
        first = max(start_after, self.header_row_number)
        for record in self.source.records(start_after=first):
            if row := self._shaped(record):
                yield row

    @property
    def share(self) -> float:
        """How much of the table `rows` has read so far, 0 to 1."""
        return self.source.share

    def sample(self, n: int = 20) -> list[Row]:
        """The first `n` rows, as far as they stand at the head of the table."""
        below = (record for record in self._head if record.number > self.header_row_number)
        return list(islice(filter(None, map(self._shaped, below)), n))

    def _shaped(self, record: Row) -> Row | None:
        """The record with as many cells as the header: missing ones blank, surplus ones an error unless blank."""
        if record.error:
            return record
        cells, width = record.cells, len(self.header)
        if not any(cell and not cell.isspace() for cell in cells):
            return None
        if len(cells) > width:
            used = _used(cells)
            if used > width:
                error = RowError("too_many_cells", {"cells": used, "columns": width})
                return replace(record, error=error, raw=self.source.text_of(record))
            cells = cells[:width]
        elif len(cells) < width:
            cells = cells + [""] * (width - len(cells))
        return Row(record.number, cells)


def _used(cells: list[str]) -> int:
    """How many cells there are up to the last that is not blank."""
    return next((at for at in range(len(cells), 0, -1) if cells[at - 1].strip()), 0)


def open_table(
    path: str | Path,
    *,
    filename: str = "",
    encoding: str | None = None,
    delimiter: str | None = None,
    sheet: str | None = None,
    header: int | None = None,
    at_once: bool = False,
) -> Table:
    """Open a file as a table. The bytes decide what it is; `filename`, the user's name for it, only hints at tabs.

    What is None is found out: `encoding` (see encoding.py), `delimiter`, `sheet` (the first visible one with
    content), `header` (number of the header row, 0 for none). With `at_once` a file that takes longer than somebody
    waits for an answer raises TakesLong. Raises ValidationError with a code for what is no table: `empty_file
    only_header not_a_table not_a_workbook zip_bomb workbook_too_big unreadable_workbook encrypted no_such_sheet
    too_many_columns unknown_encoding wrong_encoding bad_delimiter no_header_row broken_header empty_cards`.
    """
    path = Path(path)
    with path.open("rb") as file:
        head = file.read(4096)
    if not head.strip(b"\x00\r\n\t \xef\xbb\xbf\xff\xfe"):
        refuse("empty_file")
    if kind := workbook_kind(path, head, at_once=at_once):
        return Table(Workbook(path, kind, sheet, at_once=at_once), header)
    if cards := cards_opened(path, head, encoding, at_once=at_once):
        return Table(cards, header=1)
    start = head.lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    for magic, what in _OTHER_KINDS:
        if start.startswith(magic.lower()):
            refuse("not_a_table", what=what)
    if _HTML.match(start):
        refuse("not_a_table", what="HTML")
    if _JSON.match(start):
        refuse("not_a_table", what="JSON")
    if at_once and path.stat().st_size > AT_ONCE_TEXT:
        raise TakesLong
    if delimiter is not None and (len(delimiter) != 1 or delimiter in '"\r\n\x00 '):
        refuse("bad_delimiter")
    source = Delimited(
        path, _encoding(path, encoding), delimiter, tabs=filename.lower().endswith((".tsv", ".tab"))
    )
    _refuse_binary(source, chosen=encoding is not None)
    return Table(source, header)


def cards_opened(path: Path, head: bytes, chosen: str | None, *, at_once: bool) -> "CardFile | None":
    """A file of business cards (vCard), one a row; None where it is none."""
    from salesflow.lib.vcards import encoding_of, is_cards

    from .cards import CardFile

    if not is_cards(head):
        return None
    if at_once and path.stat().st_size > AT_ONCE_TEXT:
        raise TakesLong
    encoding = _encoding(path, chosen) if chosen else encoding_of(sample_of(path))
    return CardFile(path, encoding, chosen=bool(chosen))


def _encoding(path: Path, chosen: str | None) -> str:
    if chosen is None:
        return detect_encoding(sample_of(path))
    try:
        return canonical(chosen)
    except (LookupError, ValueError):
        refuse("unknown_encoding", encoding=chosen[:40])


def _refuse_binary(source: Delimited, *, chosen: bool) -> None:
    """Text has hardly any control characters; nor does a right encoding leave many bytes unread."""
    head = source.beginning
    if sum(1 for char in head if char in _CONTROLS) > max(10, len(head) * 0.02):
        refuse("not_a_table", what="binary")
    unread = sum(1 for char in head if "\ud800" <= char <= "\udfff")
    if unread > max(3, len(head) * 0.05):
        refuse("wrong_encoding" if chosen else "not_a_table", what="binary", encoding=source.encoding.upper())
