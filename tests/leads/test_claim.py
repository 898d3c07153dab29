"""Reps take leads out of the pool, within their limits; managers do not."""

from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django.http import Http404

from leads.models import Lead, Ownership, Pool
from leads.services import lead_claim, lead_return, leads_claim, pool_save
from leads.services.claim import lead_for_claim
from salesflow.lib.errors import Conflict
from salesflow.people.models import Role
from tests.leads import cast

pytestmark = pytest.mark.django_db


@pytest.fixture
def team():
    return cast.team("East")


@pytest.fixture
def ann(team):
    return cast.person("ann", team=team)


@pytest.fixture
def bob(team):
    return cast.person("bob", team=team)


@pytest.fixture
def pool(ann, bob):
    return cast.default_pool(members=[ann, bob])


def refused(code, lead, by):
    with pytest.raises(Conflict) as caught:
        lead_claim(lead=lead, by=by)
    assert caught.value.code == code
    return caught.value


def test_a_claimed_lead_is_the_reps_and_its_clock_runs(pool, ann):
    lead = lead_claim(lead=cast.lead_in_pool(grade="A"), by=ann)
    assert (lead.owner, lead.status, lead.in_pool, lead.pool) == (ann, "assigned", False, None)
    assert lead.first_contact_due_at - lead.owned_since == timedelta(hours=24)
    clock = cast.clock_of(lead)
    assert (clock.state, clock.owner_id, clock.due_at) == ("running", ann.pk, lead.first_contact_due_at)
    ownership = Ownership.objects.get(lead=lead, ended_at=None)
    assert (ownership.owner, ownership.via, ownership.pool) == (ann, "claim", pool)
    assert cast.notices(ann) == []


def test_the_second_rep_is_told_that_another_was_first(pool, ann, bob):
    lead = cast.lead_in_pool()
    lead_claim(lead=lead, by=ann)
    refused("already_claimed", lead, bob)
    assert Lead.objects.get(pk=lead.pk).owner == ann
    assert not Lead.objects.visible_to(bob).filter(pk=lead.pk).exists()
    with pytest.raises(Conflict, match="already_claimed"):
        lead_for_claim(lead_id=lead.pk, by=bob)


def test_a_lead_that_was_never_in_ones_pool_is_not_there(pool, ann, bob):
    other = pool_save(by=None, name="Other", members=[ann])
    owned, elsewhere = cast.lead_of(ann), cast.lead_in_pool(other)
    for lead in (owned, elsewhere):
        with pytest.raises(Http404):
            lead_for_claim(lead_id=lead.pk, by=bob)
        with pytest.raises(Http404):
            lead_claim(lead=lead, by=bob)
    assert lead_claim(lead=elsewhere, by=ann).owner == ann


@pytest.mark.parametrize("role", ["manager", "director", "admin", "auditor", "finance"])
def test_who_manages_or_watches_may_not_claim(pool, role):
    other = cast.person("other", role)
    pool.members.add(other)
    pool.managers.add(other)
    lead = cast.lead_in_pool()
    with pytest.raises(PermissionDenied):
        lead_claim(lead=lead, by=other)
    assert Lead.objects.get(pk=lead.pk).in_pool


def test_a_lead_in_no_pool_cannot_be_claimed(pool, ann):
    lead = cast.lead_of(ann)
    refused("already_claimed", lead, ann)
    Ownership.objects.all().delete()
    Lead.objects.filter(pk=lead.pk).update(status="disqualified")
    refused("already_claimed", lead, ann)


def test_the_holding_limit_counts_open_leads_of_the_grades_that_count(ann, bob):
    pool = cast.default_pool(members=[ann, bob], max_held=2, held_excludes_grades=["C"])
    cast.leads_of(ann, 3, grade="C")
    closed = cast.lead_of(ann, grade="A")
    Lead.objects.filter(pk=closed.pk).update(status="disqualified")
    cast.lead_of(ann, grade="A")
    first, second, third = cast.leads_in_pool(3, pool, grade="B")
    lead_claim(lead=first, by=ann)
    assert refused("held_limit", second, ann)
    assert lead_claim(lead=cast.lead_in_pool(pool, grade="C"), by=ann).owner == ann
    assert lead_claim(lead=third, by=bob).owner == bob


def test_giving_back_does_not_give_the_claim_of_the_day_back(ann):
    pool = cast.default_pool(members=[ann], max_claims_per_day=2)
    first, second, third = cast.leads_in_pool(3, pool)
    lead_return(lead=lead_claim(lead=first, by=ann), by=ann, reason="no_time")
    lead_claim(lead=second, by=ann)
    refused("daily_limit", third, ann)
    other = pool_save(by=None, name="Other", members=[ann])
    assert lead_claim(lead=cast.lead_in_pool(other), by=cast.fresh(ann)).owner == ann, (
        "a limit is that of its pool"
    )


def test_a_new_day_in_the_workspaces_zone_brings_new_claims(ann):
    pool = cast.default_pool(members=[ann], max_claims_per_day=1)
    first, second = cast.leads_in_pool(2, pool)
    lead_claim(lead=first, by=ann)
    refused("daily_limit", second, ann)
    cast.time_passes([first], 86_400)
    assert lead_claim(lead=second, by=ann).owner == ann


def test_the_most_specific_limit_wins(team, ann, bob):
    eve = cast.person("eve")
    rep = Role.objects.get(code="rep")
    pool = cast.default_pool(members=[ann, bob, eve], max_held=0)
    pool_save(
        pool=pool,
        by=None,
        limits=[
            {"role": rep, "max_held": 1, "max_claims_per_day": 1},
            {"team": team, "max_held": 2},
            {"user": ann, "max_held": 3, "max_claims_per_day": 9},
        ],
    )
    leads = iter(cast.leads_in_pool(12, pool))
    for person, most, code in ((ann, 3, "held_limit"), (bob, 1, "daily_limit"), (eve, 1, "held_limit")):
        for _each in range(most):
            lead_claim(lead=next(leads), by=person)
        refused(code, next(leads), person)


def test_every_former_owner_waits_from_his_own_release(ann, bob):
    cast.default_pool(members=[ann, bob], cooldown_seconds=3600)
    lead = cast.lead_in_pool()
    lead_return(lead=lead_claim(lead=lead, by=ann), by=ann, reason="no_time")
    refused("cooling_down", lead, ann)
    cast.time_passes([lead], 1800)
    lead_return(lead=lead_claim(lead=lead, by=bob), by=bob, reason="no_time")
    refused("cooling_down", lead, ann)
    refused("cooling_down", lead, bob)
    cast.time_passes([lead], 1801)
    refused("cooling_down", lead, bob)
    assert lead_claim(lead=lead, by=ann).owner == ann


def test_the_last_second_of_the_cool_down_is_within_it(ann, monkeypatch):
    cast.default_pool(members=[ann], cooldown_seconds=60)
    lead = cast.lead_in_pool()
    lead_return(lead=lead_claim(lead=lead, by=ann), by=ann, reason="no_time")
    cast.time_passes([lead], 61)
    released = Ownership.objects.get(lead=lead).ended_at
    for after, code in ((timedelta(seconds=60), "cooling_down"), (timedelta(seconds=60, microseconds=1), "")):
        monkeypatch.setattr("leads.services.claim.database_now", lambda after=after: released + after)
        assert leads_claim(lead_ids=[lead.pk], by=ann, partial=True)[0].code == code


def test_a_lead_new_in_the_pool_is_reserved_for_managers(ann):
    cast.default_pool(members=[ann], protection_seconds=600)
    lead = cast.lead_in_pool()
    refused("protected", lead, ann)
    Lead.objects.filter(pk=lead.pk).update(city="Ulm")
    cast.time_passes([lead], 601)
    assert lead_claim(lead=lead, by=ann).owner == ann


def test_a_changed_protection_counts_from_the_entry(pool, ann):
    lead = cast.lead_in_pool()
    cast.time_passes([lead], 100)
    pool_save(pool=pool, by=None, protection_seconds=3600)
    assert cast.fresh(lead).protected_until == cast.fresh(lead).pool_entered_at + timedelta(hours=1)
    refused("protected", lead, ann)
    pool_save(pool=pool, by=None, protection_seconds=50)
    assert lead_claim(lead=lead, by=ann).owner == ann


def test_a_lead_under_review_is_claimed_by_nobody(pool, ann):
    lead = cast.lead_in_pool()
    Lead.objects.filter(pk=lead.pk).update(under_review=True)
    refused("under_review", lead, ann)


def test_several_are_claimed_all_or_none(ann, bob):
    pool = cast.default_pool(members=[ann, bob])
    leads = cast.leads_in_pool(3, pool)
    lead_claim(lead=leads[1], by=bob)
    with pytest.raises(Conflict) as caught:
        leads_claim(lead_ids=[each.pk for each in leads], by=ann)
    assert caught.value.code == "already_claimed"
    assert [answer["code"] for answer in caught.value.extra["results"]] == ["", "already_claimed", ""]
    assert cast.owners(leads) == [None, bob.pk, None]


def test_several_are_claimed_as_far_as_allowed(ann, bob):
    pool = cast.default_pool(members=[ann, bob], max_held=2)
    leads = cast.leads_in_pool(4, pool)
    lead_claim(lead=leads[1], by=bob)
    answers = leads_claim(lead_ids=[each.pk for each in leads] + [0], by=ann, partial=True)
    assert [answer.code for answer in answers] == ["", "already_claimed", "", "held_limit", "not_found"]
    assert cast.owners(leads) == [ann.pk, bob.pk, ann.pk, None]


def test_limits_of_one_pool_count_what_the_same_claim_took_from_another(ann):
    small = cast.default_pool(members=[ann], max_held=1)
    wide = pool_save(by=None, name="Wide", members=[ann])
    first, second = cast.lead_in_pool(wide), cast.lead_in_pool(small)
    answers = leads_claim(lead_ids=[first.pk, second.pk], by=ann, partial=True)
    assert [answer.code for answer in answers] == ["", "held_limit"]
    assert Pool.objects.get(pk=wide.pk).max_held is None


def test_a_refused_claim_changes_nothing(ann, django_assert_num_queries):
    cast.default_pool(members=[ann], max_held=0)
    lead = cast.lead_in_pool()
    before = (cast.fresh(lead).version, Ownership.objects.count())
    refused("held_limit", lead, ann)
    assert (cast.fresh(lead).version, Ownership.objects.count()) == before
