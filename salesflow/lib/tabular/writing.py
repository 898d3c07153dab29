"""The one exporter: CSV and XLSX that spreadsheet programs open rightly and that never start a formula."""

import csv
import datetime
import io
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from django.utils import timezone

from .guard import guarded

if TYPE_CHECKING:  # openpyxl takes 14 MB in every process, for what few do: it is loaded where it is used
    from openpyxl import Workbook
    from openpyxl.styles import Font

_MARK = b"\xef\xbb\xbf"
_FLUSHED_ROWS = 500
SHEET_ROWS = 1_048_576
SHEET_CELL = 32_767
_NOT_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_EXACT_DIGITS = 15
_SPECIAL = frozenset("=+-@'#\t\r\n＝＋－＠")


def csv_chunks(header: Sequence[str], rows: Iterable[Sequence[Any]]) -> Iterator[bytes]:
    """A CSV file in pieces, for a streamed answer: UTF-8 with mark (for Excel), comma, CRLF, text in quotes.

    Numbers stay bare numbers; text that would start a formula gets an apostrophe (see guard.py), which
    `open_table` takes away again.
    """
    text = io.StringIO(newline="")
    writer = csv.writer(text, quoting=csv.QUOTE_NONNUMERIC, lineterminator="\r\n")
    writer.writerow([guarded(str(name)) for name in header])
    yield _MARK
    for number, row in enumerate(rows, 1):
        writer.writerow([_csv_cell(value) for value in row])
        if number % _FLUSHED_ROWS == 0:
            yield _emptied(text)
    yield _emptied(text)


def write_csv(stream: IO[bytes], header: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Write a CSV file (as `csv_chunks`) to a binary stream; memory does not grow with the rows."""
    for chunk in csv_chunks(header, rows):
        stream.write(chunk)


def _emptied(text: io.StringIO) -> bytes:
    chunk = text.getvalue().encode("utf-8", "replace")
    text.seek(0)
    text.truncate()
    return chunk


def _csv_cell(value: Any) -> Any:
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, int | float | Decimal):
        return value
    if isinstance(value, datetime.datetime):
        return _local(value).isoformat(timespec="seconds")
    return "" if value is None else guarded(str(value).replace("\x00", ""))


def _local(moment: datetime.datetime) -> datetime.datetime:
    """An aware moment in the current time zone, without offset: what people read in a sheet."""
    return timezone.make_naive(moment) if timezone.is_aware(moment) else moment


def write_xlsx(
    target: str | Path | IO[bytes],
    header: Sequence[str],
    rows: Iterable[Sequence[Any]],
    *,
    notes: Sequence[Sequence[str]] | None = None,
    choices: Mapping[str, Sequence[str]] | None = None,
    title: str = "Sheet1",
) -> None:
    """Write a workbook: bold fixed header, real numbers and dates, all else text that Excel keeps as text.

    `notes` are the rows of a second sheet, for a template; `choices` gives drop-downs by column name. What does not
    fit into a sheet (1,048,576 rows) goes on in the next. Streamed through a temporary file.
    """
    from openpyxl import Workbook
    from openpyxl.styles import Font

    book = Workbook(write_only=True)
    bold = Font(bold=True)
    sheet = _new_sheet(book, title, header, bold, choices)
    for at, row in enumerate(rows):
        if at and at % (SHEET_ROWS - 1) == 0:
            sheet = _new_sheet(book, None, header, bold, choices)
        sheet.append([_xlsx_value(sheet, value) for value in row])
    if notes is not None:
        about = book.create_sheet("Notes")
        about.column_dimensions["A"].width = 28
        about.column_dimensions["B"].width = 80
        for row in notes:
            about.append([_xlsx_value(about, value) for value in row])
    book.save(target)


def _new_sheet(
    book: "Workbook",
    title: str | None,
    header: Sequence[str],
    bold: "Font",
    choices: Mapping[str, Sequence[str]] | None,
) -> Any:
    from openpyxl.cell import WriteOnlyCell
    from openpyxl.utils import get_column_letter
    from openpyxl.worksheet.datavalidation import DataValidation

    sheet = book.create_sheet(title)
    sheet.freeze_panes = "A2"
    cells = [WriteOnlyCell(sheet, _NOT_XML.sub("\ufffd", str(name))) for name in header]
    for cell in cells:
        cell.data_type = "s"
        cell.font = bold
    sheet.append(cells)
    for name, values in (choices or {}).items():
        listed = '"' + ",".join(value.replace('"', '""').replace(",", " ") for value in values) + '"'
        if name in header and len(listed) <= 255:
            column = get_column_letter(list(header).index(name) + 1)
            rule = DataValidation(type="list", formula1=listed, allow_blank=True, showErrorMessage=False)
            rule.add(f"{column}2:{column}{SHEET_ROWS}")
            sheet.data_validations.append(rule)
    return sheet


def _xlsx_value(sheet: Any, value: Any) -> Any:
    """A value as openpyxl takes it; text that it or Excel would take for a formula or an error is a marked cell."""
    if isinstance(value, datetime.datetime):
        return _local(value)
    if value is None or isinstance(value, bool | datetime.date):
        return value
    if isinstance(value, int | float | Decimal) and _exact(value):
        return value
    text = str(value)
    if not text.isprintable():
        text = _NOT_XML.sub("\ufffd", text)
    if not text or text[0] not in _SPECIAL:
        return text[:SHEET_CELL]
    from openpyxl.cell import WriteOnlyCell

    cell = WriteOnlyCell(sheet, text[:SHEET_CELL])
    cell.data_type = "s"
    cell.quotePrefix = True
    return cell


def _exact(value: int | float | Decimal) -> bool:
    """Whether a spreadsheet keeps all digits; a longer number is an identifier and goes out as text."""
    if isinstance(value, float):
        return value == value and abs(value) != float("inf")
    number = Decimal(value)
    return number.is_finite() and len(number.normalize().as_tuple().digits) <= _EXACT_DIGITS
