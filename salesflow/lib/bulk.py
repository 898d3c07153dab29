"""Inserting many rows: by COPY, several times faster than INSERT, for batches where it pays."""

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

Row = TypeVar("Row", bound=Model)
Write = Callable[[Any], str]
#: Under this many rows a plain INSERT is as fast and gives back what the database filled in.
WORTH_IT = 30
#: Lines handed over to the database at a time.
_AT_ONCE = 50
_encode = DjangoJSONEncoder(ensure_ascii=False).encode
_ESCAPES = str.maketrans({"\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t"})
_ARRAY_ESCAPES = str.maketrans({"\\": "\\\\", '"': '\\"'})


def insert_many(model: type[Row], rows: Iterable[Row]) -> list[Row]:
    """Insert unsaved rows of one model and set their keys, in the caller's transaction.

    What `bulk_create` does, without its options; columns that every row leaves to the database's default are left
    out, and after a large batch such attributes are not read back.
    """
    objects = list(rows)
    if len(objects) < WORTH_IT:
        return model._default_manager.bulk_create(objects)
    key = model._meta.pk
    assert key is not None
    if key.get_internal_type() in ("BigAutoField", "AutoField"):
        for row, id_ in zip(objects, _next_keys(model, len(objects)), strict=True):
            row.pk = id_
    fields = [field for field in model._meta.concrete_fields if _given(field, objects)]
    names = [field.attname for field in fields]
    _copy(model, fields, ([row.__dict__[name] for name in names] for row in objects))
    for row in objects:
        row._state.adding, row._state.db = False, "default"
    return objects


def insert_values(model: type[Model], names: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Insert rows that nobody needs as objects afterwards: values of the attributes `names`, in their order.

    Columns that are not named are left to the database's defaults; those with a default of the model's must be named.
    """
    _copy(model, [_field(model, name) for name in names], rows)


def insert_keyed(model: type[Model], names: Sequence[str], rows: Sequence[Sequence[Any]]) -> list[int]:
    """As `insert_values`, giving the keys of the rows, which the database counts."""
    if len(rows) < WORTH_IT:
        objects = (model(**dict(zip(names, row, strict=True))) for row in rows)
        return [row.pk for row in model._default_manager.bulk_create(objects)]
    keys = _next_keys(model, len(rows))
    key: Any = model._meta.pk
    insert_values(model, [key.attname, *names], ((id_, *row) for id_, row in zip(keys, rows, strict=True)))
    return keys


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
