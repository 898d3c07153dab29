"""Reading text tables: any delimiter, any of our encodings, one record at a time, whatever is broken in it."""

import codecs
import csv
import io
import re
from collections import Counter, deque
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from .encoding import codec_of
from .guard import unguarded
from .rows import MAX_CELL, MAX_RECORD, Row, RowError, cell_problem, head_of, kept_raw, storable

DELIMITERS = ",;\t|^~\x1f"
_SNIFFED_CHARS = 64 * 1024
_SNIFFED_RECORDS = 200
_SEP_LINE = re.compile(r'^"?sep=(.)"?\s*$', re.IGNORECASE)


def _mark(error: UnicodeError) -> tuple[str, int]:
    """Undecodable bytes become lone surrogates U+DC00 + byte: never silently dropped, found again per row."""
    if not isinstance(error, UnicodeDecodeError):
        raise error
    return "".join(chr(0xDC00 + byte) for byte in error.object[error.start : error.end]), error.end


codecs.register_error("salesflow-mark", _mark)


class _RecordTooLong(Exception):
    pass


class _Lines:
    """Physical lines for the csv reader, which can be given back when a record turns out to be broken."""

    def __init__(self, file: io.TextIOWrapper) -> None:
        self.file = file
        self.back: deque[str] = deque()
        self.taken: list[str] = []
        self.size = 0
        self.begun = False

    def __iter__(self) -> "_Lines":
        return self

    def __next__(self) -> str:
        line = self.back.popleft() if self.back else self._read()
        if not line:
            raise StopIteration
        self.taken.append(line)
        self.size += len(line)
        if self.size > MAX_RECORD:
            raise _RecordTooLong
        return line

    def _read(self) -> str:
        line = self.file.readline(MAX_RECORD + 1)
        if not self.begun:
            self.begun = True
            line = line.removeprefix("\ufeff")
        if len(line) > MAX_RECORD and line[-1] not in "\r\n":
            while (rest := self.file.readline(1 << 20)) and rest[-1] not in "\r\n":
                pass
        return line

    def start_record(self) -> None:
        self.taken = []
        self.size = 0

    def give_back_all_but_first(self) -> str:
        first, *rest = self.taken
        self.back.extendleft(reversed(rest))
        return first


class Delimited:
    """A text file as records: every one is yielded, good, blank or broken, in file order."""

    kind = "csv"
    sheet: str | None = None
    sheets: tuple[str, ...] = ()

    def __init__(self, path: str | Path, encoding: str, delimiter: str | None, *, tabs: bool = False) -> None:
        self.path = Path(path)
        self.encoding: str = encoding
        head = self._beginning()
        if tabs and "\t" in head:
            delimiter = delimiter or "\t"
        hint = _SEP_LINE.match(head.split("\n", 1)[0])
        self.hinted = bool(hint)
        self.delimiter: str = delimiter or (hint[1] if hint else sniff_delimiter(head))
        self.beginning = head
        self._size = self.path.stat().st_size
        self._reading: Any = None
        self.dialect: dict[str, Any] = {
            "delimiter": self.delimiter,
            "skipinitialspace": _blank_follows(head, self.delimiter),
        }

    def _open(self) -> io.TextIOWrapper:
        return self.path.open(encoding=codec_of(self.encoding), errors="salesflow-mark", newline="")

    def _beginning(self) -> str:
        with self._open() as file:
            return file.read(_SNIFFED_CHARS).removeprefix("\ufeff")

    @property
    def share(self) -> float:
        """How much of the file has been read, 0 to 1."""
        file = self._reading
        return 1.0 if file is None or file.closed else file.buffer.tell() / max(1, self._size)

    def head(self) -> list[Row]:
        """The first records."""
        return head_of(self.records())

    def records(self, start_after: int = 0) -> Iterator[Row]:
        """Records by number; those up to `start_after` are read over."""
        with self._open() as file:
            self._reading = file
            lines = _Lines(file)
            reader = csv.reader(lines, strict=True, **self.dialect)
            number = 0
            while True:
                lines.start_record()
                error = None
                try:
                    cells = next(reader)
                except StopIteration:
                    return
                except (csv.Error, _RecordTooLong) as problem:
                    cells, error = self._recovered(lines, problem)
                number += 1
                if number > start_after:
                    yield self._row(number, cells, lines.taken, error)

    def _recovered(self, lines: _Lines, problem: Exception) -> tuple[list[str], RowError | None]:
        """The first line of a broken record alone; the rest is read again as records of their own.

        So one lost quotation mark costs one row, not the file. Quotes that are merely odd (`"5" pipe`) are read as
        spreadsheet programs do.
        """
        several = len(lines.taken) > 1
        first = lines.give_back_all_but_first()
        lines.taken = [first]
        if len(first) > MAX_RECORD:
            return [], RowError("record_too_long", {"limit": MAX_RECORD})
        try:
            cells = next(csv.reader([first], **self.dialect), [])
        except csv.Error:
            return [], RowError("cell_too_long", {"limit": MAX_CELL})
        closed = not several and "unexpected end" not in str(problem)
        return cells, None if closed else RowError("unclosed_quote")

    def _row(self, number: int, cells: list[str], taken: list[str], error: RowError | None) -> Row:
        if number == 1 and self.hinted:
            cells = []
        if "'" in taken[0] or len(taken) > 1:
            cells = [unguarded(cell) for cell in cells]
        if error is None and not all(line.isascii() and "\x00" not in line for line in taken):
            error = cell_problem(cells, self.encoding)
        if error is None:
            return Row(number, cells)
        return Row(number, [storable(cell) for cell in cells], error, kept_raw("".join(taken)))

    def text_of(self, row: Row) -> str:
        """The text of a good record, for an error found later."""
        line = io.StringIO()
        csv.writer(line, delimiter=self.delimiter, lineterminator="").writerow(row.cells)
        return kept_raw(line.getvalue())


def sniff_delimiter(text: str) -> str:
    """The delimiter under which the records of the text are most alike in width; `,` when there is none.

    Judged by how many records are split at all, how many have the most frequent width, and that width.
    """
    best, best_score = ",", 0.0
    for delimiter in DELIMITERS:
        if delimiter not in text:
            continue
        widths = _widths(text, delimiter)
        if not widths:
            continue
        width, count = Counter(widths).most_common(1)[0]
        split = sum(w > 1 for w in widths) / len(widths)
        score = split + (count / len(widths) if width > 1 else 0) + min(max(widths), 40) / 100
        if split > 0 and score > best_score + 1e-9:
            best, best_score = delimiter, score
    return best


def _widths(text: str, delimiter: str) -> list[int]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, skipinitialspace=True)
    widths: list[int] = []
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                widths.append(len(cells))
            if len(widths) >= _SNIFFED_RECORDS:
                return widths
    except csv.Error:
        return widths
    return widths[:-1] if len(text) >= _SNIFFED_CHARS and len(widths) > 1 else widths


def _blank_follows(text: str, delimiter: str) -> bool:
    """Whether a blank belongs to the delimiter (`a, "b, c", d`): nearly always there, or before a quote."""
    if delimiter.isspace():
        return False
    count = text.count(delimiter)
    blanks = text.count(delimiter + " ")
    return blanks > 0 and (
        blanks >= count * 0.8 or re.search(re.escape(delimiter) + ' +"[^"]', text) is not None
    )
