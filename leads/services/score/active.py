"""Which model scores which lead, kept ready in each process for one revision of the configuration."""

from dataclasses import dataclass
from typing import Any

from leads.models import ScoringModel
from leads.scoring.compile import scorer_of
from leads.scoring.sql import Scorer
from salesflow.people.services import config_revision, configured, workspace


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


def in_force(*, revision: int | None = None) -> InForce:
    """The active models; a caller that knows the configuration's revision passes it and saves a query."""
    return configured("leads.scoring", _load, revision=config_revision() if revision is None else revision)


def _load() -> InForce:
    zone = workspace().time_zone
    models = ScoringModel.objects.filter(status=ScoringModel.Status.ACTIVE, archived_at=None)
    return InForce({model.source_id: scorer_of(model, zone=zone) for model in models})
