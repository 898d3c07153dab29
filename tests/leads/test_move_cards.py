"""Leads as a board: lanes with totals, by the filters and in the order of the list; cards move by a lead's deeds."""

import re
from collections.abc import Callable
from types import SimpleNamespace

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from leads.models import Lead
from leads.services.defaults import leads_ensure_defaults
from salesflow.lib import fields
from salesflow.lib.lists import board
from tests.api.conftest import make_cast
from tests.leads import cast as scene
from tests.support.pages import browse

__all__ = ["browse"]
pytestmark = pytest.mark.django_db
Browse = Callable[[str], Client]


@pytest.fixture
def cast(db: None) -> SimpleNamespace:
    people = make_cast()
    leads_ensure_defaults()
    scene.default_pool(members=[people.alice, people.bob], managers=[people.mona])
    for number in range(3):
        scene.lead_of(people.alice, company_name=f"Alice {number}", budget=1000, currency="CNY")
    Lead.objects.filter(company_name="Alice 2").update(status="contacted", currency="EUR")
    scene.lead_of(people.charlie, company_name="Charlie")
    return people


def lanes(client: Client, query: str = "") -> dict[str, board.Lane]:
    page = client.get(f"/leads/?layout=board&{query}")
    assert page.status_code == 200
    return {lane.key: lane for lane in page.context["list"].lanes}


def names(lane: board.Lane) -> list[str]:
    return [lead.company_name for lead in lane.page.rows]


def test_each_state_is_a_lane_with_its_number_and_sum(browse: Browse, cast: SimpleNamespace) -> None:
    found = lanes(browse("alice"))
    assert list(found) == [value for value, _label in Lead.Status.choices]
    assert names(found["assigned"]) == ["Alice 1", "Alice 0"] and names(found["contacted"]) == ["Alice 2"]
    assert (found["assigned"].count, found["assigned"].amount) == (2, 2000)
    # amounts in another currency are not added to it, which a plus says
    assert (found["contacted"].count, found["contacted"].amount, found["contacted"].more_than_amount) == (
        1,
        None,
        True,
    )


def test_filters_searches_orderings_and_sight_are_those_of_the_list(
    browse: Browse, cast: SimpleNamespace
) -> None:
    everyone = lanes(browse("mona"))
    assert "Charlie" not in [name for lane in everyone.values() for name in names(lane)]
    assert names(lanes(browse("mona"), "search=Alice+0")["assigned"]) == ["Alice 0"]
    assert names(lanes(browse("alice"), "ordering=created_at")["assigned"]) == ["Alice 0", "Alice 1"]
    assert names(lanes(browse("alice"), "owner=me&status=contacted")["assigned"]) == []
    page = browse("alice").get("/leads/?layout=board&owner=me").content.decode()
    assert 'name="layout" value="board"' in page  # a filter keeps the layout, and so do the views
    assert re.search(r'href="\?owner=me"[^>]*As a list', page) and "owner=me&amp;layout=board" in page


def test_a_lane_reads_on_from_its_last_card(
    browse: Browse, cast: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(board, "CARDS", 1)
    alice = browse("alice")
    page = alice.get("/leads/?layout=board").content.decode()
    (more,) = re.findall(r'hx-get="([^"]*lane=assigned[^"]*)"', page)
    part = alice.get(f"/leads/{more.replace('&amp;', '&')}").content.decode()
    assert "Alice 0" in part and "Alice 1" not in part and "<html" not in part and "hx-get" not in part
    (rest,) = re.findall(r'href="([^"]*)"[^>]*lane=assigned', page)  # without scripts: the list of that state
    assert "Alice 0" in alice.get(f"/leads/{rest.replace('&amp;', '&')}").content.decode()


def test_totals_count_no_further_than_the_list(
    browse: Browse, cast: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(board, "COUNTED", 1)
    lane = lanes(browse("alice"))["assigned"]
    assert lane.count == 2 and lane.count_text == "1+" and str(lane.amount_text).endswith("+")


def test_a_card_offers_the_deeds_of_its_state_by_form_and_by_drag(
    browse: Browse, cast: SimpleNamespace
) -> None:
    found = lanes(browse("alice"))
    assert {move.to: move.asks for move in found["contacted"].moves} == {
        "qualified": False, "converted": True, "disqualified": True, "new": True,
    }  # fmt: skip
    assert [move.to for move in found["converted"].moves] == []
    assert found["new"].moves[0].url_name == "leads:claim"
    assert lanes(browse("mona"))["new"].moves[0].url_name == "leads:assign"
    page = browse("alice").get("/leads/?layout=board").content.decode()
    lead = Lead.objects.get(company_name="Alice 2")
    assert f'form="board-move" formaction="/leads/{lead.pk}/qualify/"' in page
    assert f'href="/leads/{lead.pk}/disqualify/" data-drawer' in page
    assert '"qualified": {"url": "/leads/0/qualify/", "asks": false}' in page


def test_a_deed_is_told_with_the_board_and_a_refusal_at_once(browse: Browse, cast: SimpleNamespace) -> None:
    lead, alice = Lead.objects.get(company_name="Alice 2"), browse("alice")
    assert alice.post(f"/leads/{lead.pk}/qualify/").status_code == 302
    now = alice.get("/leads/?layout=board", headers={"HX-Request": "true", "HX-Target": "board"})
    assert b"<html" not in now.content and "The lead is qualified." in now.headers["HX-Trigger"]
    again = alice.post(f"/leads/{lead.pk}/qualify/", headers={"HX-Request": "true"})
    assert again.status_code == 409 and "cannot make this move" in again.headers["HX-Trigger"]


def test_a_refusal_is_not_lost_behind_what_waited_to_be_told(browse: Browse, cast: SimpleNamespace) -> None:
    lead, alice = Lead.objects.get(company_name="Alice 2"), browse("alice")
    alice.post(f"/leads/{lead.pk}/qualify/")
    told = alice.post(f"/leads/{lead.pk}/qualify/", headers={"HX-Request": "true"}).headers["HX-Trigger"]
    assert "The lead is qualified." in told and "cannot make this move" in told


def test_a_hidden_amount_is_not_summed_nor_shown(
    browse: Browse, cast: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fields, "_rules", {"leads": [(frozenset({"budget"}), lambda user: False)]})
    page = browse("alice").get("/leads/?layout=board")
    assert all(lane.amount is None for lane in page.context["list"].lanes) and b"1,000" not in page.content


def test_a_list_that_is_no_board_stays_a_list_and_takes_no_harm(
    browse: Browse, cast: SimpleNamespace
) -> None:
    assert browse("alice").get("/pool/?layout=board").context["list"].is_board is False
    assert browse("alice").get("/leads/?layout=board&lane=nothing&cursor=x").status_code == 200


def test_a_board_takes_the_same_statements_for_few_and_many(browse: Browse, cast: SimpleNamespace) -> None:
    alice = browse("alice")
    asked = []
    for _turn in range(2):
        alice.get("/leads/?layout=board")
        with CaptureQueriesContext(connection) as caught:
            alice.get("/leads/?layout=board")
        asked.append(len(caught))
        scene.leads_of(cast.alice, 8)
    assert asked[0] == asked[1] <= 20
