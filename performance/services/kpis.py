"""Figures of a period beside those of the equal period before, each in one statement whatever the number of leads."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.core.exceptions import ValidationError
from django.db import connection
from django.utils.translation import gettext as _

from leads.models import LeadSource
from performance import policies
from performance.services.metrics import GROUPINGS, JOINS, METRICS, Grouping, Metric
from performance.services.period import Period, month_before
from salesflow.lib.errors import require
from salesflow.people.models import User


@dataclass(frozen=True)
class Row:
    """One figure: a ratio 0–1, whole seconds or a count; None where nothing can be said (0/0).

    A rate has both numbers it is made of; a count is its own numerator; a median has the number of its cases as
    denominator.
    """

    key: int | str | None
    label: str
    value: float | int | None
    numerator: int | None
    denominator: int | None
    previous: float | int | None


@dataclass(frozen=True)
class Figures:
    metric: Metric
    period: Period
    rows: list[Row]

    @property
    def total(self) -> Row:
        """The one row of figures that are not split."""
        return self.rows[0]


@dataclass(frozen=True)
class Tile:
    """A figure as a whole, and its course in equal steps over both periods, the oldest first."""

    row: Row
    course: list[float | int | None]


@dataclass(frozen=True)
class Scope:
    """Whose figures: people within the asker's scope (None is everybody), narrowed to a team or a person."""

    people: list[int] | None
    team: int | None = None
    user: int | None = None

    @classmethod
    def of(cls, user: User, *, team: int | None = None, person: int | None = None) -> "Scope":
        """Raises PermissionDenied for who may see no figures at all."""
        require(policies.can_see_figures(user))
        return cls(user.people_in_scope[user.scope("kpis.view")], team, person)

    def condition(self, owner: str) -> str:
        parts = ["TRUE"]
        if self.people is not None:
            parts.append(f"{owner} = ANY(%(people)s)")
        if self.user is not None:
            parts.append(f"{owner} = %(user)s")
        if self.team is not None:
            parts.append(f"{owner} IN (SELECT id FROM people_user WHERE team_id = %(team)s)")  # noqa: S608
        return " AND ".join(parts)

    def values(self) -> dict[str, Any]:
        return {"people": self.people, "user": self.user, "team": self.team}


@dataclass
class _Sums:
    rows: int = 0
    hits: int = 0
    median: float | None = None


@dataclass
class _Group:
    label: str | None = None
    now: _Sums = field(default_factory=_Sums)
    before: _Sums = field(default_factory=_Sums)


def metric_of(name: str | None) -> Metric:
    return _known("metric", name, METRICS)


def kpi(*, user: User, metric: str, period: Period, by: str | None = None, team: int | None = None,
        person: int | None = None) -> Figures:  # fmt: skip
    """A metric over a period as a whole or split `by` a grouping, of what the user may see.

    Raises ValidationError (unknown metric or grouping), PermissionDenied. Split by months, a month's `previous` is the
    calendar month before; everywhere else it is the equal period before.
    """
    measured = metric_of(metric)
    scope = Scope.of(user, team=team, person=person)
    if by is None:
        return Figures(measured, period, [_whole(measured, period, scope)])
    grouping = _known("by", by, GROUPINGS)
    rows = _months(measured, period, scope) if by == "month" else _split(measured, grouping, period, scope)
    return Figures(measured, period, rows)


def kpi_tile(*, user: User, metric: str, period: Period, steps: int = 8, team: int | None = None,
             person: int | None = None) -> Tile:  # fmt: skip
    """The metric as a whole with its course over this period and the one before, in `steps` equal steps."""
    measured = metric_of(metric)
    scope = Scope.of(user, team=team, person=person)
    before = period.before()
    bucket = (
        f"width_bucket(extract(epoch FROM {measured.moment}), extract(epoch FROM %(before)s::timestamptz), "
        "extract(epoch FROM %(until)s::timestamptz), %(steps)s)"
    )
    found = _ask(
        measured, scope, period, before, keys=f"{bucket}, NULL::text", steps=steps,
        group="GROUPING SETS ((x.bucket, x.label), (x.is_now))",
    )  # fmt: skip
    group, course = _Group(), [_Sums() for _step in range(steps)]
    for step, _label, is_now, sums in found:
        if step is not None:
            course[min(max(step, 1), steps) - 1] = sums
        elif is_now:
            group.now = sums
        else:
            group.before = sums
    return Tile(_row(measured, None, group), [_value(measured, sums) for sums in course])


def _whole(metric: Metric, period: Period, scope: Scope) -> Row:
    group = _Group()
    for _key, _label, is_now, sums in _ask(metric, scope, period, period.before()):
        setattr(group, "now" if is_now else "before", sums)
    return _row(metric, None, group)


def _split(metric: Metric, grouping: Grouping, period: Period, scope: Scope) -> list[Row]:
    groups: dict[Any, _Group] = {}
    keys = f"{grouping.key}, {grouping.label_sql or 'NULL::text'}"
    for key, label, is_now, sums in _ask(metric, scope, period, period.before(), keys=keys):
        group = groups.setdefault(key, _Group(label))
        setattr(group, "now" if is_now else "before", sums)
    rows = [_row(metric, key, group, grouping) for key, group in groups.items()]
    return sorted(rows, key=lambda row: (row.key is None, row.label, str(row.key)))


def _months(metric: Metric, period: Period, scope: Scope) -> list[Row]:
    """Each calendar month of the period, clipped to it, beside the whole month before."""
    keys = f"{GROUPINGS['month'].key.format(moment=metric.moment)}, NULL::text"
    here = {key: sums for key, _label, _now, sums in _ask(metric, scope, period, None, keys=keys)}
    earlier = period.whole_months_before()
    before = {key: sums for key, _label, _now, sums in _ask(metric, scope, earlier, None, keys=keys)}
    rows = []
    for month in period.months():
        last = f"{month_before(date.fromisoformat(f'{month}-01')):%Y-%m}"
        group = _Group(month, here.get(month, _Sums()), before.get(last, _Sums()))
        rows.append(_row(metric, month, group))
    return rows


def _ask(
    metric: Metric,
    scope: Scope,
    period: Period,
    before: Period | None,
    *,
    keys: str = "NULL::int, NULL::text",
    group: str = "x.bucket, x.label, x.is_now",
    steps: int = 0,
) -> Iterable[tuple[Any, str | None, bool | None, _Sums]]:
    """The one statement: (key, label, whether of this period, sums) per group."""
    median = "percentile_cont(0.5) WITHIN GROUP (ORDER BY x.seconds)" if metric.seconds else "NULL"
    sql = f"""
        SELECT x.bucket, x.label, x.is_now, count(*), count(*) FILTER (WHERE x.hit), {median}
        FROM (
            SELECT k.key AS bucket, k.label AS label, {metric.moment} >= %(since)s AS is_now,
                   {metric.hit or "FALSE"} AS hit, {metric.seconds or "NULL::float"} AS seconds
            FROM {metric.rows} {JOINS.format(owner=metric.owner)}
            CROSS JOIN LATERAL (SELECT {keys}) AS k(key, label)
            WHERE {metric.moment} >= %(before)s AND {metric.moment} < %(until)s
              AND {metric.where} AND {scope.condition(metric.owner)}
        ) AS x
        GROUP BY {group}
    """  # noqa: S608, all parts are this package's own
    values = {
        "since": period.start,
        "until": period.end,
        "before": (before or period).start,
        "zone": period.zone_name,
        "steps": steps,
        **scope.values(),
    }
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        for key, label, is_now, rows, hits, seconds in cursor.fetchall():
            yield key, label, is_now, _Sums(rows, hits, seconds)


def _row(metric: Metric, key: Any, group: _Group, grouping: Grouping | None = None) -> Row:
    label = group.label
    if label is None:
        label = str(grouping.nothing) if grouping and key is None else _named(key)
    elif grouping is not None and grouping.name == "source":
        label = _(label)  # the sources a workspace starts with are named in the reader's language
    return Row(
        key=key,
        label=label,
        value=_value(metric, group.now),
        numerator=_numerator(metric, group.now),
        denominator=None if metric.unit == "count" else group.now.rows,
        previous=_value(metric, group.before),
    )


def _named(key: Any) -> str:
    channels = dict(LeadSource.Channel.choices)
    return "" if key is None else str(channels.get(key, key))


def _value(metric: Metric, sums: _Sums) -> float | int | None:
    if metric.unit == "count":
        return sums.rows
    if metric.seconds:
        return None if sums.median is None else round(sums.median)
    return sums.hits / sums.rows if sums.rows else None


def _numerator(metric: Metric, sums: _Sums) -> int | None:
    if metric.unit == "count":
        return sums.rows
    return None if metric.seconds else sums.hits


def _known(name: str, value: str | None, choices: Any) -> Any:
    if value not in choices:
        known = ", ".join(choices)
        raise ValidationError(
            {
                name: ValidationError(
                    _("Choose one of: %(known)s."), code="invalid_choice", params={"known": known}
                )
            }
        )
    return choices[value]
