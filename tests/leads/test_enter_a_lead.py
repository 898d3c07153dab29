"""Entering one lead: what is needed, what is refused, where it goes, what is recorded."""

import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import connection
from hypothesis import given, settings
from hypothesis import strategies as st

from leads.models import Lead, LeadSource
from leads.services import duplicates as duplicates_module
from leads.services import enter as enter_module
from leads.services import lead_create, leads_enter
from leads.services.clean import FIELDS, draft_of
from salesflow.clocks.models import Clock
from salesflow.journal.models import Event
from salesflow.lib.errors import Conflict
from salesflow.people.models import User
from tests.leads import cast

ACME = {"company_name": "Acme Medical Ltd", "contact_name": "Ann Archer", "email": "ann@acme.example"}


@pytest.fixture
def rep(db: None) -> User:
    person = cast.person("ann")
    cast.default_pool(members=[person])
    cast.rule()
    return person


def codes(caught: pytest.ExceptionInfo[ValidationError]) -> dict[str, str]:
    return {name: errors[0].code or "" for name, errors in caught.value.error_dict.items()}


def test_a_lead_is_scored_assigned_timed_and_journalled_before_the_answer(rep: User):
    lead = lead_create(by=rep, values=ACME)
    assert (lead.status, lead.owner, lead.in_pool) == ("assigned", rep, False)
    assert lead.grade in "ABC" and lead.scored_at is not None
    clock = Clock.objects.get(subject_type="leads.lead", subject_id=lead.pk)
    assert (clock.target_seconds, clock.due_at) == (86_400, lead.first_contact_due_at)
    kinds = set(
        Event.objects.filter(subject_type="leads.lead", subject_id=lead.pk).values_list("kind", flat=True)
    )
    assert kinds == {"leads.created", "leads.assigned"}


def test_the_statements_do_not_grow_with_the_number_of_leads(rep: User, django_assert_max_num_queries: Any):
    def drafts(first: int, number: int) -> list[Any]:
        return [
            draft_of({"contact_name": f"P {n}", "email": f"p{n}@x.example"}, region="CN", base_currency="CNY")
            for n in range(first, first + number)
        ]

    leads_enter(drafts=drafts(0, 2), by=rep, via="api")
    with django_assert_max_num_queries(34):
        answers = leads_enter(drafts=drafts(100, 200), by=rep, via="api")
    assert {answer.result for answer in answers} == {"created"}


@pytest.mark.parametrize(
    ("values", "wrong"),
    [
        ({}, {"company_name": "required"}),
        ({"contact_name": " "}, {"company_name": "required"}),
        ({**ACME, "email": "not an address"}, {"email": "invalid"}),
        ({**ACME, "phone": "12"}, {"phone": "invalid"}),
        ({**ACME, "need_fit": 101}, {"need_fit": "out_of_range"}),
        ({**ACME, "need_fit": "lots"}, {"need_fit": "invalid"}),
        ({**ACME, "budget": "-1"}, {"budget": "out_of_range"}),
        ({**ACME, "budget": "NaN"}, {"budget": "invalid"}),
        ({**ACME, "budget": "1e400"}, {"budget": "out_of_range"}),
        ({**ACME, "currency": "XXQ"}, {"currency": "unknown_currency"}),
        ({**ACME, "company_name": "x" * 201}, {"company_name": "max_length"}),
        ({**ACME, "contact_name": "a\x00b"}, {"contact_name": "control_characters"}),
        ({**ACME, "website": "javascript:alert(1)"}, {"website": "invalid"}),
        ({**ACME, "credit_code": "123"}, {"credit_code": "invalid"}),
        ({**ACME, "owner_id": 1}, {"owner_id": "unknown_field"}),
        ({**ACME, "custom": {"Bad Key": 1}}, {"custom": "bad_key"}),
        ({**ACME, "behaviour": {"visits": -1}}, {"behaviour.visits": "invalid"}),
    ],
)
def test_bad_values_are_named_field_by_field_and_nothing_is_kept(
    rep: User, values: dict[str, Any], wrong: dict[str, str]
):
    with pytest.raises(ValidationError) as caught:
        lead_create(by=rep, values=values)
    assert codes(caught) == wrong
    assert not Lead.objects.exists()
    assert not Event.objects.filter(subject_type="leads.lead").exists()


def test_the_same_values_well_formed_are_taken(rep: User):
    lead = lead_create(
        by=rep,
        values={
            **ACME, "phone": "138 0013 8000", "need_fit": "80", "budget": "500,000", "website": "acme.example",
            "custom": {"size": "50"}, "behaviour": {"visits": "3"}, "tags": "expo, 2026",
        },
    )  # fmt: skip
    assert (lead.phone, lead.need_fit, str(lead.budget), lead.currency) == (
        "+8613800138000",
        80,
        "500000.00",
        "CNY",
    )
    assert (lead.custom, lead.behaviour, lead.tags) == ({"size": "50"}, {"visits": 3}, ["expo", "2026"])


def test_a_lead_nobody_can_reach_is_kept_and_marked(rep: User):
    assert lead_create(by=rep, values={"company_name": "Silent Ltd"}).incomplete


def test_a_source_may_demand_that_leads_can_be_reached(rep: User):
    strict = LeadSource.objects.create(
        name="Platform", channel="online", kind="platform", requires_reachable=True
    )
    with pytest.raises(ValidationError):
        lead_create(by=rep, values={"company_name": "Silent Ltd", "source": strict})
    assert lead_create(by=rep, values={**ACME, "source": strict}).source == strict


@pytest.mark.parametrize(
    "twin",
    [
        {"contact_name": "Somebody", "email": "ANN@acme.example"},
        {"company_name": "ACME Medical GmbH", "contact_name": "ann archer"},
    ],
)
def test_the_same_lead_again_is_refused_with_where_it_is(rep: User, twin: dict[str, str]):
    first = lead_create(by=rep, values=ACME)
    with pytest.raises(Conflict) as caught:
        lead_create(by=rep, values=twin)
    assert caught.value.code == "duplicate"
    assert [match["id"] for match in caught.value.extra["matches"]] == [first.pk]
    assert lead_create(by=rep, values=twin, allow_duplicate=True).pk != first.pk


def test_a_duplicate_one_may_not_see_is_told_without_its_number(rep: User):
    stranger = cast.person("eve")
    lead_create(by=rep, values=ACME, assignment="me")
    with pytest.raises(Conflict) as caught:
        lead_create(by=stranger, values=ACME)
    assert [(match["id"], match["visible"]) for match in caught.value.extra["matches"]] == [(None, False)]


def test_the_same_company_with_another_person_is_no_duplicate(rep: User):
    lead_create(by=rep, values=ACME)
    assert lead_create(by=rep, values={"company_name": "Acme Medical Ltd", "contact_name": "Bob Baker"}).pk


def test_where_a_lead_goes_can_be_said(rep: User):
    to_pool = lead_create(by=rep, values={"contact_name": "One Person"}, assignment="pool")
    past = lead_create(by=rep, values={"contact_name": "Two Person", "outcome": 1}, assignment="none")
    mine = lead_create(by=rep, values={"contact_name": "Three Person"}, assignment="me")
    assert (to_pool.in_pool, to_pool.owner, to_pool.status) == (True, None, "new")
    assert (past.in_pool, past.owner, past.first_contact_due_at, past.outcome) == (False, None, None, 1)
    assert not Clock.objects.filter(subject_id=past.pk).exists()
    assert mine.owner == rep


def test_only_people_who_sell_can_be_given_leads_and_only_by_those_above_them(rep: User):
    boss = cast.person("mia", "manager")
    crew = cast.team("crew", manager=boss)
    mate = cast.person("moe", team=crew)
    assert lead_create(by=cast.fresh(boss), values=ACME, owner=mate).owner == mate
    with pytest.raises(PermissionDenied):
        lead_create(by=rep, values={"contact_name": "X Y"}, owner=mate)
    with pytest.raises(PermissionDenied):
        lead_create(by=cast.fresh(boss), values={"contact_name": "X Y"}, assignment="me")
    with pytest.raises(PermissionDenied):
        lead_create(by=cast.person("fin", "finance"), values={"contact_name": "X Y"})


JUNK = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=60),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)


@given(
    values=st.dictionaries(
        st.sampled_from([name for name in FIELDS if name not in ("source", "campaign", "partner")]), JUNK
    )
)
@settings(max_examples=150, deadline=None)
def test_whatever_is_sent_is_either_read_or_refused(values: dict[str, Any]):
    draft = draft_of(values, region="CN", base_currency="CNY")
    for name in ("company_name", "contact_name", "email", "phone", "city"):
        assert "\x00" not in getattr(draft.lead, name)
    assert draft.errors or draft.lead.company_name or draft.lead.contact_name


def _enter_at_once(rep: User, number: int) -> list[str]:
    """Enter the same person from several connections at the same instant; gives what each got."""
    barrier, results = threading.Barrier(number), []

    def enter() -> None:
        try:
            barrier.wait(10)
            lead_create(by=rep, values=ACME)
            results.append("created")
        except Conflict as conflict:
            results.append(conflict.code)
        finally:
            connection.close()

    threads = [threading.Thread(target=enter) for _each in range(number)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    return sorted(results)


@pytest.mark.django_db(transaction=True)
def test_of_two_doors_entering_the_same_person_at_once_one_wins():
    rep = cast.person("ann")
    assert _enter_at_once(rep, 4) == ["created", "duplicate", "duplicate", "duplicate"]


@pytest.mark.django_db(transaction=True)
def test_without_the_lock_on_keys_both_would_enter(monkeypatch: pytest.MonkeyPatch):
    """The guard removed, and the check held open until all have passed it: the race is there."""
    rep = cast.person("ann")
    barrier = threading.Barrier(4)
    plain: Callable[..., Any] = duplicates_module.hard_matches

    def everybody_looks_first(leads: Any) -> Any:
        found = plain(leads)
        barrier.wait(10)
        return found

    monkeypatch.setattr(enter_module, "keys_locking", lambda leads: ("", []))
    monkeypatch.setattr(enter_module, "hard_matches", everybody_looks_first)
    assert _enter_at_once(rep, 4) == ["created"] * 4
