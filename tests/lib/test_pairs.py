"""The comparer of tables: told the columns and nothing else, it finds what is one."""

import pytest

from bench.pair_quality import PERSONS, RESTAURANTS, persons, quality, restaurants
from salesflow.lib.pairs import pairs_of
from tests.support.shared import SHARED_DATA, needs_shared_data

PEOPLE = [
    {"name": name, "town": town, "phone": phone}
    for name, town, phone in (
        ("Anna Albers", "Ulm", "0731 4711"), ("Bert Brecht", "Augsburg", "0821 1898"), ("Clara Zetkin", "Ulm", ""),
        ("Dora Maar", "Tours", "0247 1907"), ("Emil Nolde", "Seebuell", "0466 1867"), ("Franz Marc", "Kochel", ""),
    )
]  # fmt: skip


def test_a_mistyped_name_with_the_same_number_is_one() -> None:
    rows = [*PEOPLE, {"name": "Ana Albers", "town": "Ulm", "phone": "0731/4711"}]
    pairs = pairs_of(["name", "town", "phone"], rows)
    assert [(pair.first, pair.second) for pair in pairs] == [(0, 6)]
    parts = {part.name: part.likeness for part in pairs[0].verdict.parts}
    assert parts["phone"] == parts["town"] == 1 and 0.5 < parts["name"] < 1


def test_a_common_town_alone_makes_no_pair_and_what_is_empty_says_nothing() -> None:
    assert pairs_of(["name", "town", "phone"], PEOPLE) == []
    assert pairs_of(["name", "fax"], PEOPLE) == []
    assert pairs_of([], PEOPLE) == [] and pairs_of(["name"], []) == []


@needs_shared_data
def test_restaurants_are_found_at_high_precision() -> None:
    precision, recall = quality(RESTAURANTS, restaurants(SHARED_DATA / "restaurants"))
    assert precision >= 0.95 and recall >= 0.90


@needs_shared_data
@pytest.mark.parametrize("name", ["dataset1.csv"])
def test_persons_are_found_with_no_false_alarm(name: str) -> None:
    precision, recall = quality(PERSONS, persons(SHARED_DATA / "febrl" / name))
    assert precision >= 0.99 and recall >= 0.99
