"""Changed fields of a timeline as people read them: by their names, with the names of what they point to."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any, Protocol

from django.apps import apps
from django.core.exceptions import FieldDoesNotExist
from django.db.models import BooleanField, DecimalField, Field, ForeignKey
from django.utils.translation import gettext as _

from salesflow.lib.lists.ports import CustomWord
from salesflow.lib.web import figures
from salesflow.work.custom_models import resource_of
from salesflow.work.services.custom_fields import custom_declared
from salesflow.work.services.custom_said import CustomSaid


@dataclass(frozen=True)
class Change:
    """One field: its label, what it held and what it holds now, in words."""

    label: str
    old: str
    new: str


class Changed(Protocol):
    changes: dict[str, list[Any]]
    told: list[Change]


def changes_tell(subject_type: str, entries: Iterable[Changed]) -> None:
    """Fill `told` of the entries from their `changes`; one statement per kind of record that fields point to."""
    model = apps.get_model(subject_type) if "." in subject_type else None
    entries = [entry for entry in entries if entry.changes]
    fields = {name: _field(model, name) for entry in entries for name in entry.changes}
    names, said = _names(fields, entries), CustomSaid()
    own = model is not None and any("custom" in entry.changes for entry in entries)
    declared = custom_declared(resource_of(model)) if own else {}
    for entry in entries:
        entry.told = []
        for name, pair in entry.changes.items():
            if name == "custom" and all(isinstance(each, dict) for each in pair):
                entry.told += _custom(declared, said, *pair)
            else:
                old, new = (_words(fields[name], value, names) for value in pair)
                entry.told.append(Change(_label(fields[name], name), old, new))


def _custom(
    declared: Mapping[str, CustomWord], said: CustomSaid, old: dict[str, Any], new: dict[str, Any]
) -> list[Change]:
    """Each custom field that changed, by its label, with both values in words."""
    keys = [key for key in {**old, **new} if old.get(key) != new.get(key)]
    words = [declared.get(key) or CustomWord(key, key, "text") for key in keys]
    return [
        Change(word.label, *(said(word, each.get(word.key)) or figures.DASH for each in (old, new)))
        for word in words
    ]


def _field(model: Any, name: str) -> Any:
    try:
        return model._meta.get_field(name) if model is not None else None
    except FieldDoesNotExist:
        return None


def _label(field: Any, name: str) -> str:
    words = str(field.verbose_name) if isinstance(field, Field) else name
    return words[:1].upper() + words[1:]


def _names(fields: dict[str, Any], entries: Iterable[Changed]) -> dict[tuple[Any, Any], str]:
    """(model, id) -> name of the records that changed fields pointed to or point to."""
    wanted: dict[Any, set[int]] = defaultdict(set)
    for entry in entries:
        for name, pair in entry.changes.items():
            if isinstance(fields[name], ForeignKey):
                wanted[fields[name].related_model] |= {value for value in pair if isinstance(value, int)}
    return {
        (model, pk): str(found)
        for model, ids in wanted.items()
        for pk, found in model._base_manager.in_bulk(ids).items()
    }


def _words(field: Any, value: Any, names: dict[tuple[Any, Any], str]) -> str:
    if value in (None, "", [], {}):
        return figures.DASH
    if isinstance(field, ForeignKey):
        return names.get((field.related_model, value), str(value))
    if isinstance(field, BooleanField):
        return _("Yes") if value else _("No")
    if isinstance(field, DecimalField):
        return _amount(value)
    if isinstance(value, list):
        return ", ".join(map(str, value))
    return str(dict(getattr(field, "flatchoices", ())).get(value, value))


def _amount(value: Any) -> str:
    try:
        return figures.number(Decimal(str(value)), 2)
    except InvalidOperation:
        return str(value)
