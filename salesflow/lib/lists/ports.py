"""Facts lists need from apps to the right of the library, which fill the slots when they are ready."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import tzinfo
from typing import Any
from zoneinfo import ZoneInfo

from salesflow.lib.web import ports as web


@dataclass(frozen=True)
class SavedTab:
    """A saved state of a list that a person may choose; `opens` when it is the one the list opens in for him."""

    id: int
    name: str
    query: str
    shared: bool = False
    changes: bool = True
    opens: bool = False


def _no_tabs(user: Any, key: str) -> list[SavedTab]:
    return []


_tabs: Callable[[Any, str], list[SavedTab]] = _no_tabs


def fill_saved_tabs(tabs: Callable[[Any, str], list[SavedTab]]) -> None:
    """Name the function that gives the saved views of a list a person may choose from, in order."""
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
