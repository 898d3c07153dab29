"""`customers`, `contacts`, `opportunities`: made, read, found, edited, archived, each as far as one's scope goes."""

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from contacts.models import Contact, Customer, Opportunity
from contacts.services import contact_create, customer_create, opportunity_create
from tests.api.conftest import Caller
from tests.contacts.conftest import again

Call = Callable[..., Caller]


def test_a_customer_is_made_read_and_edited(call: Call, cast: SimpleNamespace) -> None:
    alice = call("alice")
    made = alice.post("customers/", {"name": "Arbor Robotics Ltd", "city": "Ulm", "custom": {"size": "big"}})
    assert made.status_code == 201, made.content
    body = made.json()
    assert (body["owner"], body["version"], body["custom"]) == (cast.alice.pk, 1, {"size": "big"})
    assert made["Location"].endswith(f"/api/v1/customers/{body['id']}/")
    read = alice.get(f"customers/{body['id']}/")
    assert read.json() == body and read["ETag"] == '"1"'
    edited = alice.patch(f"customers/{body['id']}/", {"city": "Bonn"}, headers={"If-Match": '"1"'})
    assert (edited.status_code, edited.json()["city"], edited.json()["version"]) == (200, "Bonn", 2)
    stale = alice.patch(f"customers/{body['id']}/", {"city": "Ulm"}, headers={"If-Match": '"1"'})
    assert stale.status_code == 412


def test_a_double_is_refused_unless_one_insists(call: Call) -> None:
    alice = call("alice")
    first = alice.post("customers/", {"name": "Arbor"}).json()["id"]
    refused = alice.post("customers/", {"name": "ARBOR Ltd"})
    assert (refused.status_code, refused.json()["code"]) == (409, "duplicate")
    assert refused.json()["matches"] == [{"id": first, "visible": True}]
    assert call("charlie").post("customers/", {"name": "Arbor"}).json()["matches"] == [
        {"id": None, "visible": False}
    ]
    assert alice.post("customers/", {"name": "ARBOR Ltd", "allow_duplicate": True}).status_code == 201


def test_people_and_opportunities_at_a_customer(call: Call, cast: SimpleNamespace) -> None:
    alice = call("alice")
    customer = alice.post("customers/", {"name": "Arbor"}).json()["id"]
    contact = alice.post("contacts/", {"customer": customer, "name": "Noah", "phone": "138 0013 8000"})
    assert (contact.status_code, contact.json()["phone"]) == (201, "+8613800138000")
    deal = alice.post(
        "opportunities/",
        {"customer": customer, "contact": contact.json()["id"], "name": "Arms", "amount": "10.50"},
    )
    assert deal.status_code == 201, deal.content
    assert (deal.json()["amount"], deal.json()["currency"], deal.json()["state"]) == ("10.50", "CNY", "open")
    edited = alice.patch(f"opportunities/{deal.json()['id']}/", {"expected_close": "2027-01-31"})
    assert edited.json()["expected_close"] == "2027-01-31"


@pytest.mark.parametrize(
    "path, body, field",
    [
        ("customers/", {}, "name"),
        ("customers/", {"name": "x", "credit_code": "123"}, "credit_code"),
        ("customers/", {"name": "x", "moon": 1}, "moon"),
        ("customers/", {"name": "x", "owner": 99999}, "owner"),
        ("contacts/", {"name": "x"}, "customer"),
        ("contacts/", {"name": "x", "customer": 99999}, "customer"),
        ("contacts/", {"name": "x", "customer": 0, "email": "nowhere"}, "email"),
        ("contacts/", {"name": "x", "customer": 0, "phone": "ask her"}, "phone"),
        ("opportunities/", {"name": "x", "customer": 0, "amount": "-1"}, "amount"),
        ("opportunities/", {"name": "x", "customer": 0, "amount": "NaN"}, "amount"),
        ("opportunities/", {"name": "x", "customer": 0, "currency": "ZZZ"}, "currency"),
    ],
)
def test_what_is_wrong_is_named(
    call: Call, cast: SimpleNamespace, path: str, body: dict[str, Any], field: str
) -> None:
    customer = customer_create(by=again(cast.alice), values={"name": "Arbor"})
    body = {**body, "customer": customer.pk} if body.get("customer") == 0 else body
    answer = call("alice").post(path, body)
    assert answer.status_code == 400
    assert [error["field"] for error in answer.json()["errors"]] == [field]


def _some(cast: SimpleNamespace) -> tuple[Customer, Contact, Opportunity]:
    customer = customer_create(by=again(cast.alice), values={"name": "杭州云栖软件有限公司"})
    contact = contact_create(customer=customer, by=again(cast.alice), values={"name": "王晓琳"})
    deal = opportunity_create(customer=customer, by=again(cast.alice), values={"name": "Arms", "amount": 7})
    return customer, contact, deal


SEEN = {"alice": 200, "mona": 200, "dora": 200, "admin": 200, "auditor": 200,
        "bob": 404, "charlie": 404, "max": 404, "finance": 404}  # fmt: skip
CHANGED = {**SEEN, "auditor": 403}


@pytest.mark.parametrize("who", SEEN)
def test_who_sees_and_who_changes(call: Call, cast: SimpleNamespace, who: str) -> None:
    caller = call(who)
    for record in _some(cast):
        address = f"{record._meta.verbose_name_plural}/{record.pk}/"
        assert caller.get(address).status_code == SEEN[who], address
        assert caller.patch(address, {"name": "New"}).status_code == CHANGED[who], address
        archived = caller.delete(address).status_code
        assert archived == (204 if CHANGED[who] == 200 else CHANGED[who]), address
        record.refresh_from_db()
        assert (record.name == "New", record.archived_at is not None) == (CHANGED[who] == 200,) * 2
        if archived == 204:
            assert caller.get(address).status_code == 404
            assert caller.get(f"{address}?archived=true").status_code == 200
            assert caller.post(f"{address}restore/").status_code == 200


@pytest.mark.parametrize(
    "path, query", [("customers", "云栖"), ("contacts", "晓"), ("opportunities", "栖软件")]
)
def test_lists_are_searched_by_fragment(call: Call, cast: SimpleNamespace, path: str, query: str) -> None:
    _some(cast)
    assert call("mona").get(f"{path}/count/?search={query}").json() == {"count": 1}
    assert call("mona").get(f"{path}/count/?search=nothing").json() == {"count": 0}
    assert call("charlie").get(f"{path}/count/?search={query}").json() == {"count": 0}


def test_lists_are_filtered(call: Call, cast: SimpleNamespace) -> None:
    customer, contact, deal = _some(cast)
    alice = call("alice")
    for address, number in {
        f"customers/count/?owner={cast.alice.pk}": 1,
        "customers/count/?owner=me&is_person=false": 1,
        "customers/count/?owner=none": 0,
        f"contacts/count/?customer={customer.pk}": 1,
        f"contacts/count/?owner={cast.bob.pk}": 0,
        "opportunities/count/?state=open&amount_min=7&amount_max=7": 1,
        "opportunities/count/?amount_min=7.01": 0,
        f"opportunities/count/?contact={contact.pk}": 0,
        "opportunities/count/?expected_close_before=2027-01-01": 0,
    }.items():
        assert alice.get(address).json() == {"count": number}, address
    assert alice.get("opportunities/?moon=1").status_code == 400
    opportunity_day = alice.patch(f"opportunities/{deal.pk}/", {"expected_close": "2027-01-31"})
    assert opportunity_day.status_code == 200
    assert alice.get("opportunities/count/?expected_close_after=2027-01-31").json() == {"count": 1}
    assert alice.get("opportunities/count/?expected_close_before=2027-01-31").json() == {"count": 0}


@pytest.mark.parametrize("path", ["customers", "contacts", "opportunities"])
def test_a_list_takes_as_many_statements_for_many_rows(call: Call, cast: SimpleNamespace, path: str) -> None:
    def statements() -> int:
        caller = call("mona")
        caller.get(f"{path}/")
        with CaptureQueriesContext(connection) as asked:
            assert caller.get(f"{path}/").status_code == 200
        return len(asked)

    _some(cast)
    few = statements()
    for number in range(12):
        customer = customer_create(by=again(cast.alice), values={"name": f"Number {number} of many"},
                                   allow_duplicate=True)  # fmt: skip
        contact_create(customer=customer, by=again(cast.alice), values={"name": "Noah"})
        opportunity_create(customer=customer, by=again(cast.alice), values={"name": "Arms"})
    assert statements() == few <= 12
