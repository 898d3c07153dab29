"""Paging by position: the page after a row, found by an index, as fast deep in the list as on the first page.

A cursor names the ordering, the direction and the sort values of the row it stands at, so that rows coming in or
going away never shift a page. Rows without a value stand at the end, in both directions: they are read as a range of
their own, because one index gives `NULLS LAST` in only one of them.
"""

import base64
import binascii
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from django.core.exceptions import FieldDoesNotExist, ValidationError
from django.db.models import BooleanField, F, Field, Func, Model, Q, QuerySet, Value
from django.db.models.lookups import GreaterThan, LessThan
from django.utils.translation import gettext as _

_SMALLEST, _LARGEST = -(2**63), 2**63 - 1


@dataclass(frozen=True)
class Order:
    """One way to sort: `columns` as an index has them, the primary key last, all in one direction."""

    key: str
    columns: tuple[str, ...]
    descending: bool
    filled: bool = False
    #: Columns that are none of the table: the name they are given, and their expression.
    made: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def of(cls, key: str, columns: str | tuple[str, ...], *, filled: bool = False) -> "Order":
        names = (columns,) if isinstance(columns, str) else tuple(columns)
        ends_with_key = names[-1] in ("id", "pk")
        return cls(key, names if ends_with_key else (*names, "id"), key.startswith("-"), filled)

    def fields(self, model: type[Model]) -> list[Any]:
        found = []
        for name in self.columns:
            if name in self.made:
                found.append(self.made[name].output_field)
                continue
            column = model._meta.pk if name in ("pk", "id") else model._meta.get_field(name)
            if not isinstance(column, Field):
                raise FieldDoesNotExist(name)
            found.append(column)
        return found

    def is_nullable(self, model: type[Model]) -> bool:
        return self.fields(model)[0].null and not self.filled


@dataclass(frozen=True)
class Cursor:
    """A place between two rows: `values` are those of the row it stands at, read on from there or back from it."""

    ordering: str
    backward: bool
    values: tuple[Any, ...]

    def __str__(self) -> str:
        values = [
            value if isinstance(value, str | int | float | None) else _text(value) for value in self.values
        ]
        packed = json.dumps([self.ordering, int(self.backward), values], separators=(",", ":"))
        return base64.urlsafe_b64encode(packed.encode()).decode().rstrip("=")

    @classmethod
    def read(cls, text: str, order: Order, model: type[Model]) -> "Cursor":
        """The cursor a client sent back; raises ValidationError unless we could have made it for this ordering."""
        try:
            padded = text.encode("ascii") + b"=" * (-len(text) % 4)
            ordering, backward, raw = json.loads(base64.urlsafe_b64decode(padded), parse_constant=_refuse)
            values = tuple(
                _checked(field, value) for field, value in zip(order.fields(model), raw, strict=True)
            )
            if ordering != order.key or backward not in (0, 1) or values[-1] is None:
                raise ValueError
        except (ValueError, TypeError, binascii.Error, ValidationError, RecursionError):
            raise ValidationError(
                {
                    "cursor": ValidationError(
                        _("This cursor does not belong to this list."), code="invalid_cursor"
                    )
                }
            ) from None
        return cls(order.key, bool(backward), values)


@dataclass(frozen=True)
class Page:
    """Rows in the order asked for, and where the neighbouring pages begin."""

    rows: list[Any]
    next: Cursor | None
    previous: Cursor | None


def fetch(rows: QuerySet[Any], order: Order, cursor: Cursor | None, size: int) -> Page:
    """The page of at most `size` rows at `cursor`; one statement, or two where values can be missing."""
    backward = cursor is not None and cursor.backward
    rows = rows.annotate(**order.made) if order.made else rows
    found = _read(rows, order, cursor, size + 1, backward)
    more = len(found) > size
    found = found[:size]
    if backward:
        found.reverse()
    has_next = bool(found) and (more or backward)
    has_previous = bool(found) and (more if backward else cursor is not None)
    return Page(
        rows=found,
        next=_at(found[-1], order, backward=False) if has_next else None,
        previous=_at(found[0], order, backward=True) if has_previous else None,
    )


def _read(rows: QuerySet[Any], order: Order, cursor: Cursor | None, limit: int, backward: bool) -> list[Any]:
    if not order.is_nullable(rows.model):
        return _range(rows, order.columns, order.descending ^ backward, cursor and cursor.values, limit)
    found: list[Any] = []
    position = cursor.values if cursor else None
    for is_null in (True, False) if backward else (False, True):
        if position is not None and (position[0] is None) != is_null:
            continue
        part, columns = Q(**{f"{order.columns[0]}__isnull": is_null}), order.columns
        if is_null:
            columns, position = columns[1:], position and position[1:]
        found += _range(rows.filter(part), columns, order.descending ^ backward, position, limit - len(found))
        position = None
        if len(found) == limit:
            break
    return found


def _range(
    rows: QuerySet[Any],
    columns: tuple[str, ...],
    descending: bool,
    position: tuple[Any, ...] | None,
    limit: int,
) -> list[Any]:
    if position is not None:
        rows = rows.filter(_beyond(columns, position, descending))
    return list(rows.order_by(*(f"-{name}" if descending else name for name in columns))[:limit])


def _beyond(columns: tuple[str, ...], position: tuple[Any, ...], descending: bool) -> Any:
    """Rows strictly after a position: a comparison of whole rows, which a B-tree answers in one descent."""
    here = Func(*(F(name) for name in columns), function="ROW", output_field=BooleanField())
    there = Func(*(Value(value) for value in position), function="ROW", output_field=BooleanField())
    return LessThan(here, there) if descending else GreaterThan(here, there)


def _at(row: Any, order: Order, *, backward: bool) -> Cursor:
    values = tuple(row.pk if name in ("pk", "id") else getattr(row, name) for name in order.columns)
    return Cursor(order.key, backward, values)


def _checked(field: Any, value: Any) -> Any:
    if value is None and field.null:
        return None
    if value is None or isinstance(value, bool | list | dict) or (isinstance(value, str) and "\x00" in value):
        raise ValueError
    known = field.to_python(value)
    if isinstance(known, int) and not _SMALLEST <= known <= _LARGEST:
        raise ValueError
    if isinstance(known, datetime) and known.tzinfo is None:
        raise ValueError
    return known


def _text(value: Any) -> str:
    return value.isoformat() if isinstance(value, date) else str(value)


def _refuse(constant: str) -> None:
    raise ValueError(constant)
