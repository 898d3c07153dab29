"""Emptying the database after a test that commits, although the journal refuses to be emptied."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.db.backends.postgresql.operations import DatabaseOperations

_GUARDED = """
    SELECT format('ALTER TABLE %%s {verb} TRIGGER %%I', tgrelid::regclass, tgname)
    FROM pg_trigger WHERE NOT tgisinternal AND tgtype & 32 = 32  -- fires on TRUNCATE
"""


def _switch_guards(connection: Any, verb: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(_GUARDED.format(verb=verb), [])
        for (statement,) in cursor.fetchall():
            cursor.execute(statement)


@pytest.fixture(scope="session", autouse=True)
def emptying_is_allowed() -> Iterator[None]:
    """Between tests, and only then, tables that refuse TRUNCATE accept it."""
    plain = DatabaseOperations.execute_sql_flush

    def flush(self: Any, sql_list: list[str]) -> None:
        _switch_guards(self.connection, "DISABLE")
        try:
            plain(self, sql_list)
        finally:
            _switch_guards(self.connection, "ENABLE")

    DatabaseOperations.execute_sql_flush = flush
    yield
    DatabaseOperations.execute_sql_flush = plain


@pytest.fixture(autouse=True)
def nothing_is_remembered() -> None:
    """An emptied database begins its revisions anew; what the process kept under them belongs to another one."""
    from salesflow.people.services import config

    config._kept.clear()
