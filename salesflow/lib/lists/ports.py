"""Facts lists need from apps to the right of the library, which fill the slots when they are ready."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import tzinfo
from typing import Any
from zoneinfo import ZoneInfo

from salesflow.lib.web import ports as web


@dataclass(frozen=True)
class SavedTab:
    """A person's own saved state of a list."""

    id: int
    name: str
    query: str


def _no_tabs(user: Any, key: str) -> list[SavedTab]:
    return []


_tabs: Callable[[Any, str], list[SavedTab]] = _no_tabs


def fill_saved_tabs(tabs: Callable[[Any, str], list[SavedTab]]) -> None:
    """Name the function that gives a person's saved views of a list, in order."""
    global _tabs
    _tabs = tabs


def saved_tabs(user: Any, key: str) -> list[SavedTab]:
    return _tabs(user, key)


@dataclass(frozen=True)
class CustomWord:
    """A field that an administrator added to a kind of record; `kind` is text, number, date, choice or boolean."""

    key: str
    label: str
    kind: str
    choices: tuple[str, ...] = ()


def _no_words(resource: str) -> list[CustomWord]:
    return []


_custom_words: Callable[[str], list[CustomWord]] = _no_words


def fill_custom_words(words: Callable[[str], list[CustomWord]]) -> None:
    """Name the function that gives the custom fields of a kind of record, in order."""
    global _custom_words
    _custom_words = words


def custom_words(resource: str) -> list[CustomWord]:
    return _custom_words(resource)


def day_zone() -> tzinfo:
    """The zone in which a calendar day begins: the workspace's."""
    return ZoneInfo(web.workspace().time_zone)
