"""Reading a file of business cards (vCard) as a table: a row for each card, and columns for what is read of it."""

import io
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from salesflow.lib.vcards import COLUMNS, Card, Reader, cards_in
from salesflow.lib.vcards.cards import MOST_BYTES

from .encoding import codec_of
from .rows import HEAD_RECORDS, MAX_CELL, Row, RowError, cell_problem, head_of, kept_raw, refuse, storable

#: Headers of the columns, as people write them; what is read over is named in the last.
HEADER = [*(column.capitalize() for column in COLUMNS), "Not read"]


class CardFile:
    """A file of cards as records: the first names the columns, the card with number n is record n + 1.

    Entries without a character set are in the encoding of the file, or in the one that was `chosen`.
    """

    kind = "vcf"
    delimiter: str | None = None
    sheet: str | None = None
    sheets: tuple[str, ...] = ()

    def __init__(self, path: str | Path, encoding: str, *, chosen: bool = False) -> None:
        self.path = Path(path)
        self.encoding: str = encoding
        self.reader = Reader("utf-8" if _is_wide(encoding) else encoding, chosen)
        self._size = self.path.stat().st_size
        self._reading: IO[bytes] | None = None

    @property
    def share(self) -> float:
        """How much of the file has been read, 0 to 1."""
        file = self._reading
        return 1.0 if file is None or file.closed else file.tell() / max(1, self._size)

    def head(self) -> list[Row]:
        """The first records; refuses a file whose cards are empty."""
        head = head_of(self.records())
        if len(head) < HEAD_RECORDS and not any(row.error or any(row.cells) for row in head[1:]):
            refuse("empty_cards")
        return head

    def records(self, start_after: int = 0) -> Iterator[Row]:
        """Records by number; those up to `start_after` are read over."""
        if start_after < 1:
            yield Row(1, list(HEADER))
        with self.path.open("rb") as file:
            self._reading = file
            for card in cards_in(self._lines(file), self.reader):
                if card.number >= start_after:
                    yield self._row(card)

    def text_of(self, row: Row) -> str:
        """The text of a record, cells apart by tabs."""
        return kept_raw("\t".join(row.cells))

    def _lines(self, file: IO[bytes]) -> Iterator[bytes]:
        """Lines that take no more memory than the largest card; those of wide encodings as UTF-8."""
        if not _is_wide(self.encoding):
            while line := file.readline(MOST_BYTES + 1):
                yield line.removeprefix(b"\xef\xbb\xbf")
            return
        text = io.TextIOWrapper(file, encoding=codec_of(self.encoding), errors="replace", newline="")
        while wide := text.readline(MOST_BYTES // 4):
            yield wide.removeprefix("\ufeff").encode()

    def _row(self, card: Card) -> Row:
        number = card.number + 1
        if card.fault is not None:
            return Row(number, [], RowError(card.fault.code, card.fault.params), kept_raw(_shown(card.raw)))
        cells = [*(card.values.get(column, "") for column in COLUMNS), ", ".join(card.ignored)]
        error = cell_problem(cells, self.encoding)
        if any(len(cell) > MAX_CELL for cell in cells):
            error = RowError("cell_too_long", {"limit": MAX_CELL})
        if error is None:
            return Row(number, cells)
        return Row(number, [storable(cell[:MAX_CELL]) for cell in cells], error, kept_raw(_shown(card.raw)))


def _is_wide(encoding: str) -> bool:
    return encoding.startswith(("utf-16", "utf-32"))


def _shown(raw: bytes) -> str:
    return raw.decode("utf-8", "replace")
