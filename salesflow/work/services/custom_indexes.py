"""Indexes of custom fields, made and taken away while the company works.

An administrator marks a field; here its index is made CONCURRENTLY, which no transaction may do and no writer waits
for. One process does it at a time, under a lock of its session; one that is killed leaves an index that is not valid,
which the next makes anew. The name of an index is made of the number of its field, never of what somebody typed.
"""

import logging
from collections.abc import Iterator
from contextlib import contextmanager

from django.db import Error, connection, transaction
from django.db.models.expressions import Func
from django.db.models.sql import Query

from salesflow.lib.lists.custom import SORTED, custom_json, custom_sql
from salesflow.people.services.config import config_changed, config_hold
from salesflow.work.custom_models import extensible
from salesflow.work.models import CustomField

log = logging.getLogger(__name__)
State = CustomField.IndexState
#: The lock of the session that makes or drops an index.
_LOCK = 7_306_115_002
#: What waits for being made or dropped; one that is being made by nobody is made anew.
DUE = (State.WAITING, State.BUILDING, State.DROPPING)


def index_name(field: CustomField) -> str:
    return f"custom_field_{field.pk}"


def custom_indexes_settle() -> dict[str, int]:
    """Make and drop what waits for it; the counts of both, and of those that failed."""
    counts = {"built": 0, "dropped": 0, "failed": 0}
    if connection.in_atomic_block or not CustomField.objects.filter(index_state__in=DUE).exists():
        return counts
    with _alone() as mine:
        due = CustomField.objects.filter(index_state__in=DUE).order_by("pk") if mine else ()
        for field in due:
            counts[_settled(field)] += 1
    return counts


@contextmanager
def _alone() -> Iterator[bool]:
    """Without limits of time, if no other process is at it."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [_LOCK])
        if not cursor.fetchone()[0]:
            yield False
            return
        try:
            cursor.execute("SET statement_timeout = 0; SET lock_timeout = 0")
            yield True
        finally:
            cursor.execute("RESET statement_timeout; RESET lock_timeout")
            cursor.execute("SELECT pg_advisory_unlock(%s)", [_LOCK])


def _settled(field: CustomField) -> str:
    if field.index_state == State.DROPPING:
        _run(f"DROP INDEX CONCURRENTLY IF EXISTS {index_name(field)}")
        _told(field, State.DROPPING, State.NONE)
        return "dropped"
    CustomField.objects.filter(pk=field.pk, index_state=State.WAITING).update(index_state=State.BUILDING)
    try:
        _run(f"DROP INDEX CONCURRENTLY IF EXISTS {index_name(field)}")
        _run(index_sql(field))
        _run(f"ANALYZE {_table(field)}")
    except Error as error:
        log.exception("the index of custom field %s could not be made", field.pk)
        _run(f"DROP INDEX CONCURRENTLY IF EXISTS {index_name(field)}")
        _told(field, State.BUILDING, State.FAILED, error=str(error).strip()[:300])
        return "failed"
    _told(field, State.BUILDING, State.READY)
    return "built"


@transaction.atomic
def _told(field: CustomField, before: str, after: str, *, error: str = "") -> None:
    """Note the state, unless somebody has asked for something else meanwhile."""
    config_hold()
    rows = CustomField.objects.filter(pk=field.pk, index_state=before)
    if rows.update(index_state=after, index_error=error):
        config_changed()


def index_sql(field: CustomField) -> str:
    """The statement that makes the index by which filters and orderings of this field are answered.

    Kinds that sort have a tree, with the key behind; texts may be too long for one, and are only asked for equality.
    """
    word, table = field.word, _table(field)
    if word.kind in SORTED:
        how = f"btree ({_expression(field, custom_sql(word))}, id)"
    elif word.kind == "multi_choice":
        how = f"gin ({_expression(field, custom_json(word))})"
    else:
        how = f"hash ({_expression(field, custom_sql(word))})"
    return f"CREATE INDEX CONCURRENTLY {index_name(field)} ON {table} USING {how}"


def _table(field: CustomField) -> str:
    return connection.ops.quote_name(extensible()[field.resource]._meta.db_table)


def _expression(field: CustomField, found: Func) -> str:
    """The very expression that filters have, in the words of an index."""
    query = Query(extensible()[field.resource], alias_cols=False)
    sql, params = query.get_compiler(connection=connection).compile(found.resolve_expression(query))
    assert not params
    return f"({sql})"


def _run(statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement)
