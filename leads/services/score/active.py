"""Which model scores which lead, kept ready in each process for one revision of the configuration."""

from dataclasses import dataclass
from typing import Any

from django.db import connection

from leads.models import ScoringModel
from leads.scoring.compile import scorer_of
from leads.scoring.sql import Scorer
from salesflow.people.services import configured, workspace

#: Of advisory locks, beside those of other parts.
_LOCK_SPACE = 7_411


@dataclass(frozen=True)
class Part:
    """A model in force and the condition, over rows `l`, under which a lead is its own."""

    scorer: Scorer
    where: str
    params: dict[str, Any]


@dataclass(frozen=True)
class InForce:
    """The models in force: one per source that has its own, and the default for all others."""

    by_source: dict[int | None, Scorer]

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


def in_force() -> InForce:
    """The active models, as of this statement."""
    return configured("leads.scoring", _load)


def models_hold(*, alone: bool) -> None:
    """Until the end of the transaction the models in force stay as they are; `alone` is for whoever changes them."""
    kind = "" if alone else "_shared"
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT pg_advisory_xact_lock{kind}(%s, 0)", [_LOCK_SPACE])


def _load() -> InForce:
    zone = workspace().time_zone
    models = ScoringModel.objects.filter(status=ScoringModel.Status.ACTIVE, archived_at=None)
    return InForce({model.source_id: scorer_of(model, zone=zone) for model in models})
