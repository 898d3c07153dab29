"""The figures that judge a model agree with their definitions, counted by hand."""

import random
from fractions import Fraction
from itertools import product

from hypothesis import given
from hypothesis import strategies as st

from leads.scoring.measure import Cell, auc, judged, lift_top_decile, tenths

PAST = st.lists(st.tuples(st.integers(0, 12), st.integers(0, 1)), max_size=60)


def cells(past: list[tuple[int, int]]) -> list[Cell]:
    return [Cell(score, "A" if score >= 8 else "C", 1, outcome) for score, outcome in past]


@given(PAST)
def test_auc_is_the_share_of_pairs_in_the_right_order_ties_half(past: list[tuple[int, int]]) -> None:
    won = [score for score, outcome in past if outcome]
    lost = [score for score, outcome in past if not outcome]
    pairs = [
        Fraction(1) if a > b else Fraction(1, 2) if a == b else Fraction(0) for a, b in product(won, lost)
    ]
    assert auc(cells(past)) == (sum(pairs, Fraction(0)) / len(pairs) if pairs else None)


@given(PAST)
def test_lift_is_the_expected_rate_of_the_best_tenth_over_that_of_all(past: list[tuple[int, int]]) -> None:
    found = lift_top_decile(cells(past))
    won = sum(outcome for _score, outcome in past)
    if not won:
        assert found is None
        return
    top = -(-len(past) // 10)
    cut = sorted((score for score, _outcome in past), reverse=True)[top - 1]
    above = [outcome for score, outcome in past if score > cut]
    tied = [outcome for score, outcome in past if score == cut]
    expected = sum(above) + Fraction((top - len(above)) * sum(tied), len(tied))
    assert found == expected / top / Fraction(won, len(past))


@given(PAST)
def test_the_tenths_are_all_leads_and_all_conversions_and_the_first_is_the_lift(
    past: list[tuple[int, int]],
) -> None:
    parts, won = tenths(cells(past)), sum(outcome for _score, outcome in past)
    assert sum(part["leads"] for part in parts) == len(past)
    assert abs(sum(part["converted"] for part in parts) - won) < 1e-4
    lift = lift_top_decile(cells(past))
    if lift is None:
        assert all(part["captured"] is None for part in parts)
        return
    shares = [part["captured"] for part in parts]
    assert shares == sorted(shares) and shares[-1] == 1
    assert abs(parts[0]["rate"] / (won / len(past)) - float(lift)) < 1e-4


def test_tenths_of_twenty_leads_counted_by_hand() -> None:
    past = [(9, 1), (9, 1), (8, 1), (8, 0)] + [(5, 1), *[(5, 0)] * 3] + [(1, 0)] * 12
    found = [(part["leads"], part["converted"], part["captured"]) for part in tenths(cells(past))]
    assert found == [(2, 2.0, 0.5), (2, 1.0, 0.75), (2, 0.5, 0.875), (2, 0.5, 1.0), *[(2, 0.0, 1.0)] * 6]


def test_the_expected_share_is_what_drawing_lots_gives_on_average() -> None:
    past = (
        [(9, 1)] * 3 + [(5, 1)] * 4 + [(5, 0)] * 8 + [(1, 0)] * 85
    )  # ten of a hundred: 3 above, 7 of 12 tied
    rng = random.Random(7)
    drawn = []
    for _each in range(4000):
        ranked = sorted(past, key=lambda each: (-each[0], rng.random()))
        drawn.append(sum(outcome for _score, outcome in ranked[:10]) / 10 / 0.07)
    assert abs(sum(drawn) / len(drawn) - float(lift_top_decile(cells(past)))) < 0.05


def test_ratios_without_a_base_are_null() -> None:
    assert judged([]) == {
        "n": 0,
        "grades": [{"grade": grade, "leads": 0, "converted": 0, "rate": None} for grade in "ABC"],
        "auc": None,
        "lift_top_decile": None,
        "tenths": [],
    }
    assert judged(cells([(5, 1), (3, 1)]))["auc"] is None
    assert judged(cells([(5, 0), (3, 0)]))["lift_top_decile"] is None
