"""Scoring leads that are not yet saved."""

import json
from collections.abc import Sequence

from leads.models import Grade, Lead
from leads.scoring.rows import as_json
from leads.services.score.active import GIVEN, in_force, models_hold
from leads.services.score.explain import Scored


def scores_of_new(leads: Sequence[Lead], *, revision: int | None = None) -> None:
    """Set score, both subtotals, grade, model and time on unsaved leads, all in one query.

    New leads have no events yet: their facts and their `behaviour` speak. Without any active model a lead stays
    at 0 and C. An activation waits for the caller's transaction, so that it finds these leads when it regrades; a
    caller that holds the models already passes the `revision` it has read since. One lead alone keeps what explains
    its score (`scored`).
    """
    if not leads:
        return
    if revision is None:
        models_hold(alone=False)
    models = in_force(revision=revision)
    if not models.by_source:
        return
    alone = len(leads) == 1
    statement = models.entering_told if alone else models.entering
    for model_id, *given in statement.rows(as_json(leads)):
        row = dict(zip(GIVEN, given, strict=False))
        lead = leads[row["id"]]
        lead.scoring_model_id, lead.scored_at = model_id, row["at"]
        lead.score, lead.fit_score = row["score"], row["fit_score"]
        lead.engagement_score, lead.grade = row["engagement_score"], Grade(row["grade"])
        if alone:
            lead.scored = Scored(models.scorer(model_id), row, json.loads(given[-1]))
