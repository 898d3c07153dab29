"""Why a lead has its score: every component with its input and points, adding up to the score."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from leads.models import Lead, ScoringModel
from leads.scoring.compile import scorer_of
from leads.scoring.inputs import FIT
from leads.scoring.sql import Scorer
from leads.services.score.active import GIVEN, explaining, in_force
from salesflow.people.services import workspace

_ENDED = (Lead.Status.CONVERTED, Lead.Status.DISQUALIFIED)


@dataclass(frozen=True)
class Scored:
    """How a score was come by: the model, what it gave (in hundredths, see `Scorer.scores`), and each line."""

    scorer: Scorer
    row: dict[str, Any]
    lines: list[dict[str, Any]]


def score_explain(lead: Lead) -> dict[str, Any]:
    """The score of a stored lead as it is computed now (for an ended lead: as of its end), part by part.

    A lead that was entered just now tells how it was scored then.

    `components` have `key, label, axis, input, points, before` (decay and cap), `most, missing`; `adjustments` are what
    caps, the floor at zero and rounding take or give; the points of both add up to `score`. `next` names the points
    that are missing for the next grade and what could bring them, facts the lead does not tell first. `waits` tells
    of a lower grade that is waiting for its time. Empty without any model.
    """
    scored = lead.scored or _scored_now(lead)
    if scored is None:
        return {}
    scorer, row = scored.scorer, scored.row
    lines = lines_of(scorer, scored.lines)
    model = scorer.model
    return {
        "model": {"id": model.pk, "name": _(model.name), "version": model.number},
        "at": row["at"],
        "score": row["score"],
        "fit_score": row["fit_score"],
        "engagement_score": row["engagement_score"],
        "grade": lead.grade,
        "score_for_grade": _rounded(max(row["fit"] + row["graded"], 0)),
        "components": lines,
        "adjustments": _adjustments(row, lines),
        "thresholds": {"A": model.threshold_a, "B": model.threshold_b},
        "next": _next(scorer, row, lines),
        "waits": _waits(lead, row, model),
    }


def lines_of(scorer: Scorer, raw: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Stored lines (of a grade change too) as people read them: with labels, in points."""
    components = {line.component.key: line.component for line in scorer.lines}
    return [
        {
            "key": line["key"],
            "label": _(str(components[line["key"]].label)),
            "axis": components[line["key"]].axis,
            "input": line["input"],
            "points": _points(line["points"]),
            "before": _points(line["before"]),
            "changes_grade": line["graded"] == line["points"],
            "most": components[line["key"]].most,
            "missing": line["missing"],
        }
        for line in raw
    ]


def _scored_now(lead: Lead) -> Scored | None:
    """By the model in force; of an ended lead by the one that scored it last."""
    models = in_force()
    scorer = models.scorer_for(lead.source_id)
    if lead.status in _ENDED and lead.scoring_model is not None:
        try:
            scorer = scorer_of(lead.scoring_model, zone=workspace().time_zone)
        except ValidationError:
            return None
    if scorer is None:
        return None
    statement = models.explaining.get(scorer.model.pk) or explaining(scorer)
    *given, lines = statement.rows(lead.pk)[0]
    return Scored(scorer, dict(zip(GIVEN, given, strict=True)), json.loads(lines))


def _adjustments(row: dict[str, Any], lines: list[dict[str, Any]]) -> list[dict[str, Any]]:
    fit = round(sum(100 * line["points"] for line in lines if line["axis"] == FIT))
    engagement = round(sum(100 * line["points"] for line in lines if line["axis"] != FIT))
    total = row["fit"] + row["engagement"]
    parts = (
        ("fit_cap", _("Cap of fit"), row["fit"] - fit),
        ("engagement_cap", _("Cap of engagement"), row["engagement"] - engagement),
        ("floor", _("Never below zero"), max(total, 0) - total),
        ("rounding", _("Rounding"), 100 * row["score"] - max(total, 0)),
    )
    return [{"key": key, "label": label, "points": _points(part)} for key, label, part in parts if part]


def _next(scorer: Scorer, row: dict[str, Any], lines: list[dict[str, Any]]) -> dict[str, Any] | None:
    """What would lift the lead: the next grade, the points missing for it, and where they could come from."""
    if row["grade"] == "A":
        return None
    model = scorer.model
    grade = "B" if row["grade"] == "C" else "A"
    missing: dict[str, int] | None = None
    if model.method == ScoringModel.Method.TOTAL:
        bound = model.threshold_b if grade == "B" else model.threshold_a
        missing = {"total": bound - _rounded(max(row["fit"] + row["graded"], 0))}
    else:
        fit, lively = ("fit_medium", 0) if grade == "B" else ("fit_high", model.matrix["engagement_medium"])
        missing = {
            "fit": max(model.matrix[fit] - _rounded(row["fit"]), 0),
            "engagement": max(lively - _rounded(row["graded"]), 0),
        }
    graded = {line.component.key for line in scorer.lines if line.graded != "0"}
    lifts = [
        {
            **{name: line[name] for name in ("key", "label", "axis", "missing")},
            "points": round(line["most"] - line["points"], 2),
        }
        for line in lines
        if line["key"] in graded and line["most"] > line["points"]
    ]
    # what can simply be asked stands before what the lead would have to do
    lifts.sort(key=lambda lift: (not (lift["missing"] and lift["axis"] == FIT), -lift["points"]))
    return {"grade": grade, "points": missing, "lifts": lifts}


def _waits(lead: Lead, row: dict[str, Any], model: ScoringModel) -> dict[str, Any] | None:
    if lead.lower_grade_since is None or row["grade"] <= lead.grade:
        return None
    return {"grade": row["grade"], "since": lead.lower_grade_since, "days": model.downgrade_after_days}


def _points(hundredths: float) -> float | int:
    """Points as they are shown: whole where they are whole."""
    return int(hundredths // 100) if hundredths % 100 == 0 else hundredths / 100


def _rounded(hundredths: int) -> int:
    return (hundredths + 50) // 100
