"""One chooses the columns of a list; the address holds them, a view keeps them, and nothing hidden is to be had."""

from collections.abc import Callable
from types import SimpleNamespace

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from leads.services.defaults import leads_ensure_defaults
from salesflow.work.models import CustomField
from tests.api.conftest import cast
from tests.leads.cast import lead_of
from tests.support.pages import browse

__all__ = ["browse", "cast"]
pytestmark = pytest.mark.django_db
Browse = Callable[..., Client]


@pytest.fixture(autouse=True)
def some_leads(cast: SimpleNamespace) -> None:
    leads_ensure_defaults()
    CustomField.objects.create(resource="leads", key="seats", label="Seats")
    for number in range(5):
        lead_of(cast.alice, contact_name=f"Lead {number}", city="Kunming", email=f"l{number}@x.example",
                custom={"seats": 7000 + number})  # fmt: skip


def shown(client: Client, query: str) -> list[str]:
    return [column.key for column in client.get(f"/leads/?{query}").context["list"].columns]


def test_ticked_boxes_become_one_word_of_the_address_beside_all_else(browse: Browse) -> None:
    answer = browse("alice").get("/leads/?grade=C&columns=score&column=city&column=custom.seats")
    assert answer.headers["Location"] == "/leads/?grade=C&columns=city,custom.seats"


def test_the_chosen_columns_stand_behind_the_name_in_their_order(browse: Browse) -> None:
    alice = browse("alice")
    assert shown(alice, "columns=custom.seats,city,email") == [
        "contact_name",
        "custom.seats",
        "city",
        "email",
    ]
    page = alice.get("/leads/?columns=custom.seats,city,email").content.decode()
    assert "7003" in page and "Kunming" in page and "l3@x.example" in page


def test_on_a_phone_the_first_of_them_take_the_places_of_a_row(browse: Browse) -> None:
    columns = browse("alice").get("/leads/?columns=city,email,title,region").context["list"].columns
    assert [column.phone for column in columns] == ["1l", "2l", "1r", "2r", ""]


def test_columns_that_are_none_are_passed_over_and_without_any_the_usual_ones_stand(browse: Browse) -> None:
    alice = browse("alice")
    usual = shown(alice, "")
    assert shown(alice, "columns=nothing,email_key,owner.password") == usual
    assert shown(alice, "columns=city,city,nothing") == ["contact_name", "city"]


def test_a_view_keeps_its_columns_and_they_narrow_nothing(browse: Browse) -> None:
    alice = browse("alice")
    typed = {"resource": "leads", "name": "Places", "query": "columns=city", "next": "/leads/"}
    alice.post("/saved-views/save/", typed)
    answer = alice.get("/leads/?columns=city")
    assert answer.context["list"].saved_here["label"] == "Places"
    assert answer.context["list"].count == 5 and not answer.context["list"].is_filtered


def test_the_pool_does_not_offer_how_to_reach_a_lead(browse: Browse) -> None:
    answer = browse("alice").get("/pool/?columns=email,mobile,title")
    assert [column.key for column in answer.context["list"].columns] == ["contact_name", "title"]


def test_every_column_costs_the_same_few_statements_for_one_row_and_for_many(browse: Browse) -> None:
    alice = browse("alice")
    choice = alice.get("/leads/?ordering=id").context["list"].column_choice
    query = "columns=" + ",".join(column.key for column, _shown in choice)

    def statements(size: int) -> int:
        with CaptureQueriesContext(connection) as caught:
            assert alice.get(f"/leads/?{query}&page_size={size}").status_code == 200
        return len(caught)

    statements(1)
    assert statements(1) == statements(4) <= 12
