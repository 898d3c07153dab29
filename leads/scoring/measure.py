"""The figures that judge a scoring model on leads whose outcome is known."""

from collections import Counter
from collections.abc import Iterable
from fractions import Fraction
from typing import Any, NamedTuple


class Cell(NamedTuple):
    """So many leads have this score and grade; so many of them were converted."""

    score: int
    grade: str
    leads: int
    converted: int


def judged(cells: Iterable[Cell]) -> dict[str, Any]:
    """`{n, grades: [{grade, leads, converted, rate}], auc, lift_top_decile}`; undefined ratios are null."""
    cells = list(cells)
    n = sum(cell.leads for cell in cells)
    return {
        "n": n,
        "grades": [_grade(grade, [cell for cell in cells if cell.grade == grade]) for grade in "ABC"],
        "auc": _number(auc(cells)),
        "lift_top_decile": _number(lift_top_decile(cells)),
    }


def auc(cells: Iterable[Cell]) -> Fraction | None:
    """The chance that a converted lead has a higher score than a lost one, ties counting half; None without both.

    Mann and Whitney's U over the product of both numbers, by mid-ranks: with leads of equal score at the mean of
    the places they share, U is the rank sum of the converted ones less its smallest possible value.
    """
    by_score = _by_score(cells)
    below, ranks, won, lost = 0, Fraction(0), 0, 0
    for _score, (leads, converted) in sorted(by_score.items()):
        ranks += converted * (below + Fraction(leads + 1, 2))
        below += leads
        won += converted
        lost += leads - converted
    if not won or not lost:
        return None
    return (ranks - Fraction(won * (won + 1), 2)) / (won * lost)


def lift_top_decile(cells: Iterable[Cell]) -> Fraction | None:
    """The conversion rate of the ⌈n/10⌉ leads with the highest scores over that of all; None when nobody converted.

    Of leads tied at the cut the expected share counts, as if the tie were drawn by lot.
    """
    by_score = _by_score(cells)
    n = sum(leads for leads, _converted in by_score.values())
    won = sum(converted for _leads, converted in by_score.values())
    if not won:
        return None
    top = left = -(-n // 10)
    found = Fraction(0)
    for _score, (leads, converted) in sorted(by_score.items(), reverse=True):
        taken = min(leads, left)
        found += Fraction(converted * taken, leads)
        left -= taken
    return found / top / Fraction(won, n)


def _by_score(cells: Iterable[Cell]) -> dict[int, tuple[int, int]]:
    leads: Counter[int] = Counter()
    converted: Counter[int] = Counter()
    for cell in cells:
        leads[cell.score] += cell.leads
        converted[cell.score] += cell.converted
    return {score: (leads[score], converted[score]) for score in leads}


def _grade(grade: str, cells: list[Cell]) -> dict[str, Any]:
    leads, converted = sum(cell.leads for cell in cells), sum(cell.converted for cell in cells)
    rate = Fraction(converted, leads) if leads else None
    return {"grade": grade, "leads": leads, "converted": converted, "rate": _number(rate)}


def _number(value: Fraction | None) -> float | None:
    return None if value is None else round(float(value), 6)
