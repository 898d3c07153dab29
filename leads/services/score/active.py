"""Which model scores which lead, kept ready in each process for one revision of the configuration."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.db import connection

from leads.models import ScoringModel
from leads.scoring.compile import scorer_of
from leads.scoring.rows import stored, unsaved
from leads.scoring.sql import Scorer
from salesflow.lib.prepared import Statement
from salesflow.people.services import configured, workspace

#: Of advisory locks, beside those of other parts.
_LOCK_SPACE = 7_411


@dataclass(frozen=True)
class Part:
    """A model in force and the condition, over rows `l`, under which a lead is its own."""

    scorer: Scorer
    where: str
    params: dict[str, Any]


#: Of a score, beside the model's id; the lines of its explanation stand behind them.
GIVEN = ("id", "at", "score", "fit_score", "engagement_score", "grade", "fit", "engagement", "graded")


@dataclass(frozen=True)
class InForce:
    """The models in force: one per source that has its own, and the default for all others."""

    by_source: dict[int | None, Scorer]

    @cached_property
    def entering(self) -> Statement:
        """The model's id and what is `GIVEN` of each of the unsaved `rows`, which have no events."""
        return self._of_unsaved(lines=False)

    @cached_property
    def entering_told(self) -> Statement:
        """The same with the lines of the explanation."""
        return self._of_unsaved(lines=True)

    @cached_property
    def explaining(self) -> dict[int, Statement]:
        """By a model's id: what is `GIVEN` of the stored lead with one id, and the lines."""
        return {scorer.model.pk: explaining(scorer) for scorer in self.by_source.values()}

    def scorer(self, model_id: int) -> Scorer:
        return next(each for each in self.by_source.values() if each.model.pk == model_id)

    def _of_unsaved(self, *, lines: bool) -> Statement:
        texts, fixed = [], {}
        for part in self.parts():
            scores = part.scorer.scores(unsaved(part.where), with_events=lines, with_lines=lines)
            named = ", ".join((*GIVEN, "lines") if lines else GIVEN)
            texts.append(f"SELECT {part.scorer.model.pk:d} AS model_id, {named} FROM ({scores}) scores")
            fixed.update(part.params)
        return Statement(" UNION ALL ".join(texts), names=("rows",), fixed=fixed)

    def scorer_for(self, source_id: int | None) -> Scorer | None:
        return self.by_source.get(source_id) or self.by_source.get(None)

    def parts(self) -> list[Part]:
        """Every model with its share of the leads; the shares do not overlap."""
        special = sorted(source for source in self.by_source if source is not None)
        found = []
        for source, scorer in self.by_source.items():
            name = f"m{scorer.model.pk}_source"
            if source is not None:
                found.append(Part(scorer, f"l.source_id = %({name})s", {**scorer.params, name: source}))
            elif special:
                where = f"(l.source_id IS NULL OR l.source_id <> ALL(%({name})s))"
                found.append(Part(scorer, where, {**scorer.params, name: special}))
            else:
                found.append(Part(scorer, "true", scorer.params))
        return found


def in_force(*, revision: int | None = None) -> InForce:
    """The active models, as of this statement, or of a revision of the configuration that was read."""
    return configured("leads.scoring", _load, revision=revision)


def models_hold(*, alone: bool) -> None:
    """Until the end of the transaction the models in force stay as they are; `alone` is for whoever changes them."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT pg_advisory_xact_lock({_LOCK_SPACE}, 0)" if alone else HOLDING)


#: What `models_hold` runs for whoever only reads them.
HOLDING = f"SELECT pg_advisory_xact_lock_shared({_LOCK_SPACE}, 0)"


def explaining(scorer: Scorer) -> Statement:
    """What is `GIVEN` of the stored lead with one id, and the lines of the explanation; an ended lead as of its end."""
    rows = stored("l.id = %(id)s", at="coalesce(l.converted_at, l.disqualified_at, clock_timestamp())")
    text = f"SELECT {', '.join(GIVEN)}, lines FROM ({scorer.scores(rows, with_lines=True)}) scores"
    return Statement(text, names=("id",), fixed=scorer.params)


def _load() -> InForce:
    zone = workspace().time_zone
    models = ScoringModel.objects.filter(status=ScoringModel.Status.ACTIVE, archived_at=None)
    return InForce({model.source_id: scorer_of(model, zone=zone) for model in models})
