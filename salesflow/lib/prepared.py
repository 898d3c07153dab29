"""Statements that the database parses and plans once per connection, for deeds done many times a second.

Planning a long statement costs more than running it, and the driver has no prepared statements of its own. Each
`Statement` is prepared on a connection when it is first run there; from then on only its values are sent.
"""

import itertools
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache, cached_property
from typing import Any, Generic, TypeVar

from django.conf import settings
from django.db import DEFAULT_DB_ALIAS, connection, connections
from django.db.models import Model
from psycopg2.extensions import AsIs

Row = TypeVar("Row", bound=Model)

#: More than a process ever keeps at once; configuration that changes leaves statements behind.
MOST_KEPT = 200
_serial = itertools.count(1)


class Statement:
    """An SQL text with places `%s` (or `%(name)s`, named in their order by `names`) for values.

    The database works out the type of each value from its place: one that it cannot tell needs a cast. `fixed` names
    values that are the same each time and become part of the text. With the setting PREPARED_STATEMENTS off, as some
    poolers of connections demand, the text is sent anew each time.
    """

    def __init__(
        self, text: str, *, names: Sequence[str] = (), fixed: Mapping[str, Any] | None = None
    ) -> None:
        self.text, self.names, self.fixed = text, tuple(names), dict(fixed or {})
        self._number = next(_serial)

    def rows(self, *values: Any) -> list[Any]:
        """Run it with these values, in the order of their places; gives the rows it answers, if it does."""
        return _run(connections[DEFAULT_DB_ALIAS], *self._sent(values))

    def send(self, *values: Any) -> None:
        """As `rows`, where nobody wants an answer: inside `sent_together` it waits for the next that is wanted."""
        database = connections[DEFAULT_DB_ALIAS]
        waiting = database.__dict__.get("_waiting")
        if waiting is None:
            _run(database, *self._sent(values))
            return
        text, filled = self._sent(values)
        with database.connection.cursor() as cursor:
            waiting.append(cursor.mogrify(text, filled or None))

    def _sent(self, values: Sequence[Any]) -> tuple[str, Any]:
        """The text to be sent with these values, and what stands in its places."""
        if not settings.PREPARED_STATEMENTS:
            return self.text, self._filled(values)
        self._prepare(connections[DEFAULT_DB_ALIAS], len(values))
        return self._call(len(values)), values

    def _filled(self, values: Sequence[Any]) -> Any:
        """What stands in the places of the text."""
        if not self.names and not self.fixed:
            return values
        return {**self.fixed, **dict(zip(self.names, values, strict=True))}

    def _call(self, count: int) -> str:
        places = ", ".join(["%s"] * count)
        return f"EXECUTE s{self._number}({places})" if places else f"EXECUTE s{self._number}"

    def _prepare(self, database: Any, count: int) -> None:
        database.ensure_connection()
        line = database.connection
        held = database.__dict__.get("_prepared")
        if held is None or held[0] is not line:  # statements end with their connection
            held = database.__dict__["_prepared"] = (line, set())
        known: set[int] = held[1]
        if self._number in known:
            return
        places = [AsIs(f"${place}") for place in range(1, count + 1)]
        with line.cursor() as cursor, database.wrap_database_errors:
            if len(known) >= MOST_KEPT:
                cursor.execute("DEALLOCATE ALL")
                known.clear()
            text = cursor.mogrify(self.text, self._filled(places)).decode()
            cursor.execute(f"PREPARE s{self._number} AS {text}")
        known.add(self._number)


@contextmanager
def sent_together() -> Generator[None]:
    """Let statements whose answers nobody wants (`Statement.send`) go in one message, in their order.

    They are sent with the next `Statement.rows`, by `send_waiting`, or at the end of the outermost block, whose
    transaction ends later. Queries of the ORM do not know of them: what reads the rows comes after `send_waiting`.
    What a constraint refuses is raised there.
    """
    database = connections[DEFAULT_DB_ALIAS]
    if database.__dict__.get("_waiting") is not None:
        yield
        return
    database.__dict__["_waiting"] = []
    try:
        yield
        send_waiting()
    finally:
        del database.__dict__["_waiting"]


def send_waiting() -> None:
    """Send what waits in `sent_together`, if anything does."""
    database = connections[DEFAULT_DB_ALIAS]
    if database.__dict__.get("_waiting"):
        _run(database, "", None)


def _run(database: Any, text: str | bytes, values: Any) -> list[Any]:
    """As through Django's cursor; without its layers, which cost as much as the statement, where nobody listens.

    What waits goes before it in the same message; the answer is that of the last.
    """
    if waiting := database.__dict__.get("_waiting"):
        with database.connection.cursor() as cursor:
            last = [cursor.mogrify(text, values or None)] if text else []
        text, values = b"; ".join([*waiting, *last]), None
        waiting.clear()
    if database.execute_wrappers or database.queries_logged or database.connection is None:
        with database.cursor() as cursor:
            cursor.execute(text.decode() if isinstance(text, bytes) else text, values)
            return cursor.fetchall() if cursor.description else []
    database.validate_no_broken_transaction()
    with database.wrap_database_errors, database.connection.cursor() as cursor:
        cursor.tzinfo_factory = database.tzinfo_factory
        cursor.execute(text, values or None)
        return cursor.fetchall() if cursor.description else []


class Records(Generic[Row]):
    """Records of a model by a condition, which is SQL after WHERE with places for values; in no certain order."""

    def __init__(self, model: type[Row], where: str) -> None:
        self.model, self.where = model, where

    def read(self, *values: Any) -> list[Row]:
        names, converted = self._fields
        found = []
        for row in self._statement.rows(*values):
            attributes = list(row)
            for place, field in converted:
                attributes[place] = field.from_db_value(attributes[place], None, connection)
            found.append(self.model.from_db("default", names, attributes))
        return found

    @cached_property
    def _statement(self) -> Statement:
        columns = ", ".join(f'"{field.column}"' for field in self.model._meta.concrete_fields)
        table = self.model._meta.db_table
        return Statement(f'SELECT {columns} FROM "{table}" WHERE {self.where}')  # noqa: S608, names of the model's own

    @cached_property
    def _fields(self) -> tuple[list[str], list[tuple[int, Any]]]:
        """The names of the attributes, and those that are converted with their places."""
        fields = self.model._meta.concrete_fields
        converted = [(place, field) for place, field in enumerate(fields) if hasattr(field, "from_db_value")]
        return [field.attname for field in fields], converted


def record_read(model: type[Row], key: int) -> Row:
    """The stored record with this key, or the model's DoesNotExist."""
    found = _by_key(model).read(key)
    if not found:
        raise model.DoesNotExist
    return found[0]


@cache
def _by_key(model: type[Row]) -> Records[Row]:
    key: Any = model._meta.pk
    return Records(model, f'"{key.column}" = %s')
