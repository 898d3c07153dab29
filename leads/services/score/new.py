"""Scoring leads that are not yet saved."""

from collections.abc import Sequence

from django.db import connection

from leads.models import Grade, Lead
from leads.scoring.rows import as_json, unsaved
from leads.services.score.active import in_force, models_hold

_GIVEN = "id, at, score, fit_score, engagement_score, grade"


def scores_of_new(leads: Sequence[Lead]) -> None:
    """Set score, both subtotals, grade, model and time on unsaved leads, all in one query.

    New leads have no events yet: their facts and their `behaviour` speak. Without any active model a lead stays
    at 0 and C. An activation waits for the caller's transaction, so that it finds these leads when it regrades.
    """
    if not leads:
        return
    models_hold(alone=False)
    queries, params = [], {"rows": as_json(leads)}
    for part in in_force().parts():
        scores = part.scorer.scores(unsaved(part.where), with_events=False)
        queries.append(f"SELECT {part.scorer.model.pk:d} AS model_id, {_GIVEN} FROM ({scores}) scores")
        params.update(part.params)
    if not queries:
        return
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(queries), params)
        for model_id, place, at, score, fit, engagement, grade in cursor.fetchall():
            lead = leads[place]
            lead.scoring_model_id, lead.scored_at = model_id, at
            lead.score, lead.fit_score, lead.engagement_score = score, fit, engagement
            lead.grade = Grade(grade)
