"""Typing errors are found among records that share a block; near-equal names of different companies are not."""

import csv
from collections import defaultdict
from collections.abc import Iterable
from itertools import combinations
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from salesflow.lib.text import company_key
from salesflow.lib.text.pinyin import sort_key, syllables
from salesflow.lib.text.similarity import WARN, Named, blocks, score, soundex
from tests.support.shared import SHARED_DATA, needs_shared_data

Pair = frozenset[int]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (Named("北京明远科技有限公司"), Named("名远科技")),
        (Named("明远科技有限公司"), Named("明远")),
        (Named("明远科技有限公司", "张伟"), Named("明远科有限公司", "张伟")),
        (Named("Kestrel Robotics Ltd"), Named("Kestral Robotics GmbH")),
        (Named("Kestrel Robotics"), Named("Kestrel")),
        (Named("Arbor Foods", "John Smith"), Named("Arbour Foods", "Jon Smith")),
        (Named("", "Jonathan Smyth", "Leeds"), Named("", "Jonathon Smyth", "Leeds")),
        (Named("明远科技", "张伟"), Named("明远科技", "Zhang Wei")),
    ],
)
def test_a_typing_error_warns_and_shares_a_block(one: Named, other: Named) -> None:
    likeness = score(one, other)
    assert likeness.score >= WARN and likeness.message
    assert set(blocks(one.company, one.person)) & set(blocks(other.company, other.person)) or not one.person


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (Named("北京大学"), Named("北京交通大学")),
        (Named("北京大学"), Named("北方大学")),
        (Named("山西职业技术学院"), Named("陕西职业技术学院")),
        (Named("济南大学"), Named("暨南大学")),
        (Named("中国石油大学（北京）"), Named("中国石油大学（华东）")),
        (Named("明远科技有限公司"), Named("明远贸易有限公司")),
        (Named("明远科技有限公司"), Named("明达科技有限公司")),
        (Named("第一机床厂"), Named("第二机床厂")),
        (Named("Route 66 Foods"), Named("Route 67 Foods")),
        (Named("Arbor Ltd"), Named("Argon Ltd")),
        (Named("Arbor Foods", "John Smith"), Named("Arbor Foods", "Mary Miller")),
        (Named("", "John Smith", "Leeds"), Named("", "John Smith", "York")),
        (Named("660737"), Named("660738")),
        (Named("", "660737"), Named("", "660737")),
        (Named(), Named()),
    ],
)
def test_another_company_or_person_does_not_warn(one: Named, other: Named) -> None:
    likeness = score(one, other)
    assert likeness.score < WARN and likeness.reason == "unlike"


@given(
    st.builds(Named, st.text(max_size=20), st.text(max_size=12), st.text(max_size=8)), st.text(max_size=20)
)
def test_scoring_is_symmetric_bounded_and_never_fails(one: Named, text: str) -> None:
    other = Named(text, text[::-1])
    assert score(one, other).score == score(other, one).score
    assert 0 <= score(one, one).score <= 100
    for found in blocks(text, one.person), blocks(one.company, one.person):
        assert len(found) <= 12 and all(0 < len(block) <= 40 for block in found)


@pytest.mark.parametrize(
    ("word", "code"),
    [("robert", "r163"), ("rupert", "r163"), ("ashcraft", "a261"), ("tymczak", "t522"), ("lee", "l000")],
)
def test_soundex_is_the_american_one(word: str, code: str) -> None:
    assert soundex(word) == code


def test_names_are_sorted_by_sound_beside_letters() -> None:
    names = ["张三", "Zoe", "阿里", "单田芳", "重庆", "Émile", "王五", "adam"]
    assert sorted(names, key=sort_key) == ["阿里", "adam", "重庆", "Émile", "单田芳", "王五", "张三", "Zoe"]
    assert syllables("重庆abc银行") == ["chong", "qing", "abc", "yin", "hang"]


def compared(records: dict[int, Named]) -> tuple[set[Pair], set[Pair]]:
    """All pairs that share a block, and those among them that would warn."""
    members: dict[str, list[int]] = defaultdict(list)
    for number, record in records.items():
        for block in blocks(record.company, record.person):
            members[block].append(number)
    pairs = {frozenset(pair) for group in members.values() for pair in combinations(group, 2)}
    return pairs, {pair for pair in pairs if score(*(records[number] for number in pair)).score >= WARN}


def read(path: Path, **options) -> Iterable[dict[str, str]]:  # type: ignore[no-untyped-def]
    with path.open(encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file, **options)


@needs_shared_data
def test_the_universities_are_2739_different_ones() -> None:
    rows = read(SHARED_DATA / "cn_universities/universities_utf8_nobom_crlf.csv", fieldnames=["no", "name"])
    names = sorted({row["name"].strip() for row in rows})
    assert len({company_key(name) for name in names}) == len(names)
    _, warned = compared({number: Named(name) for number, name in enumerate(names)})
    assert len(warned) <= 3


@needs_shared_data
def test_febrl_persons_are_found_with_hardly_a_false_alarm() -> None:
    records, originals = {}, defaultdict(list)
    for number, row in enumerate(read(SHARED_DATA / "febrl/dataset1.csv", skipinitialspace=True)):
        records[number] = Named("", f"{row['given_name']} {row['surname']}", row["suburb"])
        originals[row["rec_id"].split("-")[1]].append(number)
    true = {frozenset(pair) for group in originals.values() for pair in combinations(group, 2)}
    _, warned = compared(records)
    assert len(warned & true) > 0.74 * len(true)
    assert len(warned & true) > 0.98 * len(warned)


@needs_shared_data
def test_restaurants_are_found_by_name_and_city() -> None:
    rows = read(SHARED_DATA / "restaurants/restaurants.tsv", delimiter="\t")
    records = {int(row["id"]): Named(row["name"], "", row["city"]) for row in rows}
    numbers = sorted(map(int, (SHARED_DATA / "restaurants/restaurants_gs_dubs.txt").read_text().split()))
    true = {frozenset(numbers[at : at + 2]) for at in range(0, len(numbers), 2)}
    pairs, warned = compared(records)
    assert len(pairs & true) > 0.98 * len(true)
    assert len(warned & true) > 0.85 * len(true)
    assert len(warned & true) > 0.78 * len(warned)
