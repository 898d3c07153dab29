"""Customers, contacts and opportunities are edited in the cells of their lists, by their own forms and services."""

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
from django.test import Client

from contacts.services import contact_create, customer_create, opportunity_create
from tests.contacts.conftest import again

Browse = Callable[..., Client]


@pytest.fixture
def records(cast: SimpleNamespace) -> dict[str, Any]:
    by = again(cast.alice)
    customer = customer_create(by=by, values={"name": "Arbor", "city": "Ulm"})
    contact = contact_create(customer=customer, by=by, values={"name": "Noah"})
    deal = opportunity_create(
        customer=customer, by=by, values={"name": "Ten arms", "amount": 1000, "currency": "EUR"}
    )
    return {"customers": customer, "contacts": contact, "opportunities": deal}


CELLS = [
    ("customers", "industry", {"industry": "Robots"}, "Robots"),
    ("contacts", "phone", {"phone": "13800138000"}, "+8613800138000"),
    ("opportunities", "amount currency", {"amount": "2500", "currency": "USD"}, "2"),
    ("opportunities", "expected_close", {"expected_close": "2031-05-06"}, "2031"),
]


@pytest.mark.parametrize(("kind", "field", "typed", "shown"), CELLS)
def test_a_cell_is_saved_and_its_row_drawn_anew(
    browse: Browse, records: dict[str, Any], kind: str, field: str, typed: dict[str, str], shown: str
) -> None:
    record, alice = records[kind], browse("alice")
    address = f"/{kind}/{record.pk}/cell/"
    assert f'data-edit="{field}"' in alice.get(f"/{kind}/").content.decode()
    assert next(iter(typed)) in alice.get(address, {"field": field}).content.decode()
    answer = alice.post(address, {"field": field, "list": kind, "version": record.version, **typed})
    assert answer.status_code == 200 and shown in answer.content.decode()
    assert f'data-id="{record.pk}"' in answer.content.decode()


@pytest.mark.parametrize("kind", ["customers", "contacts", "opportunities"])
def test_others_do_not_meet_it_and_a_stale_edit_shows_both(
    browse: Browse, records: dict[str, Any], kind: str
) -> None:
    record, address = records[kind], f"/{kind}/{records[kind].pk}/cell/"
    typed = {"field": "name", "list": kind, "version": record.version, "name": "Theirs"}
    assert browse("charlie").post(address, typed).status_code == 404
    mona, alice = browse("mona"), browse("alice")
    assert mona.post(address, typed).status_code == 200
    answer = alice.post(address, {**typed, "name": "Mine"})
    assert answer.status_code == 409
    assert "<b>Theirs</b>" in answer.content.decode() and 'value="Mine"' in answer.content.decode()


def test_an_owner_is_chosen_from_those_one_may_give_it_to(
    browse: Browse, records: dict[str, Any], cast: Any
) -> None:
    customer = records["customers"]
    address = f"/customers/{customer.pk}/cell/"
    typed = {"field": "owner", "list": "customers", "version": customer.version, "owner": cast.bob.pk}
    assert browse("alice").post(address, typed).status_code == 400
    answer = browse("mona").post(address, typed)
    assert answer.status_code == 200 and cast.bob.name in answer.content.decode()
