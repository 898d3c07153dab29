"""The leads that a change of policies moves, locked together: in the order of their ids, as every deed on several does.

A change that takes them in two steps, or a document of several changes, would hold a later one while it waits for an
earlier one, and so for a deed on many leads that waits for it.
"""

from collections.abc import Iterable
from dataclasses import dataclass, fields
from typing import Any

from django.db import connection

from leads.services.place import LEAD
from leads.services.terms import METRIC


@dataclass(frozen=True)
class Reach:
    """Which leads a change moves; `|` puts two together.

    `waiting` are grades whose clocks it moves, `contacted` grades whose contacted leads, `protected` pools whose
    waiting leads, `owned` pools whose leads are with somebody; with `homeless` those with somebody whose pool is
    none that is in use.
    """

    waiting: frozenset[str] = frozenset()
    contacted: frozenset[str] = frozenset()
    protected: frozenset[int] = frozenset()
    owned: frozenset[int] = frozenset()
    homeless: bool = False

    def __or__(self, other: "Reach") -> "Reach":
        return Reach(
            **{each.name: getattr(self, each.name) | getattr(other, each.name) for each in fields(self)}
        )


def leads_hold(reaches: Iterable[Reach]) -> None:
    """Lock all leads that these changes move, for the rest of the transaction."""
    whole = Reach()
    for each in reaches:
        whole |= each
    parts = [sql for sql, is_asked in _parts(whole) if is_asked]
    if not parts:
        return
    given = {
        "waiting": sorted(whole.waiting),
        "contacted": sorted(whole.contacted),
        "protected": sorted(whole.protected),
        "owned": sorted(whole.owned),
        "homeless": whole.homeless,
        "metric": METRIC,
        "type": LEAD,
    }
    with connection.cursor() as cursor:
        cursor.execute(_HOLD.replace("{}", " UNION ALL ".join(parts)), given)


def _parts(whole: Reach) -> list[tuple[str, Any]]:
    return [
        (_WAITING, whole.waiting),
        (_CONTACTED, whole.contacted),
        (_PROTECTED, whole.protected),
        (_OWNED, whole.owned or whole.homeless),
    ]


_HOLD = """
SELECT count(*) FROM (SELECT id FROM leads_lead WHERE id IN ({}) ORDER BY id FOR NO KEY UPDATE) held
"""
_WAITING = """
SELECT subject_id FROM clocks_clock WHERE metric = %(metric)s AND policy_key = ANY(%(waiting)s)
    AND subject_type = %(type)s AND state IN ('running', 'paused')
"""
_CONTACTED = """
SELECT id FROM leads_lead WHERE grade = ANY(%(contacted)s) AND status = 'contacted' AND archived_at IS NULL
"""
_PROTECTED = "SELECT id FROM leads_lead WHERE in_pool AND pool_id = ANY(%(protected)s)"
_OWNED = """
SELECT l.id FROM leads_lead l
JOIN leads_ownership o ON o.lead_id = l.id AND o.ended_at IS NULL
LEFT JOIN leads_pool p ON p.id = o.pool_id
WHERE l.status IN ('assigned', 'contacted', 'qualified')
    AND (p.id = ANY(%(owned)s) OR %(homeless)s AND (p.id IS NULL OR p.archived_at IS NOT NULL))
"""
