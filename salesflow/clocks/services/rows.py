"""Clock rows in numbers: locked in one order, written with one statement, stamped by the database."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from django.core.exceptions import ValidationError
from django.db import connection
from django.utils.translation import gettext as _

from salesflow.clocks.models import Clock
from salesflow.clocks.querysets import ClockQuerySet
from salesflow.clocks.timing import CHANGING
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
    """These rows (the first of them) locked, in the order of their ids, which all locks on several clocks keep to.

    Their calendars are read after that: joined, a clock that is given another calendar while one waits for it would
    come without any.
    """
    return list(clocks.select_for_update().prefetch_related("calendar").order_by("pk")[:limit])


def clocks_write(clocks: Iterable[Clock], columns: Sequence[str] = CHANGING) -> None:
    """Write these columns of the clocks, all that ever change unless told otherwise, with one statement."""
    rows_write(clocks, columns)
