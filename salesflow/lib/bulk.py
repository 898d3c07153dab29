"""Inserting rows: many by COPY, several times faster than INSERT; a few by an INSERT that is planned once."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date, datetime
from functools import lru_cache
from itertools import chain, islice
from typing import Any, TypeVar

from django.contrib.postgres.fields import ArrayField
from django.core.serializers.json import DjangoJSONEncoder
from django.db import connection
from django.db.models import GeneratedField, JSONField, Model
from django.db.models.expressions import DatabaseDefault

from salesflow.lib.prepared import Statement, send_waiting

Row = TypeVar("Row", bound=Model)
Write = Callable[[Any], str]
#: Under this many rows a plain INSERT is as fast and gives back what the database filled in.
WORTH_IT = 30
#: Up to this many rows the INSERT is a prepared one.
FEW = 3
#: Lines handed over to the database at a time.
_AT_ONCE = 50
_encode = DjangoJSONEncoder(ensure_ascii=False).encode
_ESCAPES = str.maketrans({"\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t"})
_ARRAY_ESCAPES = str.maketrans({"\\": "\\\\", '"': '\\"'})


def insert_many(
    model: type[Row], rows: Iterable[Row], *, finish: Callable[[Row], None] | None = None
) -> list[Row]:
    """Insert unsaved rows of one model and set their keys, in the caller's transaction.

    What `bulk_create` does, without its options; columns that every row leaves to the database's default are left
    out, and after a large batch such attributes are not read back. `finish` completes each row, in their order, just
    before it is written: of many rows the database stores the earlier ones meanwhile, so it must not be asked
    anything, and columns with a default of the database's are not to be touched.
    """
    objects = list(rows)
    if len(objects) < WORTH_IT and finish is not None:
        for row in objects:
            finish(row)
    if 0 < len(objects) <= FEW:
        return _insert_objects(model, objects)
    send_waiting()
    if len(objects) < WORTH_IT:
        return model._default_manager.bulk_create(objects)
    key = model._meta.pk
    assert key is not None
    if key.get_internal_type() in ("BigAutoField", "AutoField"):
        for row, id_ in zip(objects, _next_keys(model, len(objects)), strict=True):
            row.pk = id_
    fields = [field for field in model._meta.concrete_fields if _given(field, objects)]
    names = [field.attname for field in fields]
    finished = objects if finish is None else _finished(objects, finish)
    _copy(model, fields, ([row.__dict__[name] for name in names] for row in finished))
    for row in objects:
        row._state.adding, row._state.db = False, "default"
    return objects


def _finished(objects: Iterable[Row], finish: Callable[[Row], None]) -> Iterator[Row]:
    for row in objects:
        finish(row)
        yield row


def insert_values(model: type[Model], names: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Insert rows that nobody needs as objects afterwards: values of the attributes `names`, in their order.

    Columns that are not named are left to the database's defaults; those with a default of the model's must be named.
    A few may wait inside `sent_together`.
    """
    ahead = iter(rows)
    first = list(islice(ahead, FEW + 1))
    if len(first) <= FEW:
        insert_few(model, tuple(names), first)
    else:
        _copy(model, [_field(model, name) for name in names], chain(first, ahead))


def insert_few(
    model: type[Model],
    names: tuple[str, ...],
    rows: Sequence[Sequence[Any]],
    *,
    once: bool = False,
    returning: tuple[str, ...] = (),
) -> list[Any]:
    """As `insert_values`, for up to `FEW` rows; gives the attributes `returning` of each row that was inserted.

    With `once` rows that would break a unique constraint are left out.
    """
    if not rows:
        return []
    send = _senders(model, names)
    values = [give(value) for row in rows for give, value in zip(send, row, strict=True)]
    insertion = _insertion(model, names, len(rows), once, returning)
    if returning:
        return insertion.rows(*values)
    insertion.send(*values)
    return []


def insert_keyed(model: type[Model], names: Sequence[str], rows: Sequence[Sequence[Any]]) -> list[int]:
    """As `insert_values`, giving the keys of the rows, which the database counts."""
    if 0 < len(rows) <= FEW:
        key: Any = model._meta.pk
        return [id_ for (id_,) in insert_few(model, tuple(names), rows, returning=(key.attname,))]
    if len(rows) < WORTH_IT:
        objects = (model(**dict(zip(names, row, strict=True))) for row in rows)
        return [row.pk for row in model._default_manager.bulk_create(objects)]
    keys = _next_keys(model, len(rows))
    key = model._meta.pk
    insert_values(model, [key.attname, *names], ((id_, *row) for id_, row in zip(keys, rows, strict=True)))
    return keys


def _insert_objects(model: type[Row], objects: list[Row]) -> list[Row]:
    """The few rows as objects: what the database fills in, it gives back."""
    fields = [field for field in model._meta.concrete_fields if not isinstance(field, GeneratedField)]
    left = [field for field in fields if isinstance(objects[0].__dict__.get(field.attname), DatabaseDefault)]
    key = model._meta.pk
    if key is not None and objects[0].pk is None:
        left.append(key)
    given = tuple(field.attname for field in fields if field not in left)
    asked = tuple(field.attname for field in left)
    rows = [[row.__dict__[name] for name in given] for row in objects]
    for row, found in zip(objects, insert_few(model, given, rows, returning=asked), strict=bool(asked)):
        row.__dict__.update(zip(asked, found, strict=True))
    for row in objects:
        row._state.adding, row._state.db = False, "default"
    return objects


@lru_cache(maxsize=256)
def _insertion(
    model: type[Model], names: tuple[str, ...], count: int, once: bool, returning: tuple[str, ...]
) -> Statement:
    columns = ", ".join(f'"{_field(model, name).column}"' for name in names)
    row = f"({', '.join(['%s'] * len(names))})"
    places = ", ".join([row] * count)
    text = f'INSERT INTO "{model._meta.db_table}" ({columns}) VALUES {places}'  # noqa: S608, the model's own names
    if once:
        text += " ON CONFLICT DO NOTHING"
    if returning:
        text += f" RETURNING {', '.join(_field(model, name).column for name in returning)}"
    return Statement(text)


@lru_cache(maxsize=256)
def _senders(model: type[Model], names: tuple[str, ...]) -> list[Callable[[Any], Any]]:
    """How values of these columns are handed to the driver."""
    return [_json_or_null if isinstance(_field(model, name), JSONField) else _as_it_is for name in names]


def _json_or_null(value: Any) -> str | None:
    return None if value is None else _encode(value)


def _as_it_is(value: Any) -> Any:
    return value


def _next_keys(model: type[Model], count: int) -> list[int]:
    """So many new keys of a model."""
    key: Any = model._meta.pk
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT nextval(pg_get_serial_sequence(%s, %s)) FROM generate_series(1, %s)",
            [model._meta.db_table, key.column, count],
        )
        return [id_ for (id_,) in cursor.fetchall()]


def _copy(model: type[Model], fields: Sequence[Any], rows: Iterable[Sequence[Any]]) -> None:
    ahead = iter(rows)
    first = next(ahead, None)
    if first is None:
        return
    send_waiting()
    columns = ", ".join(f'"{field.column}"' for field in fields)
    text = _Lines([_writer(field) for field in fields], chain([first], ahead))
    # what Django wraps of its own accord leaves COPY out: a refused constraint must be an IntegrityError here too
    with connection.cursor() as cursor, connection.wrap_database_errors:
        cursor.copy_expert(f'COPY "{model._meta.db_table}" ({columns}) FROM STDIN', text)


class _Lines:
    """What COPY reads: the database stores the lines it has while the next ones are being written here."""

    def __init__(self, writers: Sequence[Write], rows: Iterator[Sequence[Any]]) -> None:
        self.writers, self.rows = writers, rows

    def read(self, size: int = -1) -> str:
        """The next lines, about as many as are asked for; nothing at the end."""
        lines = [
            "\t".join(
                [
                    "\\N" if value is None else write(value)
                    for write, value in zip(self.writers, row, strict=True)
                ]
            )
            for row in islice(self.rows, _AT_ONCE)
        ]
        return "\n".join([*lines, ""])


def _field(model: type[Model], attname: str) -> Any:
    return next(field for field in model._meta.concrete_fields if field.attname == attname)


def _given(field: Any, objects: list[Any]) -> bool:
    """Whether the rows bring a value for this column."""
    if isinstance(field, GeneratedField):
        return False
    return not isinstance(objects[0].__dict__.get(field.attname), DatabaseDefault)


def _writer(field: Any) -> Write:
    """How values of this column are written in COPY's text format."""
    if isinstance(field, JSONField):
        return _json
    if isinstance(field, ArrayField):
        return _array
    kind = field.target_field.get_internal_type() if field.is_relation else field.get_internal_type()
    return {"BooleanField": _bool, "CharField": _text, "TextField": _text, "DateTimeField": _moment}.get(
        kind, _plain
    )


def _text(value: str) -> str:
    if "\\" not in value and value.isprintable():  # neither tab nor line end
        return value
    return value.translate(_ESCAPES)


def _plain(value: Any) -> str:
    return str(value) if isinstance(value, int) else _text(str(value))


def _bool(value: bool) -> str:
    return "t" if value else "f"


@lru_cache(maxsize=256)  # one moment stands in many rows of a batch
def _moment(value: date | datetime) -> str:
    return value.isoformat()


def _json(value: Any) -> str:
    if not value and isinstance(value, dict | list):  # most columns of this kind in most rows
        return "{}" if isinstance(value, dict) else "[]"
    return _text(_encode(value))


def _array(value: list[Any]) -> str:
    items = ",".join(_item(item) for item in value)
    return _text(f"{{{items}}}")


def _item(item: Any) -> str:
    if item is None:
        return "NULL"
    if isinstance(item, str):
        return f'"{item.translate(_ARRAY_ESCAPES)}"'
    return str(item)
