"""One search box over all kinds of records: each app says how its own are found.

    register(Finder("leads", _("Leads"), "user-search", find_leads, order=10))

`find(user, query, limit)` gives what that person may see, best first.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise

LONGEST_QUERY = 200


@dataclass(frozen=True)
class Hit:
    """A record that was found: its name, a line to tell it from others, and its page."""

    id: int
    label: str
    detail: str = ""
    url: str = ""


@dataclass(frozen=True)
class Finder:
    """How one kind of record is found; groups stand by `order`. `right` is what one must be able to view."""

    resource: str
    label: str | Promise
    icon: str
    find: Callable[[Any, str, int], Sequence[Hit]]
    right: str
    order: int = 100


@dataclass(frozen=True)
class Group:
    """What was found of one kind."""

    finder: Finder
    hits: list[Hit]


_finders: dict[str, Finder] = {}


def register(finder: Finder) -> None:
    """Add a kind of record; the same resource again replaces it."""
    _finders[finder.resource] = finder


def search(user: Any, query: str, *, limit: int = 8, resources: Sequence[str] = ()) -> list[Group]:
    """What a person may see that holds the fragment, by kind; kinds without a hit are left out."""
    words = " ".join(query.replace("\x00", " ").split())[:LONGEST_QUERY]
    if not words:
        return []
    asked = [
        finder
        for finder in sorted(_finders.values(), key=lambda each: each.order)
        if user.may(finder.right) and (not resources or finder.resource in resources)
    ]
    found = [Group(finder, list(finder.find(user, words, limit))[:limit]) for finder in asked]
    return [group for group in found if group.hits]


def resources() -> list[str]:
    return sorted(_finders)
