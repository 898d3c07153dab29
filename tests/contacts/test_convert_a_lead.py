"""A lead becomes customer, contact and opportunity; once, and the same company never twice."""

import threading
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from functools import partial
from types import SimpleNamespace
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, connection, transaction

from contacts.models import Contact, Customer, LeadConversion, Opportunity
from contacts.services import convert as convert_module
from contacts.services import customer_archive, customer_create, lead_convert
from leads.models import Lead, Ownership, Pool
from leads.ports import Converted, ports
from leads.querysets import LeadQuerySet
from leads.services import lead_assign, time_out
from salesflow.clocks.services import sweep
from salesflow.journal.models import Event, Notice
from salesflow.lib.errors import Conflict
from salesflow.work.models import Task
from tests.contacts.conftest import again, at_once, make_cast, make_lead
from tests.leads.cast import clock_of, contact, time_passes

CODE = "91350100M000100Y43"
OTHER_CODE = "91110000600007306Q"


def became(lead: Lead) -> Lead:
    return Lead.objects.get(pk=lead.pk)


def test_it_becomes_customer_contact_and_opportunity(cast: SimpleNamespace) -> None:
    lead = make_lead(
        cast.alice, company_name="Arbor Robotics Ltd", contact_name="Noah Fischer", email="noah@arbor.test",
        phone="+8613800138000", title="CTO", industry="medical", city="Hangzhou", credit_code=CODE,
    )  # fmt: skip

    made = lead_convert(
        lead=lead,
        by=again(cast.alice),
        opportunity={
            "name": "Ten arms",
            "amount": "120000.50",
            "currency": "eur",
            "expected_close": "2027-01-31",
        },
    )

    customer = Customer.objects.get()
    assert (customer.name, customer.industry, customer.city) == ("Arbor Robotics Ltd", "medical", "Hangzhou")
    assert (customer.owner, customer.credit_code_key, customer.is_person) == (cast.alice, CODE, False)
    contact = Contact.objects.get()
    assert (contact.customer, contact.name, contact.title) == (customer, "Noah Fischer", "CTO")
    assert (contact.email_key, contact.phone) == ("noah@arbor.test", "+8613800138000")
    opportunity = Opportunity.objects.get()
    assert (opportunity.customer, opportunity.contact, opportunity.owner) == (customer, contact, cast.alice)
    assert (opportunity.amount, opportunity.currency) == (Decimal("120000.50"), "EUR")
    assert opportunity.expected_close == date(2027, 1, 31)
    assert (made.customer, made.contact, made.opportunity) == (customer, contact, opportunity)
    assert made.linked_customer is False and made.by == cast.alice


def test_the_lead_keeps_its_owner_and_leaves_every_pool(cast: SimpleNamespace) -> None:
    lead = make_lead(cast.alice)
    before = lead.version
    lead_convert(lead=lead, by=again(cast.mona))
    lead = became(lead)
    assert (lead.status, lead.owner, lead.in_pool, lead.pool) == ("converted", cast.alice, False, None)
    assert lead.converted_at is not None
    assert lead.version == before + 1
    assert Ownership.objects.get(lead=lead).ended_at is None


def test_it_counts_as_first_contact_when_none_was_logged(cast: SimpleNamespace) -> None:
    lead = make_lead(cast.alice)
    lead_convert(lead=lead, by=again(cast.alice))
    assert became(lead).first_contacted_at is not None
    assert Ownership.objects.get(lead=lead).first_contacted_at is not None
    assert (clock_of(lead).state, clock_of(lead).is_in_time) == ("met", True)


def test_a_first_contact_made_before_stays_as_it_was(cast: SimpleNamespace) -> None:
    lead = make_lead(cast.alice)
    contact(lead, again(cast.alice))
    made_at = became(lead).first_contacted_at
    lead_convert(lead=became(lead), by=again(cast.alice))
    assert became(lead).first_contacted_at == made_at


def test_what_was_planned_for_it_is_called_off(cast: SimpleNamespace) -> None:
    lead = contact(make_lead(cast.alice), cast.alice)
    assert Task.objects.get(subject_id=lead.pk, kind="follow_up").state == "open"
    lead_convert(lead=lead, by=again(cast.alice))
    assert Task.objects.get(subject_id=lead.pk, kind="follow_up").state == "cancelled"
    assert became(lead).next_follow_up_at is None


def test_a_converted_lead_is_never_taken_back(cast: SimpleNamespace) -> None:
    lead = make_lead(cast.alice)
    lead_convert(lead=lead, by=again(cast.alice))
    time_passes([lead], 200_000)
    assert sweep()["processed"] == 0
    assert (became(lead).status, became(lead).owner) == ("converted", cast.alice)


def test_after_the_time_is_up_it_counts_late_until_the_lead_is_gone(cast: SimpleNamespace) -> None:
    late, gone = make_lead(cast.alice), make_lead(cast.alice)
    time_passes([late, gone], 90_000)
    lead_convert(lead=late, by=again(cast.alice))
    assert (clock_of(late).state, clock_of(late).is_in_time) == ("met", False)
    assert sweep()["returned"] == 1
    with pytest.raises(Conflict) as caught:
        lead_convert(lead=gone, by=again(cast.alice))
    assert caught.value.code == "clock_expired"
    assert became(gone).in_pool


def test_without_an_opportunity_none_is_made(cast: SimpleNamespace) -> None:
    made = lead_convert(lead=make_lead(cast.alice), by=again(cast.alice))
    assert made.opportunity is None
    assert not Opportunity.objects.exists()


def test_an_amount_without_currency_is_in_the_workspaces(cast: SimpleNamespace) -> None:
    made = lead_convert(
        lead=make_lead(cast.alice), by=again(cast.alice), opportunity={"name": "Deal", "amount": 5}
    )
    assert made.opportunity.currency == "CNY"


@pytest.mark.parametrize(
    "values, field",
    [
        ({}, "opportunity.name"),
        ({"name": "  "}, "opportunity.name"),
        ({"name": "x", "amount": "-1"}, "opportunity.amount"),
        ({"name": "x", "amount": "NaN"}, "opportunity.amount"),
        ({"name": "x", "amount": "much"}, "opportunity.amount"),
        ({"name": "x", "currency": "ZZZ"}, "opportunity.currency"),
        ({"name": "x", "expected_close": "soon"}, "opportunity.expected_close"),
        ({"name": "x", "state": "won"}, "opportunity.state"),
    ],
)
def test_a_wrong_opportunity_is_refused_and_nothing_changes(
    cast: SimpleNamespace, values: dict[str, Any], field: str
) -> None:
    lead = make_lead(cast.alice)
    with pytest.raises(ValidationError) as caught:
        lead_convert(lead=lead, by=again(cast.alice), opportunity=values)
    assert list(caught.value.error_dict) == [field]
    assert became(lead).status == "assigned"
    assert not Customer.objects.exists()


# -- who is a customer already ----------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["Arbor Robotics", "ARBOR ROBOTICS GmbH", "arbor-robotics, inc."])
def test_a_customer_of_the_same_company_name_is_linked(cast: SimpleNamespace, name: str) -> None:
    known = customer_create(by=again(cast.bob), values={"name": "Arbor Robotics Ltd"})
    made = lead_convert(lead=make_lead(cast.alice, company_name=name), by=again(cast.alice))
    assert made.customer == known and made.linked_customer
    assert Customer.objects.count() == 1
    assert made.contact.customer == known


def test_a_customer_of_the_same_credit_code_is_linked_before_one_of_the_name(cast: SimpleNamespace) -> None:
    customer_create(by=again(cast.bob), values={"name": "Arbor Robotics"})
    coded = customer_create(by=again(cast.bob), values={"name": "Old Arbor", "credit_code": CODE})
    lead = make_lead(cast.alice, company_name="Arbor Robotics", credit_code=CODE)
    assert lead_convert(lead=lead, by=again(cast.alice)).customer == coded


def test_the_same_name_with_another_credit_code_is_another_company(cast: SimpleNamespace) -> None:
    customer_create(by=again(cast.bob), values={"name": "Arbor Robotics", "credit_code": OTHER_CODE})
    lead = make_lead(cast.alice, company_name="Arbor Robotics", credit_code=CODE)
    assert lead_convert(lead=lead, by=again(cast.alice)).linked_customer is False


def test_an_archived_customer_is_not_linked(cast: SimpleNamespace) -> None:
    known = customer_create(by=again(cast.alice), values={"name": "Arbor"})
    customer_archive(customer=known, by=again(cast.alice))
    made = lead_convert(lead=make_lead(cast.alice, company_name="Arbor"), by=again(cast.alice))
    assert made.customer != known


def test_names_without_letters_are_not_compared(cast: SimpleNamespace) -> None:
    for _turn in range(2):
        lead_convert(lead=make_lead(cast.alice, company_name="123 456"), by=again(cast.alice))
    assert Customer.objects.filter(name="123 456").count() == 2


def test_the_owner_of_a_linked_customer_is_told(cast: SimpleNamespace) -> None:
    customer_create(by=again(cast.bob), values={"name": "Arbor"})
    lead_convert(lead=make_lead(cast.alice, company_name="Arbor"), by=again(cast.alice))
    notice = Notice.objects.get(kind="contacts.lead_joined_customer")
    assert notice.user == cast.bob


def test_a_customer_without_owner_goes_to_the_leads(cast: SimpleNamespace) -> None:
    customer_create(by=None, values={"name": "Arbor", "owner": None})
    made = lead_convert(lead=make_lead(cast.alice, company_name="Arbor"), by=again(cast.alice))
    assert made.linked_customer and Customer.objects.get().owner == cast.alice


def test_a_person_known_at_the_customer_by_mail_is_linked(cast: SimpleNamespace) -> None:
    first = lead_convert(
        lead=make_lead(cast.alice, company_name="Arbor", email="noah@arbor.test"), by=again(cast.alice)
    )
    second = lead_convert(
        lead=make_lead(cast.alice, company_name="Arbor Ltd", email="NOAH@arbor.test"), by=again(cast.alice)
    )
    assert second.contact == first.contact
    assert Contact.objects.count() == 1


def test_a_lead_without_company_becomes_a_customer_named_after_the_person(cast: SimpleNamespace) -> None:
    made = lead_convert(
        lead=make_lead(cast.alice, company_name="", contact_name="李伟", email="li@mail.test"),
        by=again(cast.alice),
    )
    assert (made.customer.name, made.customer.is_person) == ("李伟", True)
    assert made.contact.name == "李伟"


def test_two_people_of_one_name_are_two_customers_and_one_mailbox_is_one(cast: SimpleNamespace) -> None:
    def converted(mail: str) -> LeadConversion:
        lead = make_lead(cast.alice, company_name="", contact_name="李伟", email=mail)
        return lead_convert(lead=lead, by=again(cast.alice))

    first, other, same = converted("li@mail.test"), converted("wei@mail.test"), converted("LI@mail.test")
    assert first.customer != other.customer
    assert same.customer == first.customer and same.contact == first.contact


def test_a_company_without_person_or_address_has_no_contact(cast: SimpleNamespace) -> None:
    made = lead_convert(
        lead=make_lead(cast.alice, company_name="Arbor", contact_name=""), by=again(cast.alice)
    )
    assert made.contact is None


def test_a_company_with_only_an_address_keeps_it_as_a_contact(cast: SimpleNamespace) -> None:
    lead = make_lead(cast.alice, company_name="Arbor", contact_name="", email="info@arbor.test")
    made = lead_convert(lead=lead, by=again(cast.alice))
    assert (made.contact.name, made.contact.email) == ("Arbor", "info@arbor.test")


# -- when and by whom -------------------------------------------------------------------------------------------


def test_again_is_refused(cast: SimpleNamespace) -> None:
    lead = make_lead(cast.alice)
    lead_convert(lead=lead, by=again(cast.alice))
    with pytest.raises(Conflict) as caught:
        lead_convert(lead=lead, by=again(cast.alice))
    assert caught.value.code == "already_converted"
    assert Customer.objects.count() == 1


@pytest.mark.parametrize("status", ["assigned", "contacted", "qualified"])
def test_it_may_stand_anywhere_before(cast: SimpleNamespace, status: str) -> None:
    lead_convert(lead=make_lead(cast.alice, status=status), by=again(cast.alice))
    assert LeadConversion.objects.count() == 1


def test_a_disqualified_one_must_be_reopened_first(cast: SimpleNamespace) -> None:
    with pytest.raises(Conflict) as caught:
        lead_convert(lead=make_lead(cast.alice, status="disqualified"), by=again(cast.alice))
    assert caught.value.code == "invalid_transition"


@pytest.mark.parametrize("who", ["alice", "mona", "dora", "admin"])
def test_the_owner_and_those_above_him_may(cast: SimpleNamespace, who: str) -> None:
    assert lead_convert(lead=make_lead(cast.alice), by=again(getattr(cast, who)))


@pytest.mark.parametrize("who", ["bob", "charlie", "max", "auditor", "finance"])
def test_others_may_not_and_nothing_changes(cast: SimpleNamespace, who: str) -> None:
    lead = make_lead(cast.alice)
    events = Event.objects.count()
    with pytest.raises(PermissionDenied):
        lead_convert(lead=lead, by=again(getattr(cast, who)))
    assert became(lead).status == "assigned"
    assert not Customer.objects.exists() and Event.objects.count() == events


def test_out_of_the_pool_reps_must_claim_first(cast: SimpleNamespace) -> None:
    with pytest.raises(PermissionDenied, match="claim it first"):
        lead_convert(lead=make_lead(), by=again(cast.alice))


def test_a_manager_of_the_pool_takes_what_he_converts(cast: SimpleNamespace) -> None:
    lead = make_lead()
    made = lead_convert(lead=lead, by=again(cast.mona))
    lead = became(lead)
    assert (lead.owner, lead.in_pool, lead.status) == (cast.mona, False, "converted")
    assert made.customer.owner == cast.mona
    held = Ownership.objects.get(lead=lead)
    assert (held.owner, held.ended_at, held.pool) == (cast.mona, None, Pool.objects.default())
    assert held.first_contacted_at is not None
    assert clock_of(lead).state == "met"


# -- what is told -----------------------------------------------------------------------------------------------


def test_the_journal_tells_what_it_became(cast: SimpleNamespace) -> None:
    lead = make_lead(cast.alice)
    made = lead_convert(lead=lead, by=again(cast.alice), opportunity={"name": "Deal"})
    event = Event.objects.get(kind="contacts.lead_converted")
    assert (event.subject_type, event.subject_id, event.actor) == ("leads.lead", lead.pk, cast.alice)
    assert event.data == {
        "customer": made.customer_id,
        "contact": made.contact_id,
        "opportunity": made.opportunity_id,
        "linked_customer": False,
    }
    assert {event.kind for event in Event.objects.filter(data__lead=lead.pk)} == {
        "contacts.customer_created",
        "contacts.contact_created",
        "contacts.opportunity_created",
    }


def test_the_leads_app_learns_what_it_became_and_who_owns_the_company(cast: SimpleNamespace) -> None:
    lead = make_lead(cast.alice, company_name="Arbor")
    made = lead_convert(lead=lead, by=again(cast.alice), opportunity={"name": "Deal"})
    expected = Converted(made.customer_id, made.contact_id, made.opportunity_id)
    assert ports.conversions([lead.pk, 0]) == {lead.pk: expected}
    assert ports.customer_owner(make_lead(company_name="Arbor Ltd")) == cast.alice.pk
    assert ports.customer_owner(make_lead(company_name="Other")) is None
    assert ports.open_opportunity([lead.pk, 0]) == {lead.pk}
    cast.alice.is_active = False
    cast.alice.save()
    assert ports.customer_owner(make_lead(company_name="Arbor Ltd")) is None


# -- at the same moment -----------------------------------------------------------------------------------------


def _converted_at_once(leads: list[Lead], by: list[Any]) -> list[Any]:
    def deed(lead: Lead, user: Any) -> Callable[[], Any]:
        return lambda: lead_convert(lead=lead, by=again(user))

    return at_once(*(deed(lead, user) for lead, user in zip(leads, by, strict=True)))


@pytest.mark.django_db(transaction=True)
def test_two_leads_of_one_company_at_once_make_one_customer(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the lock on the company's identity, held off here, the same race makes two customers."""
    cast = make_cast()

    def race(company: str) -> int:
        leads = [make_lead(user, company_name=company) for user in (cast.alice, cast.charlie) * 4]
        results = _converted_at_once(leads, [cast.alice, cast.charlie] * 4)
        assert all(isinstance(result, LeadConversion) for result in results), results
        return Customer.objects.filter(name=company).count()

    assert race("Guarded") == 1
    monkeypatch.setattr(convert_module, "identity_lock", lambda identity: None)
    assert any(race(f"Unguarded {turn} x") > 1 for turn in "abcdefgh")


@pytest.mark.django_db(transaction=True)
def test_one_lead_converted_twice_at_once_is_converted_once() -> None:
    cast = make_cast()
    lead = make_lead(cast.alice)
    results = _converted_at_once([lead] * 4, [cast.alice, cast.mona, cast.alice, cast.admin])
    won = [result for result in results if isinstance(result, LeadConversion)]
    lost = [result for result in results if isinstance(result, Conflict)]
    assert (len(won), len(lost)) == (1, 3)
    assert {result.code for result in lost} == {"already_converted"}
    assert Customer.objects.count() == Contact.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_a_lead_renamed_at_this_moment_is_looked_at_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """The customer is looked up before the lead is locked; a lead renamed in between must not join the old company."""
    cast = make_cast()
    lead = make_lead(cast.alice, company_name="Arbor")
    found = convert_module.customer_known

    def renamed_meanwhile(identity: Any) -> Any:
        at_once(lambda: Lead.objects.filter(pk=lead.pk).update(company_name="Other", company_key="other"))
        return found(identity)

    monkeypatch.setattr(convert_module, "customer_known", renamed_meanwhile)
    with pytest.raises(Conflict) as caught, transaction.atomic():
        lead_convert(lead=lead, by=again(cast.alice))
    assert caught.value.code == "changed_meanwhile"
    assert not Customer.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_converting_against_the_time_out_has_one_outcome() -> None:
    """Both at the moment the time is up: the lead is converted and stays, or it is back in the pool and told so."""
    cast = make_cast()
    for _turn in range(5):
        lead = make_lead(cast.alice)
        time_passes([lead], 90_000)
        converted, _swept = at_once(partial(lead_convert, lead=lead, by=again(cast.alice)), sweep)
        sweep()
        lead = became(lead)
        if isinstance(converted, LeadConversion):
            assert (lead.status, lead.owner, lead.in_pool) == ("converted", cast.alice, False)
        else:
            assert isinstance(converted, Conflict) and converted.code == "clock_expired"
            assert (lead.status, lead.owner, lead.in_pool) == ("new", None, True)
            assert not LeadConversion.objects.filter(lead=lead).exists()


def _converted_while_the_time_out_commits(
    cast: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> list[Any]:
    """The time-out has written and not committed when the conversion begins."""
    lead = make_lead(cast.alice)
    time_passes([lead], 90_000)
    written, begun = threading.Event(), threading.Event()
    plain = time_out.leads_give_back

    def give_back_and_wait(*args: Any, **values: Any) -> int:
        result = plain(*args, **values)
        written.set()
        assert begun.wait(20)
        connection.cursor().execute("SELECT pg_sleep(0.3)")
        return result

    def convert() -> LeadConversion:
        assert written.wait(20)
        begun.set()
        return lead_convert(lead=lead, by=again(cast.alice))

    monkeypatch.setattr(time_out, "leads_give_back", give_back_and_wait)
    return at_once(sweep, convert)


@pytest.mark.django_db(transaction=True)
def test_who_converts_what_is_being_taken_back_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    swept, told = _converted_while_the_time_out_commits(make_cast(), monkeypatch)
    assert swept["returned"] == 1
    assert isinstance(told, Conflict) and told.code == "clock_expired"
    assert not LeadConversion.objects.exists() and not Customer.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_without_the_row_lock_only_the_constraint_keeps_it_from_being_both(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Guard removed: the conversion reads the lead without FOR UPDATE and believes it owned."""
    monkeypatch.setattr(LeadQuerySet, "select_for_update", lambda rows, **options: rows)
    swept, failed = _converted_while_the_time_out_commits(make_cast(), monkeypatch)
    assert swept["returned"] == 1
    assert isinstance(failed, IntegrityError)


@pytest.mark.django_db(transaction=True)
def test_who_gets_the_lead_meanwhile_owns_what_becomes_of_it() -> None:
    """The conversion waits for a lead that changes hands, and takes it with the owner it has then."""
    cast = make_cast()
    lead = make_lead(cast.alice)
    written, begun = threading.Event(), threading.Event()

    def give() -> None:
        with transaction.atomic():
            lead_assign(lead=lead, by=again(cast.mona), owner=again(cast.bob))
            written.set()
            assert begun.wait(20)
            connection.cursor().execute("SELECT pg_sleep(0.3)")

    def convert() -> LeadConversion:
        assert written.wait(20)
        begun.set()
        return lead_convert(lead=lead, by=again(cast.mona))

    _given, made = at_once(give, convert)
    assert isinstance(made, LeadConversion), made
    assert made.customer.owner == cast.bob
