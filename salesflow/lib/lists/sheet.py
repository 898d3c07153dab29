"""A list as a table in a file: what its columns are headed, and the plain value each holds of a row."""

import datetime
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from salesflow.lib.lists.cells import badge_words, value_of
from salesflow.lib.lists.spec import Column, ListSpec

_AS_THEY_ARE = (int, float, Decimal, str, datetime.date)


@dataclass(frozen=True)
class SheetColumn:
    """A column of the file; `read(row)` gives a text, a number, a day, a moment or nothing."""

    header: str
    read: Callable[[Any], Any]


def sheet_columns(columns: Sequence[Column]) -> list[SheetColumn]:
    """The record's number, then the columns as they stand on the page; an amount brings its currency along.

    What has no heading on the page is a handle there and says nothing in a file.
    """
    made = [SheetColumn(_("Record number"), lambda row: row.pk)]
    for column in columns:
        if not column.label:
            continue
        made.append(SheetColumn(str(column.label), _reader(column)))
        if column.kind == "money":
            made.append(SheetColumn(_currency_head(column, made), _currency_reader(column)))
    return made


def named_columns(spec: ListSpec, user: Any, names: str, **plain: Any) -> list[Column]:
    """Columns for the import, headed as it knows them; `plain` gives what differs from the attribute of the name."""
    hidden = spec.hidden(user)
    fields = [Column(name, name, plain=plain.get(name, name)) for name in names.split() if name not in hidden]
    if not spec.has_custom or "custom" in hidden:
        return fields
    return fields + spec.custom_columns(for_import=True)


def person_said(attribute: str) -> Callable[[Any], str]:
    """How a file names the person under this attribute, so that the import finds him; empty for who has left."""

    def said(row: Any) -> str:
        person = getattr(row, attribute)
        return person.email if person is not None and person.is_active else ""

    return said


def import_columns(columns: Sequence[Column]) -> list[SheetColumn]:
    """The columns as the import names them, and nothing beside: what comes back is what left."""
    return [SheetColumn(str(column.label), _reader(column)) for column in columns]


def _currency_head(column: Column, made: Sequence[SheetColumn]) -> str:
    plain = _("Currency")
    taken = any(each.header == plain for each in made)
    return _("%(column)s: currency") % {"column": column.label} if taken else plain


def _reader(column: Column) -> Callable[[Any], Any]:
    def read(row: Any) -> Any:
        value = _held(column, row)
        if value not in (None, "") and column.kind == "badge":
            value = badge_words(value, row, column)
        return plain(value)

    return read


def _held(column: Column, row: Any) -> Any:
    if callable(column.plain):
        return column.plain(row)
    return getattr(row, column.plain) if column.plain else value_of(column, row)


def _currency_reader(column: Column) -> Callable[[Any], Any]:
    attribute = column.options.get("currency", "currency")
    return lambda row: getattr(row, attribute, "") if value_of(column, row) is not None else None


def plain(value: Any) -> Any:
    """A value as it may stand in a cell: numbers, days and moments stay what they are, all else is text."""
    if isinstance(value, bool):
        return _("Yes") if value else _("No")
    if value is None or isinstance(value, _AS_THEY_ARE):
        return value
    if isinstance(value, list | tuple | set):
        return ", ".join(str(each) for each in value)
    return str(value)
