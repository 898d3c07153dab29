"""Two people change configuration at the same moment: one after the other, and who comes second is told kindly.

Each race stands here twice: as it is, and with its one guard taken away.
"""

from decimal import Decimal
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, OperationalError

from leads.models import FirstContactPolicy, Lead, Partner, PartnerAgreement, Pool
from leads.services import (
    agreements,
    first_contact,
    first_contact_policy_change,
    policies_import,
    pool,
    pool_save,
)
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
    monkeypatch.setattr(first_contact, "_lock_waiting", meeting.after(first_contact._lock_waiting))
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
    """Guards removed: neither waits, both find the days free, and the database's own promise refuses one."""
    monkeypatch.setattr(agreements, "_hold", lambda *partner_ids: None)
    monkeypatch.setattr(config_records, "config_hold", lambda: None)
    (refused,) = [each for each in both_agreed(monkeypatch) if isinstance(each, Exception)]
    assert isinstance(refused, IntegrityError) and "partner_has_one_agreement_at_a_time" in str(refused)
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
