"""A step of an import: one record as it is and as it shall be, and the service that makes it so."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any

from leads.services.hold import Reach
from salesflow.people.models import User

#: The word by which a document takes a record out of use.
ARCHIVED = "archived"

Do = Callable[[User | None, Mapping[str, Any]], Any]


@dataclass(frozen=True)
class Step:
    """`do` gets who does it and the values that differ (None where the record goes out of use).

    `before` is None for what is not there or not in use, `after` for what shall be in use no more; `kept` is what an
    archived record says, which comes back. `reach` tells of the values that differ which leads the step moves.
    """

    path: str
    before: dict[str, Any] | None
    after: dict[str, Any] | None
    do: Do
    kept: dict[str, Any] | None = None
    reach: Callable[[Mapping[str, Any]], Reach] = lambda values: Reach()

    @property
    def is_needed(self) -> bool:
        return self.before != self.after

    def changed(self) -> dict[str, Any]:
        """The values that differ from what the record says now."""
        now = self.before or self.kept or {}
        return {
            name: value for name, value in (self.after or {}).items() if name not in now or now[name] != value
        }


def columns_of(record: Any, names: tuple[str, ...]) -> dict[str, Any]:
    """The plain columns of a record; whole numbers without a point, lists as lists, a choice by its code."""
    return {name: _plain(getattr(record, name)) for name in names}


def _plain(value: Any) -> Any:
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, Enum):  # what a record that is not stored yet has by default
        return value.value
    return value
