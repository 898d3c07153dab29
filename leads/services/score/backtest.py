"""Trying a model on past leads whose outcome is known."""

from collections import Counter
from datetime import datetime
from typing import Any

from django.db import connection

from leads.models import LeadSource, ScoringModel
from leads.policies import can_try_scoring_model
from leads.scoring.compile import scorer_of
from leads.scoring.measure import Cell, judged
from leads.scoring.rows import stored
from leads.services.score.statements import IN_RANGE, ranges
from salesflow.lib.errors import require
from salesflow.people.models import User
from salesflow.people.services import workspace

#: Leads scored by one statement.
CHUNK = 20_000
#: Archived and merged leads are no leads of their own.
_KNOWN = "l.outcome IS NOT NULL AND l.archived_at IS NULL AND l.merged_into_id IS NULL"


def backtest(
    *,
    model: ScoringModel,
    by: User | None,
    source: LeadSource | None = None,
    created_from: datetime | None = None,
    created_to: datetime | None = None,
) -> dict[str, Any]:
    """How the model would have graded leads with a known outcome: see `leads.scoring.measure.judged`.

    Each lead is scored with the facts it has, and its events up to its end. `source` and the period
    [created_from, created_to) narrow the leads.
    """
    require(by is None or can_try_scoring_model(by))
    where, params = _chosen(source, created_from, created_to)
    scorer = scorer_of(model, zone=workspace().time_zone)
    rows = stored(f"{IN_RANGE} AND {where}", at="coalesce(l.converted_at, l.disqualified_at, now())")
    statement = f"""
        SELECT s.score, s.grade, count(*), sum(o.outcome)
        FROM ({scorer.scores(rows)}) s JOIN leads_lead o ON o.id = s.id GROUP BY 1, 2
    """
    leads: Counter[tuple[int, str]] = Counter()
    converted: Counter[tuple[int, str]] = Counter()
    for span in ranges(where, params, CHUNK):
        with connection.cursor() as cursor:
            cursor.execute(statement, {**scorer.params, **params, **span})
            for score, grade, number, won in cursor.fetchall():
                leads[score, grade] += number
                converted[score, grade] += won
    return judged(Cell(score, grade, leads[score, grade], converted[score, grade]) for score, grade in leads)


def _chosen(
    source: LeadSource | None, created_from: datetime | None, created_to: datetime | None
) -> tuple[str, dict[str, Any]]:
    where, params = [_KNOWN], {}
    for name, value, condition in (
        ("of_source", source and source.pk, "l.source_id = %(of_source)s"),
        ("created_from", created_from, "l.created_at >= %(created_from)s"),
        ("created_to", created_to, "l.created_at < %(created_to)s"),
    ):
        if value is not None:
            where.append(condition)
            params[name] = value
    return " AND ".join(where), params
