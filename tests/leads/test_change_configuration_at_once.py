"""Two people change configuration at the same moment: one after the other, and who comes second is told kindly.

Each race stands here twice: as it is, and with its one guard taken away.
"""

import threading
import time
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, OperationalError

from leads.models import FirstContactPolicy, Lead, Partner, PartnerAgreement, Pool
from leads.services import (
    agreements,
    assign,
    first_contact,
    first_contact_policy_change,
    policies_import,
    pool,
    pool_save,
)
from leads.services import hold as hold_of
from leads.services.policy_document import document
from salesflow.journal.models import Event
from salesflow.people.models import User
from salesflow.people.services import config_records
from tests.leads import cast
from tests.support.races import Meeting, at_once

pytestmark = pytest.mark.django_db(transaction=True)
Patch = pytest.MonkeyPatch


@pytest.fixture
def ann() -> User:
    return cast.person("ann")


# a pool's times and a policy's limit, which move the same lead


def times_of_both(ann: User, monkeypatch: Patch) -> tuple[Lead, list[Any]]:
    """The one has told the change and goes for the leads, the other holds the leads and goes on to tell."""
    kept, lead = cast.default_pool(members=[ann]), cast.lead_of(ann, grade="A")
    policy, meeting = FirstContactPolicy.objects.get(grade="A"), Meeting()
    monkeypatch.setattr(pool, "config_changed", meeting.after(pool.config_changed))
    monkeypatch.setattr(first_contact, "leads_hold", meeting.after(first_contact.leads_hold))
    results = at_once(
        lambda: pool_save(pool=kept, by=None, return_after_idle_seconds=7 * 86_400),
        lambda: first_contact_policy_change(policy=policy, by=None, limit_seconds=3600),
    )
    return lead, results


def test_a_pool_and_a_policy_that_move_the_same_lead_both_hold(ann: User, monkeypatch: Patch) -> None:
    lead, results = times_of_both(ann, monkeypatch)
    assert not [each for each in results if isinstance(each, Exception)]
    assert cast.fresh(lead).first_contact_limit_seconds == 3600
    assert Pool.objects.get(is_default=True).return_after_idle_seconds == 7 * 86_400


def test_without_the_row_held_first_they_wait_for_each_other(ann: User, monkeypatch: Patch) -> None:
    """Guard removed: the policy takes the leads before it takes its turn. The database ends one of the two."""
    monkeypatch.setattr(first_contact, "config_hold", lambda: None)
    _lead, results = times_of_both(ann, monkeypatch)
    (refused,) = [each for each in results if isinstance(each, Exception)]
    assert isinstance(refused, OperationalError) and "deadlock" in str(refused)


# two agreements for the same days


def both_agreed(monkeypatch: Patch) -> list[Any]:
    """Both have seen that the days are free before either writes, unless one waits for the other."""
    partner = Partner.objects.create(
        name="Hartmann", kind="distributor", owner=cast.person("mona", "manager")
    )
    terms = {"partner": partner, "currency": "CNY", "valid_from": "2026-01-01", "valid_until": "2026-12-31"}
    monkeypatch.setattr(PartnerAgreement, "full_clean", Meeting().after(PartnerAgreement.full_clean))
    return at_once(
        *(
            lambda percent=percent: agreements.agreement_create(by=None, percent=Decimal(percent), **terms)
            for percent in (5, 7)
        )
    )


def test_of_two_agreements_of_a_partner_one_is_made_and_the_other_is_told(monkeypatch: Patch) -> None:
    (refused,) = [each for each in both_agreed(monkeypatch) if isinstance(each, Exception)]
    assert isinstance(refused, ValidationError)
    assert refused.messages == ["This partner has an agreement for some of these days already."]
    assert PartnerAgreement.objects.count() == 1


def test_without_the_partner_held_only_the_constraint_stands(monkeypatch: Patch) -> None:
    """Guards removed: neither waits, both find the days free, and the database's own promise refuses one.

    Both may wait for each other's row to be decided; then PostgreSQL ends one as a deadlock.
    """
    monkeypatch.setattr(agreements, "_hold", lambda *partner_ids: None)
    monkeypatch.setattr(config_records, "config_hold", lambda: None)
    (refused,) = [each for each in both_agreed(monkeypatch) if isinstance(each, Exception)]
    assert isinstance(refused, IntegrityError | OperationalError)
    assert "partner_has_one_agreement_at_a_time" in str(refused) or "deadlock" in str(refused)
    assert PartnerAgreement.objects.count() == 1


# two policy documents


def both_taken_in(monkeypatch: Patch) -> list[Any]:
    """Both have compared the document with what there is before either writes, unless one waits."""
    cast.default_pool()
    text = "version: 1\npools:\n- name: Partners\n  max_held: 5\n"
    monkeypatch.setattr(document, "_steps", Meeting().after(document._steps))
    return at_once(*[lambda: policies_import(text=text, by=None)] * 2)


def test_of_two_documents_one_makes_the_pool_and_the_other_finds_it_made(monkeypatch: Patch) -> None:
    results = both_taken_in(monkeypatch)
    assert sorted(len(each.changes) > 0 for each in results) == [False, True]
    assert Pool.objects.filter(name="Partners").count() == 1
    assert Event.objects.filter(kind="leads.pool_created").count() == 1


def test_without_the_turn_the_second_document_is_refused_for_what_the_first_made(monkeypatch: Patch) -> None:
    """Guard removed: both compare with what there was, and only that names are taken stops the second."""
    monkeypatch.setattr(document, "_hold", lambda given: None)
    (refused,) = [each for each in both_taken_in(monkeypatch) if isinstance(each, Exception)]
    assert isinstance(refused, ValidationError)
    assert Pool.objects.filter(name="Partners").count() == 1


# a policy, or a document of policies, and a deed on many leads


def assigned_meanwhile(
    change: Any, leads: list[Lead], monkeypatch: Patch, *, in_steps: bool = False
) -> list[Any]:
    """As soon as the change holds its first leads, somebody gives these leads to another, in the order of their ids.

    `in_steps` takes the leads that wait and the contacted ones one after the other.
    """
    mona, begun = cast.person("mona", "manager"), threading.Event()
    ben = cast.person("ben", team=cast.team("East", mona))
    User.objects.filter(name="ann").update(team=ben.team)
    hold, locked = hold_of.leads_hold, assign._locked

    def held(reaches: Any) -> None:
        waiting = [[replace(each, contacted=frozenset()) for each in reaches]] if in_steps else []
        for step in [*waiting, reaches]:
            hold(step)
            begun.set()
            time.sleep(0.3)  # the deed goes as far as it can

    def locked_then(ids: Any) -> Any:
        begun.wait(5)
        return locked(ids)

    for module in (first_contact, pool, document):
        monkeypatch.setattr(module, "leads_hold", held)
    monkeypatch.setattr(assign, "_locked", locked_then)
    ids = [each.pk for each in leads]
    return at_once(change, lambda: assign.leads_assign(lead_ids=ids, by=mona, owner=ben))


def deadlocked(results: list[Any]) -> bool:
    return any(isinstance(each, OperationalError) and "deadlock" in str(each) for each in results)


def a_contacted_and_a_waiting_lead(ann: User) -> list[Lead]:
    leads = cast.leads_of(ann, 2, grade="A")
    cast.contact(leads[0], ann)
    Lead.objects.update(grade="A")  # the contact has scored it anew
    return leads


def change_of_both() -> Any:
    policy = FirstContactPolicy.objects.get(grade="A")
    return first_contact_policy_change(policy=policy, by=None, limit_seconds=3600, unanswered_days=3)


def test_a_policy_takes_its_leads_in_one_order_with_a_deed_on_many(ann: User, monkeypatch: Patch) -> None:
    leads = a_contacted_and_a_waiting_lead(ann)
    results = assigned_meanwhile(change_of_both, leads, monkeypatch)
    assert not [each for each in results if isinstance(each, Exception)], results
    assert {cast.fresh(lead).owner.name for lead in leads} == {"ben"}


def test_in_two_steps_the_policy_and_the_deed_wait_for_each_other(ann: User, monkeypatch: Patch) -> None:
    """Guard removed: first the leads that wait, then the contacted ones, which came before them."""
    leads = a_contacted_and_a_waiting_lead(ann)
    assert deadlocked(assigned_meanwhile(change_of_both, leads, monkeypatch, in_steps=True))


DOCUMENT = "version: 1\nfirst_contact:\n  A: {limit_seconds: 3600}\n  B: {limit_seconds: 7200}\n"


def test_a_document_takes_the_leads_of_all_its_steps_together(ann: User, monkeypatch: Patch) -> None:
    leads = [cast.lead_of(ann, grade="B"), cast.lead_of(ann, grade="A")]
    results = assigned_meanwhile(lambda: policies_import(text=DOCUMENT, by=None), leads, monkeypatch)
    assert not [each for each in results if isinstance(each, Exception)], results
    assert [cast.fresh(lead).first_contact_limit_seconds for lead in leads] == [7200, 3600]


def test_step_by_step_the_document_and_the_deed_wait_for_each_other(ann: User, monkeypatch: Patch) -> None:
    """Guard removed: the leads of the first grade, and then those of the second, which came before them."""
    monkeypatch.setattr(document, "_hold_leads", lambda steps: None)
    leads = [cast.lead_of(ann, grade="B"), cast.lead_of(ann, grade="A")]
    results = assigned_meanwhile(lambda: policies_import(text=DOCUMENT, by=None), leads, monkeypatch)
    assert deadlocked(results), results
