"""How far leads get: those created together (cohort), or where leads stand now (snapshot)."""

from dataclasses import dataclass
from typing import Any

from django.core.exceptions import ValidationError
from django.db import connection
from django.utils.translation import gettext as _

from leads.models import Lead
from performance.services.kpis import Scope
from performance.services.metrics import COUNTED
from performance.services.period import Period
from salesflow.people.models import User

STAGES = (
    Lead.Status.NEW,
    Lead.Status.ASSIGNED,
    Lead.Status.CONTACTED,
    Lead.Status.QUALIFIED,
    Lead.Status.CONVERTED,
)
KINDS = ("cohort", "snapshot")


@dataclass(frozen=True)
class Stage:
    """`conversion`: the share that went on to the next stage; `share`: of all leads in the funnel, how many got here.

    `median_days`: of a cohort, the days in this stage of those that went on; of a snapshot, the days those that
    stand here have stood here.
    """

    stage: str
    label: str
    count: int
    conversion: float | None
    share: float | None
    median_days: float | None


@dataclass(frozen=True)
class Dropped:
    """Disqualified leads by reason."""

    reason: int | None
    label: str
    count: int


@dataclass(frozen=True)
class Funnel:
    kind: str
    period: Period | None
    stages: list[Stage]
    dropped: list[Dropped]

    @property
    def disqualified(self) -> int:
        return sum(each.count for each in self.dropped)


# What a lead reached by skipping counts as reached together with the next stage. A lead that came back to the pool
# keeps what it reached; of several owners the first counts.
_COHORT = """
    WITH cohort AS (
        SELECT l.id, l.created_at, l.converted_at, l.status, l.disqualify_reason_id AS reason
        FROM leads_lead l WHERE {counted} AND {scope} AND l.created_at >= %(since)s AND l.created_at < %(until)s
    ), owned AS (
        SELECT o.lead_id, min(o.started_at) AS assigned_at, min(o.first_contacted_at) AS contacted_at
        FROM leads_ownership o JOIN cohort c ON c.id = o.lead_id GROUP BY 1
    ), qualified AS (
        SELECT e.subject_id AS lead_id, min(e.at) AS qualified_at FROM journal_event e
        WHERE e.kind = 'leads.qualified' AND e.at >= %(since)s AND e.subject_type = 'leads.lead' GROUP BY 1
    ), far AS (
        SELECT c.created_at, c.converted_at AS t4, least(q.qualified_at, c.converted_at) AS t3,
               least(o.contacted_at, q.qualified_at, c.converted_at) AS t2,
               least(o.assigned_at, o.contacted_at, q.qualified_at, c.converted_at) AS t1
        FROM cohort c LEFT JOIN owned o ON o.lead_id = c.id LEFT JOIN qualified q ON q.lead_id = c.id
    )
    SELECT count(*), count(t1), count(t2), count(t3), count(t4),
           {median}(t1 - created_at), {median}(t2 - t1), {median}(t3 - t2), {median}(t4 - t3)
    FROM far
"""
_MEDIAN = "percentile_cont(0.5) WITHIN GROUP (ORDER BY extract(epoch FROM {span}) / 86400)"
_SNAPSHOT = """
    SELECT l.status, count(*), percentile_cont(0.5) WITHIN GROUP (ORDER BY extract(epoch FROM now() - CASE l.status
        WHEN 'new' THEN COALESCE(l.pool_entered_at, l.created_at)
        WHEN 'assigned' THEN l.owned_since
        WHEN 'contacted' THEN COALESCE(l.first_contacted_at, l.owned_since)
        WHEN 'qualified' THEN COALESCE(q.qualified_at, l.owned_since) END) / 86400)
    FROM leads_lead l LEFT JOIN LATERAL (
        SELECT max(e.at) AS qualified_at FROM journal_event e
        WHERE e.subject_type = 'leads.lead' AND e.subject_id = l.id AND e.kind = 'leads.qualified'
    ) q ON l.status = 'qualified'
    WHERE {counted} AND {scope} {within}
    GROUP BY 1
"""
_DROPPED = """
    SELECT r.id, r.name, count(*) FROM leads_lead l LEFT JOIN leads_reason r ON r.id = l.disqualify_reason_id
    WHERE {counted} AND {scope} {within} AND l.status = 'disqualified' GROUP BY 1, 2 ORDER BY 3 DESC, 1
"""
_WITHIN = "AND l.created_at >= %(since)s AND l.created_at < %(until)s"


def funnel(
    *, user: User, kind: str, period: Period | None, team: int | None = None, person: int | None = None
) -> Funnel:
    """The stages of what the user may see.

    cohort: of the leads created in the period, how many ever reached each stage. snapshot: where leads stand at this
    moment, all of them or (with a period) those created in it. Raises ValidationError (kind), PermissionDenied.
    """
    scope = Scope.of(user, team=team, person=person)
    if kind not in KINDS:
        raise ValidationError(
            {"kind": ValidationError(_("Choose cohort or snapshot."), code="invalid_choice")}
        )
    values = {**scope.values(), "since": period and period.start, "until": period and period.end}
    parts = {
        "counted": COUNTED,
        "scope": scope.condition("l.owner_id"),
        "within": _WITHIN if period else "",
    }
    stages = _cohort(parts, values) if kind == "cohort" else _snapshot(parts, values)
    return Funnel(kind, period, stages, _dropped(parts, values))


def _cohort(parts: dict[str, str], values: dict[str, Any]) -> list[Stage]:
    sql = _COHORT.replace("{counted}", parts["counted"]).replace("{scope}", parts["scope"])
    for span in ("t1 - created_at", "t2 - t1", "t3 - t2", "t4 - t3"):
        sql = sql.replace(f"{{median}}({span})", _MEDIAN.format(span=span))
    (row,) = _rows(sql, values)
    counts, days = row[:5], [*row[5:], None]
    return [
        _stage(place, counts[place], counts[0], counts[place], _next(counts, place), days[place])
        for place in range(len(STAGES))
    ]


def _next(counts: Any, place: int) -> int | None:
    return counts[place + 1] if place + 1 < len(counts) else None


def _snapshot(parts: dict[str, str], values: dict[str, Any]) -> list[Stage]:
    found = {status: (count, days) for status, count, days in _rows(_SNAPSHOT.format(**parts), values)}
    counts = [found.get(stage, (0, None))[0] for stage in STAGES]
    this_far = [sum(counts[place:]) for place in range(len(STAGES))]
    return [
        _stage(
            place, counts[place], this_far[0], this_far[place], _next(this_far, place),
            found.get(stage, (0, None))[1],
        )
        for place, stage in enumerate(STAGES)
    ]  # fmt: skip


def _stage(
    place: int, count: int, everything: int, reached: int, further: int | None, days: float | None
) -> Stage:
    return Stage(
        stage=str(STAGES[place]),
        label=str(STAGES[place].label),
        count=count,
        conversion=further / reached if further is not None and reached else None,
        share=reached / everything if everything else None,
        median_days=None if days is None else round(float(days), 2),
    )


def _dropped(parts: dict[str, str], values: dict[str, Any]) -> list[Dropped]:
    rows = _rows(_DROPPED.format(**parts), values)
    return [Dropped(key, _(name) if name else _("Without a reason"), count) for key, name, count in rows]


def _rows(sql: str, values: dict[str, Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return cursor.fetchall()
