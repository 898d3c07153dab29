"""What happened to a record, for the page behind "History"; the journal says how it is read."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

#: As many lines as a page shows, newest first.
SHOWN = 100


@dataclass(frozen=True)
class Line:
    """One event: when, what in words, by whom, and what changed from what to what."""

    at: datetime
    text: str
    by: str
    changes: Sequence[tuple[str, str, str]] = field(default_factory=tuple)


Read = Callable[[str, int, int], Sequence[Line]]


def _nothing(subject_type: str, subject_id: int, most: int) -> Sequence[Line]:
    return ()


_read: Read = _nothing


def fill(read: Read) -> None:
    """Name the function that reads the history: `read(subject_type, subject_id, most)`."""
    global _read
    _read = read


def history_of(subject_type: str, subject_id: int) -> Sequence[Line]:
    return _read(subject_type, subject_id, SHOWN)
