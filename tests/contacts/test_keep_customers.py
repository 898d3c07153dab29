"""Customers, contacts and opportunities are entered, edited, archived and brought back by those who may."""

from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied, ValidationError

from contacts.models import Contact, Customer, Opportunity
from contacts.services import (
    contact_archive,
    contact_create,
    contact_edit,
    contact_restore,
    customer_archive,
    customer_create,
    customer_edit,
    customer_restore,
    opportunity_archive,
    opportunity_create,
    opportunity_edit,
    opportunity_restore,
)
from salesflow.journal.models import Event, EventPrivate
from salesflow.lib.errors import Conflict
from tests.contacts.conftest import again, at_once, make_cast

CODE = "91350100M000100Y43"


@pytest.fixture
def arbor(cast: SimpleNamespace) -> Customer:
    return customer_create(by=again(cast.alice), values={"name": "Arbor Robotics Ltd"})


def test_a_customer_belongs_to_who_enters_it(cast: SimpleNamespace, arbor: Customer) -> None:
    assert (arbor.owner, arbor.name_key) == (cast.alice, "arborrobotics")
    assert Event.objects.filter(kind="contacts.customer_created", subject_id=arbor.pk).count() == 1


def test_reps_enter_for_themselves_managers_for_their_people(cast: SimpleNamespace) -> None:
    customer_create(by=again(cast.mona), values={"name": "One", "owner": cast.bob})
    for by, owner in ((cast.alice, cast.bob), (cast.mona, cast.charlie), (cast.alice, None)):
        with pytest.raises(PermissionDenied):
            customer_create(by=again(by), values={"name": "Two", "owner": owner})


def test_a_customer_cannot_go_to_somebody_who_left(cast: SimpleNamespace, arbor: Customer) -> None:
    cast.bob.is_active = False
    cast.bob.save()
    with pytest.raises(ValidationError, match="no longer active"):
        customer_edit(customer=arbor, by=again(cast.mona), values={"owner": again(cast.bob)})


@pytest.mark.parametrize(
    "values, field",
    [
        ({"name": ""}, "name"),
        ({"name": "   "}, "name"),
        ({"name": "x" * 201}, "name"),
        ({"name": "x", "credit_code": "123"}, "credit_code"),
        ({"name": "x", "version": 7}, "version"),
    ],
)
def test_wrong_facts_are_refused(cast: SimpleNamespace, values: dict[str, Any], field: str) -> None:
    with pytest.raises(ValidationError) as caught:
        customer_create(by=again(cast.alice), values=values)
    assert field in caught.value.error_dict


def test_the_same_company_name_is_refused_unless_one_insists(cast: SimpleNamespace, arbor: Customer) -> None:
    with pytest.raises(Conflict) as caught:
        customer_create(by=again(cast.alice), values={"name": "ARBOR robotics GmbH"})
    assert caught.value.code == "duplicate"
    assert caught.value.extra == {"matches": [{"id": arbor.pk, "visible": True}]}
    assert customer_create(by=again(cast.alice), values={"name": "ARBOR robotics GmbH"}, allow_duplicate=True)


def test_a_match_one_may_not_see_has_no_id(cast: SimpleNamespace, arbor: Customer) -> None:
    with pytest.raises(Conflict) as caught:
        customer_create(by=again(cast.charlie), values={"name": "Arbor Robotics"})
    assert caught.value.extra == {"matches": [{"id": None, "visible": False}]}


def test_the_same_credit_code_is_refused_however_much_one_insists(cast: SimpleNamespace) -> None:
    customer_create(by=again(cast.alice), values={"name": "One", "credit_code": CODE})
    with pytest.raises(Conflict):
        customer_create(
            by=again(cast.alice), values={"name": "Two", "credit_code": CODE}, allow_duplicate=True
        )


def test_private_persons_may_share_a_name(cast: SimpleNamespace) -> None:
    for _turn in range(2):
        customer_create(by=again(cast.alice), values={"name": "李伟", "is_person": True})
    assert Customer.objects.filter(name="李伟", name_key=None).count() == 2


@pytest.mark.django_db(transaction=True)
def test_one_company_entered_twice_at_once_is_entered_once() -> None:
    cast = make_cast()

    def entered() -> Customer:
        return customer_create(by=again(cast.alice), values={"name": "Arbor"})

    results = at_once(*[entered] * 6)
    assert sum(isinstance(result, Customer) for result in results) == 1
    assert {result.code for result in results if isinstance(result, Conflict)} == {"duplicate"}


def test_an_edit_tells_old_and_new_and_counts(cast: SimpleNamespace, arbor: Customer) -> None:
    edited = customer_edit(customer=arbor, by=again(cast.alice), values={"city": "Ulm", "name": "Beech"})
    assert (edited.city, edited.name_key, edited.version) == ("Ulm", "beech", 2)
    event = Event.objects.get(kind="contacts.customer_edited")
    assert event.data == {"fields": ["city", "name"]}
    changes = EventPrivate.objects.get(event=event).data["changes"]
    assert changes == {"city": ["", "Ulm"], "name": ["Arbor Robotics Ltd", "Beech"]}


def test_an_edit_that_changes_nothing_is_none(cast: SimpleNamespace, arbor: Customer) -> None:
    assert customer_edit(customer=arbor, by=again(cast.alice), values={"city": ""}).version == 1
    assert not Event.objects.filter(kind="contacts.customer_edited").exists()


def test_an_edit_of_what_one_has_not_seen_is_refused(cast: SimpleNamespace, arbor: Customer) -> None:
    customer_edit(customer=arbor, by=again(cast.alice), values={"city": "Ulm"})
    with pytest.raises(Conflict) as caught:
        customer_edit(customer=arbor, by=again(cast.alice), values={"city": "Bonn"}, expected_version=1)
    assert (caught.value.code, caught.value.extra) == ("stale_version", {"version": 2})


@pytest.mark.parametrize("who", ["bob", "charlie", "max", "auditor"])
def test_others_change_nothing(cast: SimpleNamespace, arbor: Customer, who: str) -> None:
    by = again(getattr(cast, who))
    for refused in (
        lambda: customer_edit(customer=arbor, by=by, values={"city": "Ulm"}),
        lambda: customer_archive(customer=arbor, by=by),
        lambda: contact_create(customer=arbor, by=by, values={"name": "Noah"}),
        lambda: opportunity_create(customer=arbor, by=by, values={"name": "Deal"}),
    ):
        with pytest.raises(PermissionDenied):
            refused()
    arbor.refresh_from_db()
    assert (arbor.version, Contact.objects.count(), Opportunity.objects.count()) == (1, 0, 0)


def test_a_customer_is_archived_once_and_comes_back(cast: SimpleNamespace, arbor: Customer) -> None:
    for _turn in range(2):
        assert customer_archive(customer=arbor, by=again(cast.alice)).archived_at
    assert Event.objects.filter(kind="contacts.customer_archived").count() == 1
    for refused in (
        lambda: customer_edit(customer=arbor, by=again(cast.alice), values={"city": "Ulm"}),
        lambda: contact_create(customer=arbor, by=again(cast.alice), values={"name": "Noah"}),
    ):
        with pytest.raises(Conflict) as caught:
            refused()
        assert caught.value.code == "archived"
    assert customer_restore(customer=arbor, by=again(cast.alice)).archived_at is None


def test_a_customer_does_not_come_back_beside_its_double(cast: SimpleNamespace) -> None:
    first = customer_create(by=again(cast.alice), values={"name": "One", "credit_code": CODE})
    customer_archive(customer=first, by=again(cast.alice))
    customer_create(by=again(cast.alice), values={"name": "One again", "credit_code": CODE})
    with pytest.raises(Conflict) as caught:
        customer_restore(customer=first, by=again(cast.alice))
    assert caught.value.code == "duplicate"


def test_the_people_of_a_customer(cast: SimpleNamespace, arbor: Customer) -> None:
    by = again(cast.alice)
    contact = contact_create(customer=arbor, by=by, values={"name": "Noah", "email": "Noah@Arbor.test"})
    assert contact.email_key == "noah@arbor.test"
    assert contact_edit(contact=contact, by=by, values={"email": ""}).email_key is None
    with pytest.raises(ValidationError) as caught:
        contact_edit(contact=contact, by=by, values={"email": "nowhere"})
    assert list(caught.value.error_dict) == ["email"]
    assert contact_archive(contact=contact, by=by).archived_at
    with pytest.raises(Conflict):
        contact_edit(contact=contact, by=by, values={"name": "Nora"})
    assert contact_restore(contact=contact, by=by).archived_at is None


def test_opportunities(cast: SimpleNamespace, arbor: Customer) -> None:
    by = again(cast.alice)
    contact = contact_create(customer=arbor, by=by, values={"name": "Noah"})
    deal = opportunity_create(
        customer=arbor, by=by, values={"name": "Arms", "amount": Decimal("9.90"), "contact": contact}
    )
    assert (deal.owner, deal.currency, deal.state, deal.contact) == (cast.alice, "CNY", "open", contact)
    assert opportunity_edit(opportunity=deal, by=by, values={"currency": "usd"}).currency == "USD"
    assert opportunity_archive(opportunity=deal, by=by).archived_at
    with pytest.raises(Conflict):
        opportunity_edit(opportunity=deal, by=by, values={"name": "x"})
    assert opportunity_restore(opportunity=deal, by=by).archived_at is None


def test_an_opportunity_names_only_people_of_its_customer(cast: SimpleNamespace, arbor: Customer) -> None:
    by = again(cast.alice)
    elsewhere = customer_create(by=by, values={"name": "Beech"})
    stranger = contact_create(customer=elsewhere, by=by, values={"name": "Noah"})
    with pytest.raises(ValidationError) as caught:
        opportunity_create(customer=arbor, by=by, values={"name": "Arms", "contact": stranger})
    assert list(caught.value.error_dict) == ["contact"]


def test_customers_are_seen_by_owner_team_region_or_all(cast: SimpleNamespace, arbor: Customer) -> None:
    contact_create(customer=arbor, by=again(cast.alice), values={"name": "Noah"})
    opportunity_create(customer=arbor, by=again(cast.alice), values={"name": "Arms"})
    seen = {
        who: [model.objects.visible_to(again(getattr(cast, who))).count() for model in (Customer, Contact, Opportunity)]
        for who in ("alice", "mona", "dora", "admin", "auditor", "bob", "charlie", "max", "finance")
    }  # fmt: skip
    all_, none = [1, 1, 1], [0, 0, 0]
    # Bob is a rep of the same team and sees his own only
    assert seen == {
        "alice": all_, "mona": all_, "dora": all_, "admin": all_, "auditor": all_,
        "bob": none, "charlie": none, "max": none, "finance": none,
    }  # fmt: skip
