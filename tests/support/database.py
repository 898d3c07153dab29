"""The database of the tests: made from one that is migrated, and emptied although the journal refuses to be."""

import importlib
import os
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection
from django.db.backends.postgresql.operations import DatabaseOperations

_GUARDED = """
    SELECT format('ALTER TABLE %%s {verb} TRIGGER %%I', tgrelid::regclass, tgname)
    FROM pg_trigger WHERE NOT tgisinternal AND tgtype & 32 = 32  -- fires on TRUNCATE
"""


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings_parallel_suffix: None) -> None:
    """Where `script/test` brought a migrated database along, ours begins as a copy of it."""
    if os.environ.get("SALESFLOW_MIGRATED"):
        connection.settings_dict["TEST"]["TEMPLATE"] = connection.settings_dict["NAME"]


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


@pytest.fixture(scope="session", autouse=True)
def events_need_a_transaction_of_their_own() -> Iterator[None]:
    """The transaction around a test is not the product's: without another an event fails, as it does for people."""
    # the package has a function of that name
    record = importlib.import_module("salesflow.journal.services.record")
    plain = record._write

    def write(*arguments: Any, **options: Any) -> list[int]:
        if all(getattr(block, "_from_testcase", False) for block in connection.atomic_blocks):
            raise RuntimeError("an event belongs to the transaction of what it tells")
        return plain(*arguments, **options)

    record._write = write  # type: ignore[attr-defined]
    yield
    record._write = plain  # type: ignore[attr-defined]


@pytest.fixture(autouse=True)
def nothing_is_remembered() -> None:
    """An emptied database begins its revisions anew; what the process kept under them belongs to another one."""
    from salesflow.people.services import config

    config._kept.clear()
