"""Writing different values into many rows with one statement."""

import json
from collections.abc import Iterable, Sequence
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.db import connection
from django.db.models import Model


def rows_write(rows: Iterable[Model], columns: Sequence[str]) -> None:
    """Write these fields of stored rows of one model; `bulk_update` with a fiftieth of the SQL.

    Fields must be plain columns (no arrays, no expressions as values). A column that is the same in all rows is sent
    once.
    """
    rows = list(rows)
    if not rows:
        return
    meta, quote = rows[0]._meta, connection.ops.quote_name
    primary: Any = meta.pk
    key = quote(primary.column)
    setting, arrays, names, once, each = [], [], [], [], []
    for name in columns:
        field: Any = meta.get_field(name)
        column, type_ = quote(field.column), field.db_type(connection)
        values = [getattr(row, field.attname) for row in rows]
        if all(value == values[0] for value in values):
            setting.append(f"{column} = %s::{type_}")
            once.append(_plain(field, values[0]))
        else:
            setting.append(f"{column} = v.{column}")
            arrays.append(f"%s::{type_}[]")
            names.append(column)
            each.append([_plain(field, value) for value in values])
    sources = ", ".join([f"%s::{primary.db_type(connection)}[]", *arrays])
    with connection.cursor() as cursor:
        cursor.execute(
            f"UPDATE {quote(meta.db_table)} AS t SET {', '.join(setting)}"  # noqa: S608, the model's own names
            f" FROM unnest({sources}) AS v({', '.join([key, *names])}) WHERE t.{key} = v.{key}",
            [*once, [row.pk for row in rows], *each],
        )


def rows_put(rows: Iterable[Model], columns: Sequence[str]) -> None:
    """As `rows_write`, for columns of any kind: lists, JSON, and such as differ in every row."""
    rows = list(rows)
    if not rows:
        return
    meta, quote = rows[0]._meta, connection.ops.quote_name
    primary: Any = meta.pk
    fields: list[Any] = [meta.get_field(name) for name in columns]
    values = [{field.column: getattr(row, field.attname) for field in (primary, *fields)} for row in rows]
    typed = ", ".join(
        f"{quote(field.column)} {field.cast_db_type(connection)}" for field in (primary, *fields)
    )
    setting = ", ".join(f"{quote(field.column)} = v.{quote(field.column)}" for field in fields)
    with connection.cursor() as cursor:
        cursor.execute(
            f"UPDATE {quote(meta.db_table)} AS t SET {setting}"  # noqa: S608, the model's own names
            f" FROM jsonb_to_recordset(%s::jsonb) AS v({typed})"
            f" WHERE t.{quote(primary.column)} = v.{quote(primary.column)}",
            [json.dumps(values, cls=DjangoJSONEncoder)],
        )


def _plain(field: Any, value: Any) -> Any:
    return field.get_db_prep_save(value, connection)
