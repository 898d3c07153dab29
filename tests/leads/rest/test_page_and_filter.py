"""`GET /leads/` and its count: filters, orderings, cursors both ways while leads come and go."""

from types import SimpleNamespace
from typing import Any

import pytest

from leads.models import Lead
from tests.api.conftest import codes
from tests.leads.cast import leads_of
from tests.leads.rest.conftest import Call, lead_in_pool, lead_of


def ids(call: Call, query: str, who: str = "alice") -> list[int]:
    answer = call(who).get(f"leads/?{query}")
    assert answer.status_code == 200, answer.content
    counted = call(who).get(f"leads/count/?{query}")
    found = [lead["id"] for lead in answer.json()["results"]]
    assert counted.json() == {"count": len(found)}
    return found


def test_filters_are_named_after_fields_and_count_counts_the_same(call: Call, cast: SimpleNamespace) -> None:
    a = lead_of(cast.alice, grade="A", score=80, country="CN", outcome=1, tags=["fair"], external_id="x-1")
    b = lead_of(cast.alice, grade="B", score=40, country="DE", returned_count=2)
    pooled = lead_in_pool(grade="A")
    everything = {a.pk, b.pk, pooled.pk}
    expected: dict[str, set[int]] = {
        "": everything,
        "grade=A": {a.pk, pooled.pk},
        "grade=A,B": everything,
        "grade=A&grade=B": everything,
        f"owner={cast.alice.pk}": {a.pk, b.pk},
        "owner=me": {a.pk, b.pk},
        "owner=none": {pooled.pk},
        f"owner=none,{cast.alice.pk}": everything,
        "owner=0": set(),
        "in_pool=true": {pooled.pk},
        "in_pool=false": {a.pk, b.pk},
        f"pool={cast.pool.pk}": {pooled.pk},
        "outcome=1": {a.pk},
        "status=new": {pooled.pk},
        "country=CN,DE": {a.pk, b.pk},
        "tags=fair": {a.pk},
        "external_id=x-1": {a.pk},
        "score=80": {a.pk},
        "score_min=41": {a.pk},
        "returned_count=2": {b.pk},
        "created_after=2020-01-01": everything,
        "created_before=2020-01-01": set(),
        "created_after=2020-01-01T00:00:00%2B08:00&created_before=2999-01-01": everything,
        "converted_after=2020-01-01": set(),
        "updated_after=2020-01-01": everything,
        "grade=A&in_pool=true": {pooled.pk},
        "grade=": everything,
    }
    for query, found in expected.items():
        assert set(ids(call, query)) == found, query


@pytest.mark.parametrize(
    ("query", "error"),
    [
        ("colour=red", ("colour", "unknown_filter")),
        ("owner__email=x", ("owner__email", "unknown_filter")),
        ("grade=Z", ("grade", "invalid_choice")),
        ("owner=alice", ("owner", "invalid")),
        ("owner=%D9%A3", ("owner", "invalid")),
        ("owner=99999999999999999999", ("owner", "invalid")),
        ("owner=" + ",".join(["1"] * 201), ("owner", "too_many_values")),
        ("in_pool=perhaps", ("in_pool", "invalid")),
        ("outcome=NaN", ("outcome", "invalid")),
        ("outcome=1e400", ("outcome", "max_digits")),
        ("score_min=Infinity", ("score_min", "invalid")),
        ("created_after=yesterday", ("created_after", "invalid")),
        ("city=%00", ("city", "null_characters_not_allowed")),
        ("ordering=email", ("ordering", "unknown_ordering")),
        ("ordering=score,id", ("ordering", "unknown_ordering")),
        ("ordering=%00", ("ordering", "unknown_ordering")),
        ("search=%00", ("search", "invalid")),
        ("page_size=0", ("page_size", "invalid")),
        ("page_size=-1", ("page_size", "invalid")),
        ("page_size=%D9%A3", ("page_size", "invalid")),
        ("page_size=1e2", ("page_size", "invalid")),
        ("cursor=x", ("cursor", "invalid_cursor")),
        ("cursor=AAAA", ("cursor", "invalid_cursor")),
        ("cursor=W10", ("cursor", "invalid_cursor")),
        ("cursor=bnVsbA", ("cursor", "invalid_cursor")),
        ("cursor=%00", ("cursor", "invalid_cursor")),
        ("archived=perhaps", ("archived", "invalid")),
    ],
)
def test_what_the_list_does_not_know_is_a_400_and_so_it_is_for_the_count(
    call: Call, query: str, error: tuple[str, str]
) -> None:
    for address in ("leads/", "leads/count/"):
        answer = call("alice").get(f"{address}?{query}")
        assert (answer.status_code, codes(answer)) == (400, [error])


def walked(call: Call, url: str, way: str) -> list[list[int]]:
    pages = []
    while url:
        page = call("alice").get(url).json()
        pages.append([lead["id"] for lead in page["results"]])
        url = page[way]
    return pages


@pytest.mark.parametrize(
    "ordering",
    [
        "created_at",
        "-created_at",
        "score",
        "-score",
        "first_contact_due_at",
        "-first_contact_due_at",
        "id",
        "-id",
    ],
)
def test_cursors_lead_through_everything_forth_and_back(
    call: Call, cast: SimpleNamespace, ordering: str
) -> None:
    leads_of(cast.alice, 5, score=50)
    for score in (10, 90):
        lead_of(cast.alice, score=score)
    Lead.objects.filter(score=50).update(first_contact_due_at=None)
    forth = walked(call, f"leads/?ordering={ordering}&page_size=3", "next")
    assert [len(page) for page in forth] == [3, 3, 1]
    assert len({pk for page in forth for pk in page}) == 7
    second = call("alice").get(f"leads/?ordering={ordering}&page_size=3").json()["next"]
    last = call("alice").get(second).json()["next"]
    assert walked(call, last, "previous") == forth[::-1]


def test_a_page_does_not_shift_when_leads_come_and_go(call: Call, cast: SimpleNamespace) -> None:
    leads = leads_of(cast.alice, 6)
    page = call("alice").get("leads/?ordering=-id&page_size=2").json()
    lead_of(cast.alice)
    assert call("alice").delete(f"leads/{leads[4].pk}/").status_code == 204
    after = call("alice").get(page["next"]).json()
    assert [lead["id"] for lead in after["results"]] == [leads[3].pk, leads[2].pk]
    before = call("alice").get(after["previous"]).json()
    assert leads[5].pk in [lead["id"] for lead in before["results"]]


def test_a_cursor_of_another_ordering_is_none_of_this(call: Call, cast: SimpleNamespace) -> None:
    leads_of(cast.alice, 3)
    following = call("alice").get("leads/?ordering=-id&page_size=1").json()["next"]
    answer: Any = call("alice").get(following.replace("ordering=-id", "ordering=score"))
    assert codes(answer) == [("cursor", "invalid_cursor")]


def test_a_cursor_keeps_the_filters(call: Call, cast: SimpleNamespace) -> None:
    leads_of(cast.alice, 2, grade="A")
    leads_of(cast.alice, 2, grade="B")
    page = call("alice").get("leads/?grade=A&page_size=1").json()
    following = call("alice").get(page["next"]).json()
    assert {lead["grade"] for lead in page["results"] + following["results"]} == {"A"}
    assert following["next"] is None


def test_a_page_has_at_most_500(call: Call, cast: SimpleNamespace) -> None:
    leads_of(cast.alice, 501)
    for size, length in (("", 50), ("page_size=500", 500), ("page_size=5000", 500), ("page_size=1", 1)):
        assert len(call("alice").get(f"leads/?{size}").json()["results"]) == length
    assert call("alice").get("leads/count/").json() == {"count": 501}


@pytest.mark.parametrize(
    ("query", "found"),
    [("晓", 1), ("明远", 1), ("mingy", 1), ("8001", 1), ("x-7", 1), ("nothing", 0), ("%25", 0)],
)
def test_search_finds_fragments_chinese_and_latin(
    call: Call, cast: SimpleNamespace, query: str, found: int
) -> None:
    lead_of(
        cast.alice, contact_name="王晓琳", company_name="上海明远", email="w@mingyuan.example",
        phone="+8613800138000", external_id="x-7",
    )  # fmt: skip
    lead_of(cast.alice, contact_name="Ken", company_name="Kestrel")
    assert len(ids(call, f"search={query}")) == found


def test_each_sees_his_own_share(call: Call, cast: SimpleNamespace) -> None:
    mine, mates, others, pooled = (
        lead_of(cast.alice),
        lead_of(cast.bob),
        lead_of(cast.charlie),
        lead_in_pool(),
    )
    everything = {mine.pk, mates.pk, others.pk, pooled.pk}
    expected = {
        "alice": {mine.pk, pooled.pk}, "charlie": {others.pk, pooled.pk}, "mona": {mine.pk, mates.pk, pooled.pk},
        "dora": {mine.pk, mates.pk}, "admin": everything, "auditor": everything, "finance": set(),
    }  # fmt: skip
    for who, seen in expected.items():
        assert set(ids(call, "", who)) == seen, who
