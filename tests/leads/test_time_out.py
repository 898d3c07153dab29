"""Owners are reminded; at the end of the limit the lead goes back to the pool, once, with its history."""

from datetime import timedelta

import pytest

from leads.models import FirstContactPolicy, HandOut, Lead, Ownership
from leads.services import first_contact_policy_change, lead_assign, lead_claim, pool_save
from leads.tasks import sweep_hand_outs
from salesflow.clocks.services import sweep
from salesflow.journal.models import Event, Notice
from salesflow.work.models import Task
from tests.leads import cast

pytestmark = pytest.mark.django_db
DAY = 86_400


@pytest.fixture
def mona():
    return cast.person("mona", "manager")


@pytest.fixture
def ann(mona):
    return cast.person("ann", team=cast.team("East", mona))


@pytest.fixture
def pool(ann, mona):
    return cast.default_pool(members=[ann], managers=[mona])


def test_at_the_end_the_lead_is_back_in_the_pool_and_its_history_kept(pool, ann, mona):
    lead = cast.lead_of(ann)
    cast.time_passes([lead], DAY)
    assert sweep()["returned"] == 1
    lead = cast.fresh(lead)
    assert (lead.owner, lead.status, lead.in_pool, lead.pool, lead.returned_count) == (
        None,
        "new",
        True,
        pool,
        1,
    )
    assert lead.first_contact_due_at is lead.first_contacted_at is lead.owned_since is None
    ownership = Ownership.objects.get(lead=lead)
    assert (ownership.owner, ownership.end_reason) == (ann, "expired")
    clock = cast.clock_of(lead)
    assert clock.state == "breached" and clock.breached_at == clock.due_at
    assert Event.objects.filter(kind="leads.timed_out", subject_id=lead.pk).count() == 1
    assert (cast.notices(ann), cast.notices(mona)) == (["leads.timed_out"], ["leads.timed_out_of_rep"])


def test_not_a_moment_before_the_end(pool, ann):
    lead = cast.lead_of(ann)
    cast.time_passes([lead], DAY - 10)
    assert "returned" not in sweep()
    assert cast.fresh(lead).owner == ann


def test_a_second_sweep_finds_nothing(pool, ann):
    lead = cast.lead_of(ann)
    cast.time_passes([lead], DAY)
    sweep()
    assert sweep()["processed"] == 0
    assert cast.fresh(lead).returned_count == 1
    assert Notice.objects.count() == 2


def test_several_at_once_are_told_in_one_line_each(pool, ann, mona):
    leads = cast.leads_of(ann, 5)
    cast.time_passes(leads, DAY)
    assert sweep()["returned"] == 5
    for person in (ann, mona):
        told = Notice.objects.get(user=person)
        assert (told.params["count"], sorted(told.params["leads"])) == (5, [each.pk for each in leads])


def test_the_batches_of_a_sweep_are_told_in_one_line_and_the_next_sweep_in_another(pool, ann, mona):
    leads = cast.leads_of(ann, 5)
    cast.time_passes(leads, DAY)
    assert sweep(limit_per_batch=2)["returned"] == 5
    for person in (ann, mona):
        told = Notice.objects.get(user=person)
        assert (told.params["count"], sorted(told.params["leads"])) == (5, [each.pk for each in leads])
        assert (told.subject_type, told.subject_id) == ("", None)
    cast.time_passes([one := cast.lead_of(ann)], DAY)
    sweep()
    last = Notice.objects.filter(user=ann).latest("pk")
    assert (last.params["count"], last.subject_id) == (1, one.pk)


def test_it_goes_back_to_the_pool_it_came_from(pool, ann):
    other = pool_save(by=None, name="Other", members=[ann])
    lead = lead_claim(lead=cast.lead_in_pool(other), by=ann)
    cast.time_passes([lead], DAY)
    sweep()
    assert cast.fresh(lead).pool == other


def test_reminders_at_half_and_at_four_fifths(pool, ann, mona):
    lead = cast.lead_of(ann)
    cast.time_passes([lead], DAY / 2)
    assert sweep()["reminded"] == 1
    assert (cast.notices(ann), cast.notices(mona)) == (["leads.first_contact_due"], [])
    cast.time_passes([lead], DAY * 0.3)
    assert sweep()["reminded"] == 1
    assert cast.notices(ann) == ["leads.first_contact_due"] * 2
    assert cast.notices(mona) == ["leads.first_contact_due_of_rep"]
    sweep()
    assert Notice.objects.count() == 3
    assert [note.params["percent"] for note in Notice.objects.filter(user=ann).order_by("pk")] == [50, 80]


def test_an_absent_owners_clock_runs_and_his_deputy_is_reminded_too(pool, ann, mona):
    dan = cast.person("dan")
    ann.deputy, ann.absent_from = dan, ann.created_at - timedelta(days=1)
    ann.save()
    lead = cast.lead_of(ann)
    cast.time_passes([lead], DAY / 2)
    sweep()
    assert cast.notices(ann) == ["leads.first_contact_due"]
    assert cast.notices(dan) == ["leads.first_contact_due_of_rep"]
    cast.time_passes([lead], DAY / 2)
    sweep()
    assert cast.fresh(lead).in_pool


def test_who_has_contacted_is_reminded_of_nothing(pool, ann):
    lead = cast.lead_of(ann)
    cast.contact(lead, ann)
    cast.time_passes([lead], DAY)
    assert sweep()["processed"] == 0
    assert cast.notices(ann) == []


def test_a_lead_given_to_another_is_not_taken_by_the_old_clock(pool, ann, mona):
    bob = cast.person("bob", team=ann.team)
    lead = cast.lead_of(ann)
    cast.time_passes([lead], DAY - 60)
    lead_assign(lead=lead, by=mona, owner=bob)
    cast.time_passes([lead], 120)
    sweep()
    assert cast.fresh(lead).owner == bob


def test_after_so_many_returns_it_waits_for_review(pool, ann, mona):
    pool_save(pool=pool, by=None, review_after_returns=2, rehand="rules")
    lead = cast.lead_of(ann)
    for review in (False, True):
        cast.time_passes([lead], DAY)
        sweep()
        assert cast.fresh(lead).under_review is review
        HandOut.objects.all().delete() if not review else None
        if not review:
            lead_claim(lead=lead, by=ann)
    assert HandOut.objects.count() == 0
    assert "leads.needs_review" in cast.notices(mona)
    lead_assign(lead=lead, by=mona, owner=ann)
    assert cast.fresh(lead).under_review is False


def test_a_pool_hands_it_out_again_but_not_to_who_lost_it(pool, ann):
    bob = cast.person("bob", team=ann.team)
    pool_save(pool=pool, by=None, rehand="rules", cooldown_seconds=3600)
    lead = cast.lead_of(ann)
    cast.time_passes([lead], DAY)
    sweep()
    assert HandOut.objects.get().lead == cast.fresh(lead)
    assert sweep_hand_outs()["handed_out"] == 1
    lead = cast.fresh(lead)
    assert (lead.owner, lead.status) == (bob, "assigned")
    assert Ownership.objects.get(lead=lead, ended_at=None).via == "rule"
    assert HandOut.objects.count() == 0
    assert cast.notices(bob) == ["leads.assigned"]


def test_when_nobody_can_take_it_it_waits_in_the_pool_and_is_tried_again(pool, ann):
    pool_save(pool=pool, by=None, rehand="rules", cooldown_seconds=3600)
    lead = cast.lead_of(ann)
    cast.time_passes([lead], DAY)
    sweep()
    assert sweep_hand_outs()["handed_out"] == 0
    assert cast.fresh(lead).in_pool
    waiting = HandOut.objects.get()
    assert waiting.attempts == 1
    cast.time_passes([lead], 3601)
    HandOut.objects.update(due_at=waiting.due_at - timedelta(hours=2))
    assert sweep_hand_outs()["handed_out"] == 1
    assert cast.fresh(lead).owner == ann


def test_what_was_claimed_meanwhile_leaves_the_queue(pool, ann):
    pool_save(pool=pool, by=None, rehand="rules")
    lead = cast.lead_of(ann)
    cast.time_passes([lead], DAY)
    sweep()
    lead_claim(lead=lead, by=ann)
    assert sweep_hand_outs().get("handed_out", 0) == 0
    assert HandOut.objects.count() == 0


def test_the_former_owners_follow_up_is_off_his_list(pool, ann, mona):
    bob = cast.person("bob", team=ann.team)
    lead = cast.lead_of(ann)
    cast.contact(lead, ann)
    lead_assign(lead=lead, by=mona, owner=bob)
    assert Task.objects.get().state == "cancelled"
    assert cast.fresh(lead).next_follow_up_at is None
    assert cast.fresh(lead).first_contacted_at is None
    assert cast.clock_of(lead).state == "running"


def test_without_a_team_manager_the_pools_managers_see_it(pool, mona):
    solo = cast.person("solo")
    lead = cast.lead_of(solo)
    cast.time_passes([lead], DAY)
    sweep()
    assert cast.notices(mona) == ["leads.timed_out_of_rep"]


@pytest.mark.parametrize(
    "percents,told", [([50], []), ([30, 60], [60]), ([80], [80]), ([10, 85, 90], [85, 90])]
)
def test_the_manager_is_told_from_80_percent_on_or_at_the_last_reminder(pool, ann, mona, percents, told):
    policy = FirstContactPolicy.objects.get(grade="B")
    first_contact_policy_change(policy=policy, by=None, remind_at_percent=percents)
    lead = cast.lead_of(ann)
    gone = 0
    for percent in percents:
        cast.time_passes([lead], DAY * (percent - gone) / 100)
        gone = percent
        sweep()
    assert [note.params["percent"] for note in Notice.objects.filter(user=mona).order_by("pk")] == told


def test_an_archived_lead_is_left_alone(pool, ann):
    lead = cast.lead_of(ann)
    Lead.objects.filter(pk=lead.pk).update(archived_at=lead.created_at)
    cast.time_passes([lead], DAY)
    sweep()
    assert cast.fresh(lead).owner == ann
