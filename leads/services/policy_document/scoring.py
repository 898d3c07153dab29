"""Scoring models in a policy document: `scoring_models`, those that score now.

What the document says of a model becomes a new draft version where it differs: one that scores never changes, and a
person previews a draft and activates it. A draft that says the same already is not made twice.
"""

from collections import defaultdict
from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _

from leads.models import ScoringModel
from leads.services.policy_document.names import Names
from leads.services.policy_document.shape import (
    NUMBER,
    TEXT,
    WHOLE,
    Anything,
    Group,
    Records,
    Reference,
    numbered,
)
from leads.services.policy_document.steps import Step, columns_of
from leads.services.score.models import FIELDS, model_create
from salesflow.people.models import User

KEY = "scoring_models"
_THRESHOLDS = {"A": "threshold_a", "B": "threshold_b"}
#: In which order the names of a component are written; others follow.
_FIRST = ("key", "type", "input", "kind", "label", "points")
_KINDS = {
    "name": TEXT, "source": Reference("source", null=True), "components": Anything((list,)), "method": TEXT,
    "matrix": Anything(), "half_life_days": NUMBER,
}  # fmt: skip
_PLAIN = tuple(name for name in FIELDS if name not in ("source", "components", *_THRESHOLDS.values()))

SHAPE = Records(
    Group(
        {
            **{name: _KINDS.get(name, WHOLE) for name in FIELDS if name not in _THRESHOLDS.values()},
            "thresholds": Group(dict.fromkeys(_THRESHOLDS, WHOLE)),
        },
        needed=("name",),
    ),
    called=("name",),
    once=False,
)
Status = ScoringModel.Status


def models_said() -> list[dict[str, Any]]:
    """The models that score, that of all leads first."""
    active = ScoringModel.objects.filter(status=Status.ACTIVE).select_related("source")
    said = [_said(model) for model in active]
    return sorted(said, key=lambda each: (each["source"] is not None, each["name"], each["source"] or ""))


def models_steps(given: list[dict[str, Any]], names: Names) -> list[Step]:
    """One step for each model the document names; the database's own versions of the same name and source beside it."""
    held = defaultdict(list)
    asked = {each["name"] for each in given}
    rows = ScoringModel.objects.filter(name__in=asked, archived_at=None).select_related("source")
    for model in rows.order_by("-number"):
        held[model.name, model.source.name if model.source else None].append(model)
    seen: dict[str, list[str | None]] = defaultdict(list)
    steps = []
    for each in given:
        name, source = each["name"], each.get("source")
        seen[name].append(source)
        path = f"{KEY}[{numbered(name, len(seen[name]))}]"
        if seen[name].count(source) > 1:
            words = _("“%(name)s” stands here twice for the same source") % {"name": name[:60]}
            names.reading.fault(path, words, "duplicate")
        steps.append(_step(path, held[name, source], each, names))
    return steps


def drafts_waiting(given: list[dict[str, Any]]) -> list[str]:
    """The drafts that say what the document says: somebody has to activate them. Asked after the steps were done."""
    wanted = {(each["name"], each.get("source")): each for each in given}
    rows = ScoringModel.objects.filter(
        name__in={name for name, _source in wanted}, status=Status.DRAFT, archived_at=None
    )
    waiting = []
    for model in rows.select_related("source").order_by("name", "number"):
        said = _said(model)
        asked = wanted.get((said["name"], said["source"]))
        if asked is not None and {**said, **_whole(asked, said)} == said:
            waiting.append(str(model))
    return waiting


def _said(model: ScoringModel) -> dict[str, Any]:
    """A model in the words of the document."""
    columns = columns_of(model, _PLAIN)
    return {
        "name": columns.pop("name"),
        "source": model.source.name if model.source else None,
        "method": columns.pop("method"),
        "thresholds": {grade: getattr(model, column) for grade, column in _THRESHOLDS.items()},
        **columns,
        "components": [_component_said(each) for each in model.components],
    }


def _component_said(component: Any) -> Any:
    if not isinstance(component, dict):
        return component
    first = {name: component[name] for name in _FIRST if name in component}
    return {**first, **{name: component[name] for name in sorted(component) if name not in first}}


def _whole(given: Mapping[str, Any], now: Mapping[str, Any]) -> dict[str, Any]:
    """What the document says, thresholds it leaves out as they are."""
    thresholds = {**now["thresholds"], **given.get("thresholds", {})}
    return {**given, "thresholds": thresholds}


def _step(path: str, versions: list[ScoringModel], given: dict[str, Any], names: Names) -> Step:
    active = [model for model in versions if model.status == Status.ACTIVE]
    base = next(iter([*active, *versions]), None)
    now = _said(base) if base is not None else None
    start = now or _said(ScoringModel())
    after = {**start, **_whole(given, start)}
    drafts = [_said(model) for model in versions if model.status == Status.DRAFT]

    def do(by: User | None, values: Mapping[str, Any]) -> None:
        found = dict(after)
        thresholds = found.pop("thresholds")
        found |= {column: thresholds[grade] for grade, column in _THRESHOLDS.items()}
        model_create(by=by, **{**found, "source": names.one("source", found["source"])})

    return Step(path, after if after in drafts else now, after, do)
