"""`GET /search/?q=`: the same search as the box on every page, for programs."""

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest

from contacts.models import Contact, Customer, Opportunity
from tests.api.conftest import Caller, codes
from tests.leads.cast import lead_of

Call = Callable[..., Caller]


def found(caller: Caller, query: str, more: str = "") -> dict[str, list[int]]:
    answer = caller.get(f"search/?q={query}{more}")
    assert answer.status_code == 200, answer.content
    return {group["resource"]: [hit["id"] for hit in group["results"]] for group in answer.json()["groups"]}


@pytest.fixture
def kestrel(cast: SimpleNamespace) -> SimpleNamespace:
    customer = Customer.objects.create(name="Kestrel Robotics", owner=cast.alice)
    return SimpleNamespace(
        lead=lead_of(cast.alice, contact_name="王晓琳", company_name="Kestrel Robotics"),
        customer=customer,
        contact=Contact.objects.create(name="Ken Kestrel", customer=customer),
        opportunity=Opportunity.objects.create(name="Kestrel arms", customer=customer, owner=cast.alice),
    )


def test_a_fragment_finds_records_of_every_kind_leads_first(call: Call, kestrel: SimpleNamespace) -> None:
    hits = found(call("alice"), "kestr")
    assert list(hits) == ["leads", "customers", "contacts", "opportunities"]
    assert hits == {
        "leads": [kestrel.lead.pk],
        "customers": [kestrel.customer.pk],
        "contacts": [kestrel.contact.pk],
        "opportunities": [kestrel.opportunity.pk],
    }
    assert found(call("alice"), "晓琳") == {"leads": [kestrel.lead.pk]}


def test_a_hit_has_a_name_words_beside_it_and_its_page(call: Call, kestrel: SimpleNamespace) -> None:
    (group,) = call("alice").get("search/?q=晓琳").json()["groups"]
    assert group["label"] == "Leads"
    assert group["results"] == [
        {
            "id": kestrel.lead.pk,
            "label": "王晓琳",
            "detail": "Kestrel Robotics",
            "url": f"/leads/{kestrel.lead.pk}/",
        }
    ]


def test_nobody_finds_what_he_may_not_see(call: Call, kestrel: SimpleNamespace) -> None:
    for name in ("bob", "charlie", "max", "finance"):
        assert found(call(name), "kestrel") == {}, name
    for name in ("mona", "dora", "admin", "auditor"):
        assert set(found(call(name), "kestrel")) == {"leads", "customers", "contacts", "opportunities"}, name


def test_it_is_narrowed_by_kind_and_number(
    call: Call, cast: SimpleNamespace, kestrel: SimpleNamespace
) -> None:
    second = lead_of(cast.alice, company_name="Kestrel Medical")
    assert found(call("alice"), "kestrel", "&resource=customers") == {"customers": [kestrel.customer.pk]}
    kinds = found(call("alice"), "kestrel", "&resource=leads&resource=contacts")
    assert set(kinds) == {"leads", "contacts"} and set(kinds["leads"]) == {kestrel.lead.pk, second.pk}
    assert len(found(call("alice"), "kestrel", "&limit=1")["leads"]) == 1


@pytest.mark.parametrize(
    ("query", "error"),
    [
        ("", ("q", "required")),
        ("q=", ("q", "required")),
        ("q=%20", ("q", "required")),
        ("q=a&limit=0", ("limit", "invalid")),
        ("q=a&limit=51", ("limit", "invalid")),
        ("q=a&limit=٣", ("limit", "invalid")),
        ("q=a&resource=moon", ("resource", "invalid_choice")),
        ("q=a&colour=red", ("colour", "unknown_filter")),
    ],
)
def test_what_it_cannot_read_is_a_400(call: Call, query: str, error: tuple[str, str]) -> None:
    answer = call("alice").get(f"search/?{query}")
    assert (answer.status_code, codes(answer)) == (400, [error])


@pytest.mark.parametrize("query", ["%25", "_", "'", "%00", "a%00b", "😀", "a" * 3000, ":*", "%26|!()"])
def test_whatever_is_typed_is_a_text_to_look_for(call: Call, query: str) -> None:
    answer: Any = call("alice").get(f"search/?q={query}")
    assert (answer.status_code, answer.json()["groups"]) == (200, [])
