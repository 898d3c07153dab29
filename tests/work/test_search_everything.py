"""The one search box: what one may see, by any fragment, whatever is typed."""

import html
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from salesflow.lib import search_registry
from tests.leads.cast import default_pool, lead_in_pool, lead_of
from tests.support.pages import HTMX

pytestmark = pytest.mark.django_db
Browse = Callable[..., Client]

HOSTILE = [
    "", " ", "%", "_", "'", "''; DROP TABLE leads_lead; --", "\\", "\x00", "a\x00b", "<script>alert(1)</script>",
    "&|!():*", "a & | b", ":*", "'a':*", "‮abc", "😀", "𠮷", "ﬀ", "é" * 500, "a" * 5000, "\ud83d", "{{ 7*7 }}",
    "%s %(x)s", "../../etc/passwd", "1" * 300, "+86 (138) 0013-8000", "ＡＢＣ", "\u200b", "\n\r\t",
]  # fmt: skip


def found(client: Client, query: str, **headers: str) -> str:
    response = client.get("/search/", {"q": query}, headers=headers)
    assert response.status_code == 200
    return response.content.decode()


def test_a_fragment_finds_ones_own_lead_on_the_page_and_in_the_palette(
    cast: SimpleNamespace, browse: Browse
) -> None:
    lead = lead_of(cast.alice, contact_name="王晓琳", company_name="上海明远科技")
    for query in ("晓琳", "明远", "明"):
        assert lead.get_absolute_url() in found(browse("alice"), query)
        fragment = found(browse("alice"), query, **HTMX)
        assert lead.get_absolute_url() in fragment
        assert 'role="option"' in fragment
        assert "<html" not in fragment


def test_nobody_finds_what_he_may_not_see(cast: SimpleNamespace, browse: Browse) -> None:
    lead = lead_of(cast.alice, company_name="Kestrel Robotics")
    for name, sees in {"alice": True, "mona": True, "dora": True, "admin": True, "auditor": True,
                       "bob": False, "charlie": False, "max": False, "finance": False}.items():  # fmt: skip
        assert (lead.get_absolute_url() in found(browse(name), "kestrel")) is sees, name


def test_a_lead_in_ones_pool_is_found(cast: SimpleNamespace, browse: Browse) -> None:
    default_pool(members=[cast.bob])
    lead = lead_in_pool(company_name="Kestrel Robotics")
    assert lead.get_absolute_url() in found(browse("bob"), "kestrel")
    assert lead.get_absolute_url() not in found(browse("charlie"), "kestrel")


def test_what_is_archived_is_not_found(cast: SimpleNamespace, browse: Browse) -> None:
    from leads.services import lead_archive

    lead = lead_of(cast.alice, company_name="Kestrel Robotics")
    lead_archive(lead=lead, by=cast.alice)
    assert lead.get_absolute_url() not in found(browse("alice"), "kestrel")


def test_an_equal_name_stands_before_one_that_only_holds_the_word(
    cast: SimpleNamespace, browse: Browse
) -> None:
    equal = lead_of(cast.alice, contact_name="Helix", company_name="")
    inside = lead_of(cast.alice, contact_name="Big Helix", company_name="")
    text = found(browse("alice"), "helix", **HTMX)
    assert text.index(equal.get_absolute_url()) < text.index(inside.get_absolute_url())


@pytest.mark.parametrize("query", HOSTILE, ids=range(len(HOSTILE)))
def test_whatever_is_typed_is_a_text_to_look_for(cast: SimpleNamespace, browse: Browse, query: str) -> None:
    lead_of(cast.alice, contact_name="Ada <b>Bold</b>")
    client = browse("alice")
    for headers in ({}, HTMX):
        response = client.get("/search/", {"q": query.encode("utf-8", "surrogatepass")}, headers=headers)
        assert response.status_code == 200
        assert "<script>alert" not in response.content.decode()
        assert "<b>Bold" not in response.content.decode()


def test_raw_bytes_that_are_no_text_are_looked_for_in_vain(browse: Browse) -> None:
    for raw in ("%ff%fe", "%ed%a0%80", "%00", "%C3%28"):
        assert browse("alice").get(f"/search/?q={raw}", headers=HTMX).status_code == 200


def test_what_was_typed_stays_in_the_box(browse: Browse) -> None:
    assert html.escape('a"><i>') in found(browse("alice"), 'a"><i>')


def test_a_stranger_is_sent_to_the_sign_in(client: Client, cast: SimpleNamespace) -> None:
    assert client.get("/search/?q=a").status_code == 302


def test_more_than_fits_leads_on_to_the_list(cast: SimpleNamespace, browse: Browse) -> None:
    for number in range(8):
        lead_of(cast.alice, contact_name=f"Helix {number}")
    client = browse("alice")
    assert found(client, "helix", **HTMX).count('role="option"') == 6
    groups = client.get("/search/?q=helix").context["groups"]
    assert [(len(group.hits), group.more_url) for group in groups] == [(8, "")]
    groups = search_registry.search_all(user=cast.alice, query="helix", limit=6)
    assert [group.more_url for group in groups] == ["/leads/?search=helix"]


def test_a_search_costs_the_same_for_one_hit_and_for_twenty(cast: SimpleNamespace, browse: Browse) -> None:
    client, costs = browse("alice"), []
    for _round in range(3):
        for number in range(7):
            lead_of(cast.alice, contact_name=f"Helix {number}")
        with CaptureQueriesContext(connection) as queries:
            client.get("/search/?q=helix", headers=HTMX)
        costs.append(len(queries))
    assert len(set(costs)) == 1
    assert costs[0] <= 12, [query["sql"][:160] for query in queries.captured_queries]


def test_leads_come_first(cast: SimpleNamespace) -> None:
    kinds: list[Any] = sorted(search_registry._searched.values(), key=lambda each: each.order)
    assert kinds[0].key == "leads"
