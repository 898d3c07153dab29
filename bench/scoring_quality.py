"""How well the model for online courses tells past leads apart, beside a logistic regression on the same columns.

    python -m bench.scoring_quality

Bands and points were set by hand, coarsely, and adjusted while looking at the half of the file with even lead numbers;
the rates per value of the whole file were known before, so the odd half is no blind test, only a check that nothing
was fitted to single leads. The regression sees every value as a column of its own; it is trained on the even half and
judged on the odd one, and once more by 5-fold cross-validation within the odd half.
Needs a database it may create another beside (`DATABASE_URL`).
"""

import os
from collections.abc import Callable, Sequence
from typing import Any

import django
import numpy as np

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "salesflow.settings")
django.setup()

from django.db import connection  # noqa: E402

from bench.online_courses import past_leads  # noqa: E402
from leads.models import Lead, ScoringModel  # noqa: E402
from leads.scoring.examples import example_model  # noqa: E402
from leads.scoring.measure import Cell, auc, lift_top_decile  # noqa: E402
from leads.services import backtest, model_create  # noqa: E402

FOLDS = 5


def main() -> None:
    name = connection.settings_dict["NAME"]
    connection.creation.create_test_db(verbosity=0, autoclobber=True, serialize=False)
    try:
        leads = list(past_leads())
        halves = {"even": [], "odd": []}
        for lead in leads:
            halves["odd" if int(lead.external_id) % 2 else "even"].append(lead)
        model = model_create(by=None, **example_model("online_courses"))
        for title, half in {"all": leads, **halves}.items():
            Lead.objects.all().delete()
            Lead.objects.bulk_create(Lead(**_values(lead)) for lead in half)
            _print(f"points, {title}", backtest(model=model, by=None))
        default = ScoringModel.objects.get(status="active")
        _print("default model, odd", backtest(model=default, by=None))
        _regression(leads, halves)
    finally:
        connection.creation.destroy_test_db(name, verbosity=0)


def _values(lead: Lead) -> dict[str, Any]:
    names = (
        "external_id",
        "contact_name",
        "outcome",
        "custom",
        "behaviour",
        "source_detail",
        "industry",
        "country",
        "city",
    )
    return {name: getattr(lead, name) for name in names}


def _print(title: str, result: dict[str, Any]) -> None:
    grades = "  ".join(
        f"{each['grade']} {each['converted']}/{each['leads']} = {each['rate']:.1%}"
        for each in result["grades"]
        if each["leads"]
    )
    print(
        f"{title}: n {result['n']}  {grades}  AUC {result['auc']:.4f}  lift {result['lift_top_decile']:.3f}"
    )


def _regression(leads: list[Lead], halves: dict[str, list[Lead]]) -> None:
    odd = halves["odd"]
    _judge("regression, trained on the even half, judged on the odd", *_trained(halves["even"], odd))
    order = np.random.default_rng(1).permutation(len(odd))
    chances, outcomes = [], []
    for fold in range(FOLDS):
        held = set(order[fold::FOLDS])
        learnt = [lead for place, lead in enumerate(odd) if place not in held]
        judged_on = [odd[place] for place in sorted(held)]
        guess, known = _trained(learnt, judged_on)
        chances.append(guess)
        outcomes.append(known)
    _judge(f"regression, {FOLDS}-fold within the odd half", np.concatenate(chances), np.concatenate(outcomes))


def _judge(title: str, chances: np.ndarray, outcomes: np.ndarray) -> None:
    ranks = np.unique(chances, return_inverse=True)[1]
    cells = [Cell(int(rank), "A", 1, int(won)) for rank, won in zip(ranks, outcomes, strict=True)]
    print(f"{title}: AUC {float(auc(cells)):.4f}  lift {float(lift_top_decile(cells)):.3f}")


def _trained(learnt: Sequence[Lead], judged_on: Sequence[Lead]) -> tuple[np.ndarray, np.ndarray]:
    columns = _columns(learnt)
    x, y = _matrix(learnt, columns)
    weights = _fit(x, y)
    x, y = _matrix(judged_on, columns)
    return 1 / (1 + np.exp(-x @ weights)), y


def _fit(x: np.ndarray, y: np.ndarray, ridge: float = 1.0, rounds: int = 50) -> np.ndarray:
    """Ridge-penalised maximum likelihood by Newton's method (iteratively reweighted least squares)."""
    weights = np.zeros(x.shape[1])
    penalty = ridge * np.eye(x.shape[1])
    penalty[0, 0] = 0
    for _round in range(rounds):
        chance = 1 / (1 + np.exp(-x @ weights))
        slope = x.T @ (y - chance) - penalty @ weights
        bend = (x * (chance * (1 - chance))[:, None]).T @ x + penalty
        step = np.linalg.solve(bend, slope)
        weights += step
        if np.abs(step).max() < 1e-8:
            break
    return weights


def _columns(leads: Sequence[Lead]) -> list[Callable[[Lead], float]]:
    """1, each number (and its root, and whether it is known), each value of each text that ten leads have."""
    columns: list[Callable[[Lead], float]] = [lambda lead: 1.0]
    for key, scale in (("visits", 10.0), ("site_seconds", 1000.0), ("pages_per_visit", 5.0)):
        columns.append(lambda lead, key=key, scale=scale: float(lead.behaviour.get(key) or 0) / scale)
        columns.append(
            lambda lead, key=key, scale=scale: (float(lead.behaviour.get(key) or 0) / scale) ** 0.5
        )
        columns.append(lambda lead, key=key: float(key in lead.behaviour))
    for read in (
        lambda lead: lead.source_detail.lower(), lambda lead: lead.industry, lambda lead: lead.country,
        lambda lead: lead.city, lambda lead: lead.custom.get("occupation", ""),
    ):  # fmt: skip
        seen: dict[str, int] = {}
        for lead in leads:
            seen[read(lead)] = seen.get(read(lead), 0) + 1
        for value in sorted(value for value, number in seen.items() if number >= 10):
            columns.append(lambda lead, read=read, value=value: float(read(lead) == value))
    return columns


def _matrix(leads: Sequence[Lead], columns: list[Callable[[Lead], float]]) -> tuple[np.ndarray, np.ndarray]:
    x = np.array([[column(lead) for column in columns] for lead in leads])
    return x, np.array([float(lead.outcome) for lead in leads])


if __name__ == "__main__":
    main()
