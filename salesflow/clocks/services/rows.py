"""Clock rows in numbers: locked in one order, written with one statement, stamped by the database."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from django.core.exceptions import ValidationError
from django.db import connection
from django.utils.translation import gettext as _

from salesflow.clocks.models import Clock
from salesflow.clocks.querysets import ClockQuerySet
from salesflow.clocks.timing import CHANGING
from salesflow.lib.bulk import WORTH_IT, insert_many
from salesflow.lib.rows import rows_write


def database_now() -> datetime:
    """The database's clock at this moment, also late in a long transaction."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        return cursor.fetchone()[0]


def stamp(at: datetime | None, now: datetime) -> datetime:
    """`at` when it was given, which cannot lie ahead, else `now`."""
    if at is not None and at > now:
        raise ValidationError({"at": ValidationError(_("This lies in the future."), code="in_future")})
    return at or now


def locked(clocks: ClockQuerySet, limit: int | None = None) -> list[Clock]:
    """These rows (the first of them) locked, in the order of their ids, which all locks on several clocks keep to."""
    rows = clocks.select_related("calendar").select_for_update(of=("self",)).order_by("pk")
    return list(rows[:limit])


def clocks_write(clocks: Iterable[Clock], columns: Sequence[str] = CHANGING) -> None:
    """Write these columns of the clocks, all that ever change unless told otherwise, with one statement."""
    rows_write(clocks, columns)


def clocks_insert(clocks: Sequence[Clock]) -> None:
    """Store new rows and give each its id: few by one INSERT, several times faster than `bulk_create`; many by COPY."""
    if len(clocks) >= WORTH_IT:
        insert_many(Clock, clocks)
        return
    fields = [field for field in Clock._meta.concrete_fields if not field.primary_key]
    types = [str(field.db_type(connection)) for field in fields]
    # an array of arrays must be rectangular, so lists travel as text
    arrays = ", ".join("%s::text[]" if type_.endswith("[]") else f"%s::{type_}[]" for type_ in types)
    chosen = ", ".join(f"v.{field.column}::{type_}" for field, type_ in zip(fields, types, strict=True))
    names = ", ".join(str(field.column) for field in fields)
    values = [[_plain(getattr(clock, field.attname)) for clock in clocks] for field in fields]
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO clocks_clock ({names}) SELECT {chosen}"  # noqa: S608, the names are the model's own
            f" FROM unnest({arrays}) WITH ORDINALITY AS v({names}, place) ORDER BY place RETURNING id",
            values,
        )
        for clock, (pk,) in zip(clocks, cursor.fetchall(), strict=True):
            clock.pk = pk
            clock._state.adding = False
            clock._state.db = connection.alias


def _plain(value: object) -> object:
    return "{" + ",".join(map(str, value)) + "}" if isinstance(value, list) else value
