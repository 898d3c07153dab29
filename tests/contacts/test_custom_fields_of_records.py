"""Customers and opportunities have custom fields as leads have them, and take over those of the lead they came from."""

from collections.abc import Callable
from types import SimpleNamespace

import pytest
from django.db import IntegrityError, transaction
from django.test import Client

from contacts.models import Customer, Opportunity
from contacts.services import customer_create, lead_convert
from salesflow.people.services import config_changed
from salesflow.work.models import CustomField
from tests.api.conftest import Caller
from tests.contacts.conftest import again, make_lead
from tests.support.pages import browse

__all__ = ["browse"]
Call = Callable[..., Caller]


@pytest.fixture(autouse=True)
def declared(cast: SimpleNamespace) -> None:
    for resource in ("customers", "opportunities"):
        CustomField.objects.create(resource=resource, key="floors", label="Floors", kind="number")
        CustomField.objects.create(
            resource=resource, key="tier", label="Tier", kind="choice", choices=["Gold", "Tin"], default="Tin"
        )
    CustomField.objects.create(resource="customers", key="code", label="Code", required=True)
    config_changed()


def test_rest_reads_them_by_their_kind(call: Call) -> None:
    alice = call("alice")
    wrong = alice.post("customers/", {"name": "Arbor", "custom": {"floors": "many", "tier": "Lead"}})
    assert {(each["field"], each["code"]) for each in wrong.json()["errors"]} == {
        ("custom.floors", "invalid"), ("custom.tier", "invalid_choice"), ("custom.code", "required")
    }  # fmt: skip
    made = alice.post("customers/", {"name": "Arbor", "custom": {"floors": "1,200", "code": "A1"}}).json()
    assert made["custom"] == {"floors": 1200, "tier": "Tin", "code": "A1"}
    path = f"customers/{made['id']}/"
    assert alice.patch(path, {"custom": {"tier": "gold"}}).json()["custom"] == {
        **made["custom"],
        "tier": "Gold",
    }
    assert alice.patch(path, {"custom": {"code": ""}}).status_code == 400
    deal = alice.post(
        "opportunities/", {"customer": made["id"], "name": "Arms", "custom": {"floors": 2}}
    ).json()
    assert deal["custom"] == {"floors": 2, "tier": "Tin"}
    path = f"opportunities/{deal['id']}/"
    assert alice.patch(path, {"custom": {"floors": [1]}}).status_code == 400
    assert alice.patch(path, {"custom": {"floors": None, "note": "x"}}).json()["custom"] == {
        "floors": None, "tier": "Tin", "note": "x"
    }  # fmt: skip
    assert (
        alice.get("opportunities/", {"filter": "custom.tier = Tin"}).json()["results"][0]["id"] == deal["id"]
    )
    assert alice.get("customers/", {"filter": "custom.floors < 1200"}).json()["results"] == []


def test_pages_ask_for_them_show_them_and_tell_what_changed(
    cast: SimpleNamespace, browse: Callable[..., Client]
) -> None:
    alice = browse("alice")
    sent = {
        "name": "Arbor",
        "owner": cast.alice.pk,
        "custom.floors": "x",
        "custom.code": "A1",
        "custom.tier": "Gold",
    }
    assert "A number is needed here." in alice.post("/customers/new/", sent).content.decode()
    assert alice.post("/customers/new/", {**sent, "custom.floors": "8"}).status_code == 302
    customer = Customer.objects.get()
    assert customer.custom == {"floors": 8, "code": "A1", "tier": "Gold"}
    page = f"/customers/{customer.pk}/"
    edited = alice.post(f"{page}edit/", {**sent, "version": 1, "custom.floors": "9"})
    assert edited.status_code == 302
    shown = alice.get(page).content.decode()
    assert (
        'data-edit="custom.floors">9</dd>' in shown
        and '<span class="muted">Floors:</span> <del>8</del>' in shown
    )
    stale = alice.post(f"{page}edit/", {**sent, "version": 1, "custom.floors": "7"})
    assert stale.context["theirs"] == {"Floors": "9"}
    assert "Floors" in alice.get("/customers/?columns=custom.floors").content.decode()
    assert alice.post(f"{page}opportunities/new/", {"name": "Arms", "custom.floors": "3"}).status_code == 302
    deal = Opportunity.objects.get()
    assert deal.custom["floors"] == 3
    assert 'data-edit="custom.floors">3</dd>' in alice.get(f"/opportunities/{deal.pk}/").content.decode()


def test_a_converted_lead_hands_them_on_by_their_keys(cast: SimpleNamespace) -> None:
    lead = make_lead(cast.alice, custom={"floors": "12", "tier": "Iron", "code": "", "colour": "red"})
    made = lead_convert(lead=lead, by=again(cast.alice), opportunity={"name": "Arms"})
    assert made.customer.custom == {"floors": 12, "tier": "Tin"}
    assert made.opportunity is not None and made.opportunity.custom == {"floors": 12, "tier": "Tin"}


def test_a_customer_that_was_known_keeps_its_own(cast: SimpleNamespace) -> None:
    known = customer_create(
        by=again(cast.alice), values={"name": "Arbor Ltd", "custom": {"code": "A1", "floors": 3}}
    )
    lead = make_lead(cast.alice, company_name="Arbor Ltd", custom={"floors": 12})
    assert lead_convert(lead=lead, by=again(cast.alice)).customer.custom == known.custom


@pytest.mark.parametrize("kind", [Customer, Opportunity])
def test_the_database_takes_names_with_values_only(cast: SimpleNamespace, kind: type) -> None:
    customer = customer_create(by=again(cast.alice), values={"name": "Arbor", "custom": {"code": "A1"}})
    Opportunity.objects.create(customer=customer, name="Arms")
    with pytest.raises(IntegrityError, match="custom_is_an_object"), transaction.atomic():
        kind.objects.update(custom=[1])  # type: ignore[attr-defined]
