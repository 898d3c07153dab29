"""The figures that judge a scoring model on leads whose outcome is known."""

from collections import Counter
from collections.abc import Iterable, Mapping
from fractions import Fraction
from typing import Any, NamedTuple


class Cell(NamedTuple):
    """So many leads have this score and grade; so many of them were converted."""

    score: int
    grade: str
    leads: int
    converted: int


def judged(cells: Iterable[Cell]) -> dict[str, Any]:
    """`{n, grades: [{grade, leads, converted, rate}], auc, lift_top_decile, tenths}`; undefined ratios are null."""
    cells = list(cells)
    n = sum(cell.leads for cell in cells)
    return {
        "n": n,
        "grades": [_grade(grade, [cell for cell in cells if cell.grade == grade]) for grade in "ABC"],
        "auc": _number(auc(cells)),
        "lift_top_decile": _number(lift_top_decile(cells)),
        "tenths": tenths(cells),
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
    n, won = _sums(by_score)
    if not won:
        return None
    top = -(-n // 10)
    return _expected(by_score, top) / top / Fraction(won, n)


def tenths(cells: Iterable[Cell]) -> list[dict[str, Any]]:
    """The leads in ten parts from the highest score down: `{tenth, leads, converted, rate, captured}`.

    `captured` is the share of all conversions that this part and those before it hold. Of leads tied at a cut the
    expected share counts, so that `converted` need not be whole. Fewer than ten leads make fewer parts.
    """
    by_score = _by_score(cells)
    n, won = _sums(by_score)
    parts, before, had = [], 0, Fraction(0)
    for tenth in range(1, 11):
        top = -(-n * tenth // 10)
        if top == before:
            continue
        has = _expected(by_score, top)
        parts.append(
            {
                "tenth": tenth,
                "leads": top - before,
                "converted": _number(has - had),
                "rate": _number((has - had) / (top - before)),
                "captured": _number(has / won) if won else None,
            }
        )
        before, had = top, has
    return parts


def _expected(by_score: Mapping[int, tuple[int, int]], top: int) -> Fraction:
    """How many of the `top` leads with the highest scores were converted, a tie at the cut as if drawn by lot."""
    found = Fraction(0)
    for _score, (leads, converted) in sorted(by_score.items(), reverse=True):
        taken = min(leads, top)
        found += Fraction(converted * taken, leads)
        top -= taken
    return found


def _sums(by_score: Mapping[int, tuple[int, int]]) -> tuple[int, int]:
    """All leads, and the converted ones."""
    return sum(leads for leads, _won in by_score.values()), sum(won for _leads, won in by_score.values())


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
