"""Where the header is, and names for its columns."""

import re
from collections import Counter
from collections.abc import Sequence

from salesflow.lib.text.fold import fold

from .rows import Row

_SEARCHED = 15
_NUMBER = re.compile(r"[-+(]?\s*[¥$€£]?\s*\d[\d\s.,']*(?:%|[eE][-+]?\d+)?\)?")
_YEAR = re.compile(r"(?:19|20)\d\d")
_DATE = re.compile(r"\d{1,4}[-/.年]\d{1,2}(?:[-/.月]\d{1,4}日?)?(?:[ T].*)?")
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
_NOT_WORD = re.compile(r"[\W_]+")
MAX_NAME = 200


def plain(header: str) -> str:
    """A header as it is compared: folded, words apart by one blank."""
    return _NOT_WORD.sub(" ", fold(header)).strip()


def find_header(records: Sequence[Row]) -> int:
    """The number of the header record, 0 if the first record is already data.

    The first record that is not blank is the header. Not so (conservatively: somebody can still choose) when
    - it fills a third of the usual width at most and the next full one looks like a header: then it is a title;
    - it holds numbers, dates or addresses in the columns where the next record does too, or equals it: then
      there is no header.
    """
    filled = [row for row in records if row.error or any(cell.strip() for cell in row.cells)]
    if not filled:
        return 0
    usual = Counter(_count(row) for row in filled).most_common(1)[0][0]
    first = filled[0]
    if _count(first) <= max(1, usual // 3) and usual > 2:
        below = _header_below_title(filled[1:_SEARCHED], usual)
        return below.number if below else first.number
    return 0 if _is_data(filled[:2]) else first.number


def _count(row: Row) -> int:
    return sum(1 for cell in row.cells if cell.strip())


def _header_below_title(rows: Sequence[Row], usual: int) -> Row | None:
    """The last of the full records of words before the first full one with data."""
    candidate = None
    for row in rows:
        if _count(row) < usual * 0.6:
            continue
        if any(_is_value(cell) for cell in row.cells):
            return candidate or None
        if candidate is None or row.number == candidate.number + 1:
            candidate = row
    return candidate


def _is_value(cell: str) -> bool:
    """Whether a cell holds a number (no year), a date or an address: what stands in rows, not in headers."""
    text = cell.strip()
    if not text or _YEAR.fullmatch(text):
        return False
    return bool(_NUMBER.fullmatch(text) or _DATE.fullmatch(text) or _EMAIL.fullmatch(text))


def _is_data(rows: Sequence[Row]) -> bool:
    values = [{at for at, cell in enumerate(row.cells) if _is_value(cell)} for row in rows]
    if len(rows) < 2:
        return bool(values[0])
    return rows[0].cells == rows[1].cells or (
        bool(values[0]) and len(values[0] & values[1]) * 2 > len(values[0])
    )


def column_names(cells: Sequence[str], width: int) -> list[str]:
    """Names for `width` columns, each once: blank ones are `Column 3`, a repeated one is `Name (2)`."""
    names: list[str] = []
    taken: set[str] = set()
    for at in range(width):
        name = " ".join(cells[at].split())[:MAX_NAME] if at < len(cells) else ""
        name = name or f"Column {at + 1}"
        unique, copy = name, 1
        while unique in taken:
            copy += 1
            unique = f"{name} ({copy})"
        taken.add(unique)
        names.append(unique)
    return names
