"""Managers give leads to their people, by hand or by the rules."""

from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied, ValidationError

from leads.models import Lead, LeadAssignment, Ownership
from leads.services import lead_assign, lead_auto_assign, lead_claim, lead_return
from salesflow.clocks.models import Clock
from salesflow.journal.models import Event
from salesflow.lib.errors import Conflict
from tests.leads import cast

pytestmark = pytest.mark.django_db


@pytest.fixture
def mona():
    return cast.person("mona", "manager")


@pytest.fixture
def east(mona):
    return cast.team("East", mona)


@pytest.fixture
def ann(east):
    return cast.person("ann", team=east)


@pytest.fixture
def bob(east):
    return cast.person("bob", team=east)


@pytest.fixture
def pool(ann, bob, mona):
    return cast.default_pool(members=[ann, bob], managers=[mona])


def code_of(call, **values):
    with pytest.raises(Conflict) as caught:
        call(**values)
    return caught.value.code


def test_out_of_the_pool_to_a_rep(pool, mona, ann):
    lead = lead_assign(lead=cast.lead_in_pool(), by=mona, owner=ann)
    assert (lead.owner, lead.status, lead.in_pool) == (ann, "assigned", False)
    ownership = Ownership.objects.get(lead=lead)
    assert (ownership.via, ownership.by, ownership.pool) == ("assign", mona, pool)
    assert cast.clock_of(lead).owner_id == ann.pk
    assert cast.notices(ann) == ["leads.assigned"]
    assert Event.objects.filter(kind="leads.assigned", subject_id=lead.pk, actor=mona).exists()


def test_from_one_to_another_the_clock_starts_anew_although_contact_was_made(pool, mona, ann, bob):
    lead = cast.lead_of(ann)
    cast.contact(lead, ann)
    cast.time_passes([lead], 3600)
    lead = lead_assign(lead=lead, by=mona, owner=bob)
    assert (lead.owner, lead.status, lead.first_contacted_at) == (bob, "assigned", None)
    old, new = Ownership.objects.filter(lead=lead).order_by("pk")
    assert (old.owner, old.end_reason, new.owner, new.via) == (ann, "reassigned", bob, "transfer")
    assert old.first_contacted_at is not None, "the history keeps the earlier contact"
    assert list(Clock.objects.filter(subject_id=lead.pk).order_by("pk").values_list("state", flat=True)) == [
        "met",
        "running",
    ]
    assert lead.first_contact_due_at == lead.owned_since + timedelta(days=1)
    assert lead.returned_count == 0


def test_the_holding_limit_is_obeyed_unless_overridden(mona, ann):
    cast.default_pool(members=[ann], managers=[mona], max_held=1, max_claims_per_day=0, cooldown_seconds=3600)
    lead_assign(lead=cast.lead_in_pool(), by=mona, owner=ann)
    second = cast.lead_in_pool()
    assert code_of(lead_assign, lead=second, by=mona, owner=ann) == "held_limit"
    assert lead_assign(lead=second, by=mona, owner=ann, override=True).owner == ann


def test_claim_counts_and_cool_downs_are_for_claims_only(mona, ann):
    cast.default_pool(members=[ann], managers=[mona], cooldown_seconds=3600, protection_seconds=3600)
    lead = cast.lead_of(ann)
    lead_return(lead=lead, by=ann, reason="no_time")
    assert lead_assign(lead=lead, by=mona, owner=ann).owner == ann


def test_leads_go_to_people_who_sell(pool, mona):
    lead = cast.lead_in_pool()
    with pytest.raises(ValidationError) as caught:
        lead_assign(lead=lead, by=cast.person("root", "admin"), owner=mona)
    assert set(caught.value.message_dict) == {"owner"}


def test_who_may_assign_what_to_whom(pool, mona, ann, bob):
    stranger, other = cast.person("max", "manager"), cast.person("eve", team=cast.team("West"))
    lead, owned = cast.lead_in_pool(), cast.lead_of(ann)
    for by, what, owner in (
        (stranger, lead, other), (stranger, owned, ann), (mona, lead, other), (ann, lead, ann), (ann, owned, bob),
        (cast.person("audit", "auditor"), lead, ann),
    ):  # fmt: skip
        with pytest.raises(PermissionDenied):
            lead_assign(lead=what, by=by, owner=owner)
    assert cast.owners([lead, owned]) == [None, ann.pk]
    assert lead_assign(lead=lead, by=mona, owner=ann).owner == ann
    assert lead_assign(lead=owned, by=cast.person("root", "admin"), owner=other).owner == other


def test_moves_that_are_none(pool, mona, ann, bob):
    lead = cast.lead_of(ann)
    assert code_of(lead_assign, lead=lead, by=mona, owner=ann) == "already_owner"
    assert code_of(lead_auto_assign, lead=lead, by=mona) == "invalid_transition"
    Lead.objects.filter(pk=lead.pk).update(status="disqualified")
    assert code_of(lead_assign, lead=lead, by=mona, owner=bob) == "invalid_transition"


def test_the_rules_take_it_out_of_the_pool(pool, mona, ann, bob):
    lead = lead_auto_assign(lead=cast.lead_in_pool(), by=mona)
    assert lead.owner == ann
    assert Ownership.objects.get(lead=lead).via == "rule"
    kept = LeadAssignment.objects.filter(lead=lead).latest("pk")
    assert (kept.owner, kept.by) == (ann, mona)


def test_when_the_rules_find_nobody_it_stays_where_it_is(pool, mona):
    for person in (cast.person(name) for name in ()):
        person.delete()
    lead = cast.lead_in_pool()
    entered = lead.pool_entered_at
    from salesflow.people.models import User

    User.objects.update(is_active=False)
    lead = lead_auto_assign(lead=lead, by=None)
    assert (lead.in_pool, lead.pool_entered_at) == (True, entered)


def test_a_lead_kept_out_of_pools_is_for_who_sees_all(mona, ann, pool):
    lead = Lead.objects.create(contact_name="Past")
    with pytest.raises(PermissionDenied):
        lead_assign(lead=lead, by=mona, owner=ann)
    assert lead_assign(lead=lead, by=cast.person("root", "admin"), owner=ann).owner == ann
    with pytest.raises(Conflict):
        lead_claim(lead=Lead.objects.create(contact_name="Past too"), by=cast.person("seer", "admin", "rep"))
