"""What stands in a person's calendar: each app registers what it plans, nothing here knows the stages.

from salesflow.work.agenda import Planned, register
register(Planned("first_contact", _("First contact"), "phone", "warn", rows=…, at="first_contact_due_at"))
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from django.db.models import QuerySet
from django.utils.functional import Promise

from salesflow.people.models import User


@dataclass(frozen=True)
class Planned:
    """One kind of thing with a time.

    `rows(user)` gives those of this person's own calendar that he may see, `at` the column of their time; the rows
    have a page (`get_absolute_url`). `kind_of` and `title_of` tell of one row more than the kind does. `moves` names
    the address that takes a POST with the day one is moved to; `uid_of` is its name in other calendars, if it has one,
    `tells` adds what they are told beyond the time. `said` are some words beside the title.
    """

    key: str
    label: str | Promise
    icon: str
    rows: Callable[[User], QuerySet[Any]]
    at: str
    until: str = ""
    tint: Callable[[Any], str] = lambda row: "neutral"
    kind_of: Callable[[Any], str] | None = None
    title_of: Callable[[Any], str] = str
    on: Callable[[Any], tuple[str, int | None]] = lambda row: (row._meta.label_lower, row.pk)
    moves: str = ""
    uid_of: Callable[[Any], str] | None = None
    said: Callable[[Any], Any] = lambda row: ""
    tells: Callable[[Any, Any], None] = lambda row, event: None


@dataclass(frozen=True)
class Entry:
    """One thing in the calendar."""

    planned: Planned
    row: Any

    @property
    def at(self) -> datetime:
        return getattr(self.row, self.planned.at)

    @property
    def until(self) -> datetime | None:
        return getattr(self.row, self.planned.until) if self.planned.until else None

    @property
    def kind(self) -> str:
        return self.planned.kind_of(self.row) if self.planned.kind_of else self.planned.key

    @property
    def uid(self) -> str:
        """Its name in other calendars, the same for ever; one without a host is completed by who tells it."""
        return self.planned.uid_of(self.row) if self.planned.uid_of else f"{self.planned.key}-{self.row.pk}@"

    @property
    def title(self) -> str:
        return self.planned.title_of(self.row)

    @property
    def said(self) -> str:
        """Some words beside the title, in the reader's language."""
        return str(self.planned.said(self.row))

    @property
    def tint(self) -> str:
        return self.planned.tint(self.row)

    @property
    def on(self) -> tuple[str, int | None]:
        """The record it is about, by kind and id."""
        return self.planned.on(self.row)

    @property
    def url(self) -> str:
        return self.row.get_absolute_url()


@dataclass
class Day:
    """The entries of a day, soonest first, and how many there are in all."""

    day: date
    count: int = 0
    entries: list[Entry] = field(default_factory=list)

    @property
    def more(self) -> int:
        return self.count - len(self.entries)


_planned: dict[str, Planned] = {}


def register(planned: Planned) -> None:
    """Add a kind; the same key again replaces it."""
    _planned[planned.key] = planned


def kinds() -> list[Planned]:
    return list(_planned.values())
