"""Values of custom fields at every door: read by the kind of their field, never lost."""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from salesflow.lib.lists.ports import CustomWord
from salesflow.people.models import User
from salesflow.people.services import workspace_kept
from salesflow.people.services.config import config_revision
from salesflow.work.custom_reading import EMPTY, Terms, flat_read, text_of, value_read
from salesflow.work.services.custom_fields import custom_words

CUSTOM_KEY = re.compile(r"^[a-z][a-z0-9_]{0,59}\Z")
CUSTOM_KEYS_LIMIT = 200
Faults = dict[str, list[ValidationError]]


@dataclass
class CustomKinds:
    """The custom fields of a kind of record by key, as they are declared at this moment, for one unit of work.

    `by` is who gives the values: people he may see can be named in them.
    """

    words: Mapping[str, CustomWord] = field(default_factory=dict)
    by: User | None = None

    @cached_property
    def terms(self) -> Terms:
        return Terms(lambda: self._currency, self.person)

    @cached_property
    def _currency(self) -> str:
        return workspace_kept().base_currency

    @property
    def defaults(self) -> dict[str, Any]:
        """What a new record holds that says nothing of these fields."""
        return {key: word.default for key, word in self.words.items() if word.default is not None}

    def asking_for(self, names: Collection[str]) -> "CustomKinds":
        """The same, where only fields that were asked for (`custom.<key>`) must have a value."""
        asked = {
            key: replace(word, required=word.required and f"custom.{key}" in names)
            for key, word in self.words.items()
        }
        return CustomKinds(asked, self.by)

    def read_ahead(self) -> "CustomKinds":
        """Ask now what reading values may ask of the database: for a thread that must not touch it."""
        for word in self.words.values():
            if word.kind == "money":
                self._currency  # noqa: B018, kept once it was asked
            elif word.kind == "user":
                self._people  # noqa: B018
        return self

    def person(self, value: Any) -> int | None:
        """The one active person meant by an id, an e-mail address or a name; read once for all values."""
        return self._people.get(str(value).strip().casefold())

    @cached_property
    def _people(self) -> dict[str, int]:
        seen = User.objects.all() if self.by is None else User.objects.visible_to(self.by)
        rows = list(seen.filter(is_active=True).values_list("pk", "email", "name"))
        found: dict[str, int] = {}
        twice: set[str] = set()
        for pk, _email, name in rows:
            twice.update({name.casefold()} & found.keys())
            found[name.casefold()] = pk
        for name in twice:
            del found[name]
        for pk, email, _name in rows:
            found |= {str(pk): pk, email.casefold(): pk}
        return found


def custom_kinds(resource: str, *, by: User | None = None, revision: int | None = None) -> CustomKinds:
    """The fields of a kind of record; `revision` is that of the configuration, where it was read already."""
    words = custom_words(resource, revision=config_revision() if revision is None else revision)
    return CustomKinds({word.key: word for word in words}, by)


@dataclass(frozen=True)
class PutBack:
    """In place of a value: what the record held before, or that it held none. Nothing is asked of it again."""

    value: Any = None
    was_there: bool = True


@dataclass
class Taken:
    """What was read: values to be laid over those the record has, and faults by `custom.<key>`."""

    values: dict[str, Any] = field(default_factory=dict)
    faults: Faults = field(default_factory=dict)

    def refuse(self, name: str, error: ValidationError) -> None:
        self.faults.setdefault(name, []).append(error)

    def over(self, held: Mapping[str, Any]) -> dict[str, Any]:
        """What a record holds after these were laid over what it holds."""
        laid = {**held, **self.values}
        gone = {key for key, value in laid.items() if isinstance(value, PutBack) and not value.was_there}
        return {
            key: value.value if isinstance(value, PutBack) else value
            for key, value in laid.items()
            if key not in gone
        }


def custom_take(given: Any, *, kinds: CustomKinds, held: Mapping[str, Any], tolerant: bool = False) -> Taken:
    """Read values as somebody gave them: those of declared fields by their kind, others as they are.

    A value that is what the record holds already stays, though it could not be chosen any more. A tolerant door keeps
    the text of what cannot be read. Never raises for what a caller can send.
    """
    taken = Taken()
    for key, item in _entries(taken, given).items():
        word = kinds.words.get(key)
        if isinstance(item, PutBack):
            taken.values[key] = item
            continue
        if key in held and _is_same(word, item, held[key]):
            taken.values[key] = held[key]
            continue
        try:
            taken.values[key] = _read(word, item, kinds, tolerant)
        except ValidationError as error:
            taken.refuse(f"custom.{key}", error)
            continue
        if word is not None and word.required and taken.values[key] in EMPTY:
            taken.refuse(f"custom.{key}", missing())
    return taken


def custom_lacks(values: Mapping[str, Any], kinds: CustomKinds) -> Faults:
    """Of a new record: the fields that must have a value and have none, with the fault of each."""
    return {
        f"custom.{key}": [missing()]
        for key, word in kinds.words.items()
        if word.required and values.get(key) in EMPTY
    }


def custom_new(given: Any, *, kinds: CustomKinds) -> dict[str, Any]:
    """The values of a new record: what was given, the defaults of the rest. Raises ValidationError by field."""
    taken = custom_take(given, kinds=kinds, held={})
    values = {**kinds.defaults, **taken.values}
    faults = {**custom_lacks(values, kinds), **taken.faults}
    if faults:
        raise ValidationError(faults)
    return values


def custom_edited(given: Any, *, kinds: CustomKinds, held: Mapping[str, Any]) -> dict[str, Any]:
    """The values a record has after these were laid over those it holds. Raises ValidationError by field."""
    taken = custom_take(given, kinds=kinds, held=held)
    if taken.faults:
        raise ValidationError(taken.faults)
    return taken.over(held)


def custom_carried(
    values: Mapping[str, Any], *, kinds: CustomKinds, held: Mapping[str, Any]
) -> dict[str, Any]:
    """What a record holds after it took over the values of another kind of record, by the fields of the same key.

    A value it has stays; one that its own field cannot hold is left behind, and nothing is demanded.
    """
    same = {key: value for key, value in values.items() if key in kinds.words and held.get(key) in EMPTY}
    taken = custom_take(same, kinds=kinds, held={})
    return {**held, **{key: value for key, value in taken.values.items() if value not in EMPTY}}


def missing() -> ValidationError:
    return ValidationError(_("This is needed."), code="required")


def _entries(taken: Taken, given: Any) -> dict[str, Any]:
    if given is None:
        return {}
    if not isinstance(given, Mapping):
        taken.refuse("custom", ValidationError(_("Names with values are needed here."), code="invalid"))
        return {}
    if len(given) > CUSTOM_KEYS_LIMIT:
        taken.refuse("custom", ValidationError(_("There are too many entries here."), code="too_many"))
        return {}
    wrong = [key for key in given if not isinstance(key, str) or not CUSTOM_KEY.match(key)]
    for key in wrong:
        message = _("“%(key)s” cannot be the name of a field.") % {"key": str(key)[:60]}
        taken.refuse("custom", ValidationError(message, code="bad_key"))
    return {key: item for key, item in given.items() if key not in wrong}


def _is_same(word: CustomWord | None, item: Any, held: Any) -> bool:
    if type(item) is type(held) and item == held:
        return True
    return word is not None and held not in EMPTY and item == text_of(word, held)


def _read(word: CustomWord | None, item: Any, kinds: CustomKinds, tolerant: bool) -> Any:
    if word is None:
        return flat_read(item)
    if isinstance(item, str):
        flat_read(item)  # what cannot be stored is no value of any kind
    try:
        return value_read(word, item, kinds.terms)
    except ValidationError:
        if not tolerant:
            raise
        return flat_read(item)
