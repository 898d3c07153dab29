"""What must hold at every moment, asked of the database. Each app writes its own in `invariants.py`.

A promise is one statement that selects whatever breaks it, so one snapshot: work that is under way shows either
whole or not at all, and a live instance may be asked at any time. `manage.py check_invariants` asks them all.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.db import connection, transaction
from django.utils.module_loading import autodiscover_modules

#: Offenders that are named; all are counted.
NAMED = 20
#: A statement looks at whole tables, and nobody waits for it.
TIMEOUT = "10min"


@dataclass(frozen=True)
class Invariant:
    """A promise in words, and `sql` that selects the key of each offender as `id`: no row while it is kept.

    `of` says what the keys are keys of (`leads.lead`); a percent sign in `sql` is written twice.
    """

    name: str
    promise: str
    of: str
    sql: str
    params: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Finding:
    """What was found of one promise: `broken` offenders, the first of them by key in `offenders`."""

    invariant: Invariant
    broken: int
    offenders: list[Any]


_invariants: dict[str, Invariant] = {}


def invariant(name: str, promise: str, *, of: str, sql: str, **params: Any) -> Invariant:
    """Declare a promise under a name such as `leads.owner_has_an_ownership`; see `Invariant`."""
    declared = Invariant(name, promise, of, sql, params)
    known = _invariants.setdefault(name, declared)
    if known != declared:
        raise ValueError(f"two promises are called {name}")
    return declared


def all_invariants() -> list[Invariant]:
    """Every promise of the installed apps, by name."""
    autodiscover_modules("invariants")
    return [_invariants[name] for name in sorted(_invariants)]


@transaction.atomic
def invariant_check(asked: Invariant) -> Finding:
    """Ask the database now; nothing is locked or written."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('statement_timeout', %s, true)", [TIMEOUT])
        cursor.execute(
            f"SELECT id, count(*) OVER () FROM ({asked.sql}) offender ORDER BY id LIMIT {NAMED}",  # noqa: S608
            dict(asked.params),
        )
        rows = cursor.fetchall()
    return Finding(asked, rows[0][1] if rows else 0, [id_ for id_, _count in rows])
