"""Facts lists need from apps to the right of the library, which fill the slots when they are ready."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import tzinfo
from typing import Any
from zoneinfo import ZoneInfo

from django.utils.translation import get_language

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
    """A field that an administrator added to a kind of record, as lists, forms and doors need it.

    `kind` is text, number, money, date, choice, multi_choice, boolean, link or user. A choice is kept by its first
    name (`choices`, and those `retired` that records still hold) and shown by its present one (`choice_names`), to who
    reads Chinese by that in `choice_names_zh`, if there is one.
    """

    key: str
    name: str
    kind: str
    choices: tuple[str, ...] = ()
    name_zh: str = ""
    retired: tuple[str, ...] = ()
    choice_names: Mapping[str, str] = field(default_factory=dict)
    choice_names_zh: Mapping[str, str] = field(default_factory=dict)
    required: bool = False
    default: Any = None
    help: str = ""
    group: str = ""
    archived: bool = False
    #: An index gives records in the order of its values.
    sorts: bool = False

    @property
    def label(self) -> str:
        """What it is called in the language of the reader."""
        return self.name_zh if self.name_zh and _reads_chinese() else self.name

    def choice_said(self, choice: str) -> str:
        """What a choice is called in the language of the reader."""
        now = self.choice_names.get(choice, choice)
        return self.choice_names_zh.get(choice, now) if _reads_chinese() else now

    def choice_called(self, choice: str) -> tuple[str, ...]:
        """Every name a choice is known by: its first, its present one and the Chinese one."""
        known = (names.get(choice, choice) for names in (self.choice_names, self.choice_names_zh))
        return (choice, *known)


def _reads_chinese() -> bool:
    return (get_language() or "").startswith("zh")


def _no_words(resource: str) -> list[CustomWord]:
    return []


_custom_words: Callable[[str], list[CustomWord]] = _no_words


def fill_custom_words(words: Callable[[str], list[CustomWord]]) -> None:
    """Name the function that gives the custom fields of a kind of record, in order."""
    global _custom_words
    _custom_words = words


def custom_words(resource: str) -> list[CustomWord]:
    return _custom_words(resource)


#: Gives what a value of a custom field is called.
Said = Callable[[CustomWord, Any], str]


def _plainly() -> Said:
    return lambda word, value: "" if value is None else str(value)


_custom_said: Callable[[], Said] = _plainly


def fill_custom_said(said: Callable[[], Said]) -> None:
    """Name the function that begins to say values of custom fields in words, for one page."""
    global _custom_said
    _custom_said = said


def custom_said() -> Said:
    return _custom_said()


def _nobody(user: Any) -> list[tuple[str, str]]:
    return []


_custom_people: Callable[[Any], list[tuple[str, str]]] = _nobody


def fill_custom_people(people: Callable[[Any], list[tuple[str, str]]]) -> None:
    """Name the function that gives the people, by id and name, whom custom fields may hold as this person sees them."""
    global _custom_people
    _custom_people = people


def custom_people(user: Any) -> list[tuple[str, str]]:
    return _custom_people(user)


def day_zone() -> tzinfo:
    """The zone in which a calendar day begins: the workspace's."""
    return ZoneInfo(web.workspace().time_zone)
