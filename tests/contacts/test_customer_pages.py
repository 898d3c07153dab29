"""The pages of customers, contacts and opportunities, and converting from the page of a lead, without scripts."""

from collections.abc import Callable
from types import SimpleNamespace

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from contacts.models import Contact, Customer, Opportunity
from contacts.services import contact_create, customer_create, customer_edit, opportunity_create
from tests.contacts.conftest import again, make_lead
from tests.support.pages import told

Browse = Callable[..., Client]
DRAWER = {"HX-Request": "true", "HX-Target": "drawer-body"}


@pytest.fixture
def arbor(cast: SimpleNamespace) -> SimpleNamespace:
    by = again(cast.alice)
    customer = customer_create(by=by, values={"name": "Arbor <Robotics> Ltd", "city": "Ulm"})
    contact = contact_create(customer=customer, by=by, values={"name": "Noah", "email": "noah@arbor.test"})
    deal = opportunity_create(
        customer=customer, by=by, values={"name": "Ten arms", "amount": 120000, "contact": contact}
    )
    return SimpleNamespace(customer=customer, contact=contact, deal=deal)


def pages(arbor: SimpleNamespace) -> dict[str, str]:
    customer, contact, deal = arbor.customer.pk, arbor.contact.pk, arbor.deal.pk
    return {
        f"/customers/{customer}/": "Noah",
        f"/customers/{customer}/timeline/": "Customer entered",
        f"/customers/{customer}/edit/": "Ulm",
        f"/customers/{customer}/contacts/new/": "Position",
        f"/customers/{customer}/opportunities/new/": "Expected close",
        f"/contacts/{contact}/edit/": "noah@arbor.test",
        f"/opportunities/{deal}/": "Ten arms",
        f"/opportunities/{deal}/timeline/": "Opportunity opened",
        f"/opportunities/{deal}/edit/": "Ten arms",
    }


LISTS = {
    "/customers/": "Arbor",
    "/contacts/": "Noah",
    "/opportunities/": "Ten arms",
    "/customers/new/": "Name",
}


def test_who_may_sees_them(browse: Browse, arbor: SimpleNamespace) -> None:
    for who in ("alice", "mona", "admin"):
        client = browse(who)
        for address, words in {**pages(arbor), **LISTS}.items():
            answer = client.get(address)
            assert answer.status_code == 200, (who, address)
            assert words in answer.content.decode(), (who, address)
            assert b"<Robotics>" not in answer.content


def test_others_meet_nothing(browse: Browse, arbor: SimpleNamespace) -> None:
    for who in ("bob", "charlie", "finance"):
        client = browse(who)
        for address in pages(arbor):
            assert client.get(address).status_code == 404, (who, address)
        for address in LISTS:
            assert "Arbor" not in client.get(address).content.decode()
    for address in (*pages(arbor), *LISTS):
        assert Client().get(address).status_code == 302


def test_who_only_looks_is_offered_no_deeds(browse: Browse, arbor: SimpleNamespace) -> None:
    for address in (*pages(arbor), "/customers/new/"):
        expected = 403 if address.endswith(("/edit/", "/new/")) else 200
        assert browse("auditor").get(address).status_code == expected, address
    page = browse("auditor").get(f"/customers/{arbor.customer.pk}/").content.decode()
    assert "Noah" in page
    assert "/edit/" not in page and "/new/" not in page and "/archive/" not in page


def test_a_customer_is_entered_from_the_drawer(browse: Browse, cast: SimpleNamespace) -> None:
    answer = browse("alice").post(
        "/customers/new/", {"name": "Beech", "owner": cast.alice.pk}, headers=DRAWER
    )
    made = Customer.objects.get()
    assert (made.name, made.owner) == ("Beech", cast.alice)
    assert (answer.status_code, answer["HX-Redirect"]) == (204, f"/customers/{made.pk}/")


def test_a_known_customer_is_shown_before_a_second_is_made(browse: Browse, arbor: SimpleNamespace) -> None:
    alice = browse("alice")
    typed = {"name": "ARBOR <robotics>", "owner": arbor.customer.owner_id}
    answer = alice.post("/customers/new/", typed)
    assert answer.status_code == 400
    assert f'href="/customers/{arbor.customer.pk}/"' in answer.content.decode()
    assert "Create anyway" in answer.content.decode()
    assert alice.post("/customers/new/", {**typed, "allow_duplicate": "on"}).status_code == 302
    assert Customer.objects.count() == 2


def test_wrong_input_is_told_under_its_field(browse: Browse, arbor: SimpleNamespace) -> None:
    alice = browse("alice")
    customer, owner = arbor.customer.pk, arbor.customer.owner_id
    for address, typed, words in (
        ("/customers/new/", {"name": ""}, "blank"),
        (f"/customers/{customer}/edit/", {"name": "x", "credit_code": "1", "owner": owner}, "credit code"),
        (f"/customers/{customer}/edit/", {"name": "x"}, "required"),
        (f"/customers/{customer}/contacts/new/", {"name": "x", "email": "nowhere"}, "e-mail address"),
        (f"/customers/{customer}/opportunities/new/", {"name": "x", "amount": "-1"}, "greater than"),
        (f"/customers/{customer}/opportunities/new/", {"name": "x", "currency": "ZZZ"}, "currency"),
    ):
        answer = alice.post(address, typed)
        assert answer.status_code == 400, address
        assert words in answer.content.decode(), address
    assert (Customer.objects.count(), Contact.objects.count(), Opportunity.objects.count()) == (1, 1, 1)


def test_a_stale_edit_shows_what_the_other_wrote(
    browse: Browse, cast: SimpleNamespace, arbor: SimpleNamespace
) -> None:
    customer, alice = arbor.customer, browse("alice")
    customer_edit(customer=customer, by=again(cast.mona), values={"city": "Bonn"})
    typed = {"name": customer.name, "city": "Kiel", "owner": cast.alice.pk, "version": 1}
    answer = alice.post(f"/customers/{customer.pk}/edit/", typed)
    page = answer.content.decode()
    assert answer.status_code == 400 and "Bonn" in page and "Kiel" in page
    assert 'name="version" value="2"' in page
    assert alice.post(f"/customers/{customer.pk}/edit/", {**typed, "version": 2}).status_code == 302
    customer.refresh_from_db()
    assert customer.city == "Kiel"


def test_people_and_opportunities_are_added_and_changed(
    browse: Browse, cast: SimpleNamespace, arbor: SimpleNamespace
) -> None:
    alice, customer = browse("alice"), arbor.customer.pk
    assert alice.post(f"/customers/{customer}/contacts/new/", {"name": "Nora"}).status_code == 302
    typed = {"name": "More arms", "amount": "9.50", "currency": "EUR", "expected_close": "2027-01-31",
             "owner": cast.alice.pk}  # fmt: skip
    assert alice.post(f"/customers/{customer}/opportunities/new/", typed).status_code == 302
    made = Opportunity.objects.get(name="More arms")
    assert (str(made.amount), made.currency, made.expected_close.isoformat()) == ("9.50", "EUR", "2027-01-31")
    changed = {**typed, "name": "Fewer arms", "version": made.version}
    assert alice.post(f"/opportunities/{made.pk}/edit/", changed).status_code == 302
    nora = Contact.objects.get(name="Nora")
    typed = {"name": "Nora N.", "version": nora.version}
    assert alice.post(f"/contacts/{nora.pk}/edit/", typed).status_code == 302
    page = alice.get(f"/customers/{customer}/").content.decode()
    assert "Nora N." in page and "Fewer arms" in page


def test_archiving_offers_to_undo(browse: Browse, arbor: SimpleNamespace) -> None:
    alice = browse("alice")
    for kind, record in (
        ("opportunities", arbor.deal),
        ("contacts", arbor.contact),
        ("customers", arbor.customer),
    ):
        answer = alice.post(f"/{kind}/{record.pk}/archive/")
        assert answer.status_code == 302 and "archived" in told(answer)
        record.refresh_from_db()
        assert record.archived_at
        assert alice.get(f"/{kind}/{record.pk}/archive/").status_code == 405
        assert alice.post(f"/{kind}/{record.pk}/restore/").status_code == 302
        record.refresh_from_db()
        assert record.archived_at is None


def test_notes_stand_on_the_timeline(browse: Browse, arbor: SimpleNamespace) -> None:
    alice = browse("alice")
    for address in (f"/customers/{arbor.customer.pk}/", f"/opportunities/{arbor.deal.pk}/"):
        kind, _slash, pk = address.strip("/").partition("/")
        named = {
            "subject_type": f"contacts.{'customer' if kind == 'customers' else 'opportunity'}",
            "subject_id": pk,
        }
        typed = {**named, "channel": "note", "summary": "Wants a demo."}
        assert alice.post("/log/", typed).status_code == 302
        assert "Wants a demo." in alice.get(address).content.decode()


def test_a_page_of_a_customer_takes_as_many_statements_for_many_records(
    browse: Browse, cast: SimpleNamespace, arbor: SimpleNamespace
) -> None:
    alice, address = browse("alice"), f"/customers/{arbor.customer.pk}/"

    def statements() -> int:
        alice.get(address)
        with CaptureQueriesContext(connection) as asked:
            assert alice.get(address).status_code == 200
        return len(asked)

    few = statements()
    for number in range(10):
        contact_create(customer=arbor.customer, by=again(cast.alice), values={"name": f"N{number}"})
        opportunity_create(customer=arbor.customer, by=again(cast.alice), values={"name": f"O{number}"})
    assert statements() == few <= 20


# -- converting ---------------------------------------------------------------------------------------------------


def test_a_lead_is_converted_from_its_page(browse: Browse, cast: SimpleNamespace) -> None:
    lead = make_lead(
        cast.alice, company_name="Beech", need="Needs ten arms\nsoon", budget=5000, currency="EUR"
    )
    alice = browse("alice")
    form = alice.get(f"/leads/{lead.pk}/convert/", headers=DRAWER).content.decode()
    assert "“Beech” becomes a customer" in form and "counts as the first contact" in form
    assert 'value="Needs ten arms"' in form and 'value="EUR"' in form
    typed = {"opens": "on", "name": "Ten arms", "amount": "5000", "currency": "EUR"}
    answer = alice.post(f"/leads/{lead.pk}/convert/", typed, headers=DRAWER)
    opportunity = Opportunity.objects.get()
    assert answer["HX-Redirect"] == f"/customers/{opportunity.customer_id}/"
    assert (opportunity.name, str(opportunity.amount), opportunity.currency) == ("Ten arms", "5000.00", "EUR")
    assert str(lead) in alice.get(f"/customers/{opportunity.customer_id}/").content.decode()


def test_without_the_tick_no_opportunity_is_opened(browse: Browse, cast: SimpleNamespace) -> None:
    lead = make_lead(cast.alice)
    assert browse("alice").post(f"/leads/{lead.pk}/convert/", {"name": "Ten arms"}).status_code == 302
    assert Customer.objects.count() == 1 and not Opportunity.objects.exists()


def test_an_opportunity_needs_a_name(browse: Browse, cast: SimpleNamespace) -> None:
    lead = make_lead(cast.alice)
    answer = browse("alice").post(f"/leads/{lead.pk}/convert/", {"opens": "on", "name": ""})
    assert answer.status_code == 400
    lead.refresh_from_db()
    assert lead.status == "assigned"


def test_the_customer_it_will_join_is_named_and_its_owner_only_to_who_sees_it(
    browse: Browse, cast: SimpleNamespace
) -> None:
    customer_create(by=again(cast.bob), values={"name": "Beech"})
    address = f"/leads/{make_lead(cast.alice, company_name='Beech GmbH').pk}/convert/"
    for who, sees_bob in (("alice", False), ("mona", True)):
        form = browse(who).get(address, headers=DRAWER).content.decode()
        assert "“Beech” is a customer already" in form
        assert ("Bob" in form) == sees_bob


def test_who_cannot_see_the_customer_goes_back_to_the_lead(browse: Browse, cast: SimpleNamespace) -> None:
    customer_create(by=again(cast.bob), values={"name": "Beech"})
    lead = make_lead(cast.alice, company_name="Beech GmbH")
    answer = browse("alice").post(f"/leads/{lead.pk}/convert/", {})
    assert answer["Location"] == f"/leads/{lead.pk}/"


def test_converting_twice_is_told_kindly(browse: Browse, cast: SimpleNamespace) -> None:
    lead, alice = make_lead(cast.alice), browse("alice")
    alice.post(f"/leads/{lead.pk}/convert/", {})
    answer = alice.post(f"/leads/{lead.pk}/convert/", {}, follow=True)
    assert "converted already" in answer.content.decode() or "converted already" in told(answer)
    assert Customer.objects.count() == 1


def test_who_may_not_is_refused(browse: Browse, cast: SimpleNamespace) -> None:
    lead, pooled = make_lead(cast.alice), make_lead()
    assert browse("bob").post(f"/leads/{lead.pk}/convert/", {}).status_code == 404
    auditor = browse("auditor")
    assert auditor.get(f"/leads/{lead.pk}/convert/").status_code == 403
    assert auditor.post(f"/leads/{lead.pk}/convert/", {}).status_code == 403
    assert browse("alice").post(f"/leads/{pooled.pk}/convert/", {}).status_code == 403
    assert not Customer.objects.exists()
