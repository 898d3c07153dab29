"""A first contact is an attempt of a person, with a summary and the next follow-up; it wins over the time-out."""

from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied, ValidationError

from leads.models import Lead, Ownership
from leads.services import lead_archive, lead_claim, lead_restore
from salesflow.clocks.services import database_now, sweep
from salesflow.journal.models import Event
from salesflow.lib.errors import Conflict
from salesflow.work.models import Activity, Task
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
def lead(ann):
    cast.default_pool(members=[ann])
    return cast.lead_of(ann, grade="C")


def errors_of(lead, by, **values):
    with pytest.raises(ValidationError) as caught:
        cast.contact(lead, by, **values)
    assert Activity.objects.count() == 0
    return set(caught.value.message_dict)


def test_an_attempt_counts_and_plans_the_next_one(lead, ann):
    tomorrow = database_now() + timedelta(days=1)
    cast.contact(lead, ann, next_follow_up_at=tomorrow)
    lead = cast.fresh(lead)
    assert (lead.status, lead.next_follow_up_at) == ("contacted", tomorrow)
    assert lead.first_contacted_at < lead.first_contact_due_at
    assert lead.last_activity_at is not None
    clock = cast.clock_of(lead)
    assert (clock.state, clock.met_at, clock.breached_at) == ("met", lead.first_contacted_at, None)
    assert Ownership.objects.get(lead=lead).first_contacted_at == lead.first_contacted_at
    assert Activity.objects.get().purpose == "first_contact"
    task = Task.objects.get()
    assert (task.assignee, task.due_at, task.subject_id, task.state) == (ann, tomorrow, lead.pk, "open")
    assert Event.objects.filter(kind="leads.contacted", subject_id=lead.pk).count() == 1


def test_the_second_contact_ends_the_first_follow_up_and_moves_no_clock(lead, ann):
    cast.contact(lead, ann)
    first = cast.fresh(lead).first_contacted_at
    cast.contact(lead, ann, outcome="reached")
    assert cast.fresh(lead).first_contacted_at == first
    assert list(Task.objects.order_by("pk").values_list("state", flat=True)) == ["done", "open"]
    assert list(Activity.objects.order_by("pk").values_list("purpose", flat=True)) == ["first_contact", ""]


@pytest.mark.parametrize("outcome", ["", "reached", "left_message"])
def test_mail_merely_received_does_not_count(lead, ann, outcome):
    cast.contact(lead, ann, channel="email", direction="inbound", outcome=outcome)
    lead = cast.fresh(lead)
    assert (lead.status, lead.first_contacted_at) == ("assigned", None)
    assert cast.clock_of(lead).state == "running"


def test_answering_what_came_in_counts(lead, ann):
    cast.contact(lead, ann, channel="email", direction="inbound", outcome="replied")
    assert cast.fresh(lead).status == "contacted"


def test_a_summary_and_a_follow_up_ahead_are_needed(lead, ann):
    now = database_now()
    assert errors_of(lead, ann, summary="  ") == {"summary"}
    assert errors_of(lead, ann, next_follow_up_at=None) == {"next_follow_up_at"}
    assert errors_of(lead, ann, next_follow_up_at=now) == {"next_follow_up_at"}
    assert errors_of(lead, ann, channel="pigeon") == {"channel"}
    assert errors_of(lead, ann, direction="sideways") == {"direction"}
    assert errors_of(lead, ann, outcome="married") == {"outcome"}
    assert errors_of(lead, ann, occurred_at=now + timedelta(hours=1)) == {"occurred_at"}
    assert errors_of(lead, ann, occurred_at=lead.owned_since - timedelta(seconds=1)) == {"occurred_at"}
    assert cast.fresh(lead).status == "assigned"


def test_the_owner_and_those_above_him_log(lead, ann, mona):
    other = cast.person("other", "manager")
    for person in (cast.person("bob", team=ann.team), other, cast.person("audit", "auditor")):
        with pytest.raises(PermissionDenied):
            cast.contact(lead, person)
    cast.contact(lead, mona)
    assert Activity.objects.get().by == mona
    assert Task.objects.get().assignee == ann
    assert "work.task_given" in cast.notices(ann)


def test_what_a_person_says_of_the_time_moves_no_deadline(lead, ann):
    cast.time_passes([lead], DAY + 60)
    lead = cast.fresh(lead)
    cast.contact(lead, ann, occurred_at=lead.owned_since + timedelta(hours=1))
    clock = cast.clock_of(lead)
    assert clock.state == "met" and clock.breached_at == clock.due_at < clock.met_at
    assert Activity.objects.get().occurred_at == lead.owned_since + timedelta(hours=1)


def test_late_and_not_yet_returned_it_is_taken_and_the_breach_stays(lead, ann):
    cast.time_passes([lead], DAY + 5)
    cast.contact(lead, ann)
    assert sweep()["processed"] == 0
    lead = cast.fresh(lead)
    assert (lead.owner, lead.status) == (ann, "contacted")
    assert lead.first_contacted_at > lead.first_contact_due_at
    assert cast.clock_of(lead).breached_at is not None


def test_after_the_return_the_owner_and_his_manager_are_told_so(lead, ann, mona):
    cast.time_passes([lead], DAY)
    sweep()
    for person in (ann, mona):
        with pytest.raises(Conflict) as caught:
            cast.contact(lead, person)
        assert caught.value.code == "clock_expired"
    assert Activity.objects.count() == 0


def test_a_contact_in_time_is_never_followed_by_a_return(lead, ann):
    cast.time_passes([lead], DAY - 5)
    cast.contact(lead, ann)
    cast.time_passes([lead], DAY)
    sweep()
    assert cast.fresh(lead).owner == ann


def test_who_claims_it_again_may_log_again(lead, ann):
    cast.time_passes([lead], DAY)
    sweep()
    lead_claim(lead=lead, by=ann)
    cast.contact(lead, ann)
    assert cast.fresh(lead).status == "contacted"


def test_an_ended_lead_takes_no_contact(lead, ann):
    Lead.objects.filter(pk=lead.pk).update(status="disqualified")
    with pytest.raises(Conflict, match="invalid_transition"):
        cast.contact(lead, ann)


def test_a_qualified_lead_stays_qualified(lead, ann):
    Lead.objects.filter(pk=lead.pk).update(status="qualified")
    cast.contact(lead, ann)
    assert cast.fresh(lead).status == "qualified"


def test_a_restored_lead_waits_for_its_first_contact_again(lead, mona):
    cast.time_passes([lead], DAY - 60)
    lead_archive(lead=lead, by=mona)
    cast.time_passes([lead], 600)
    sweep()
    lead = lead_restore(lead=lead, by=mona)
    assert cast.clock_of(lead).state == "running"
    assert lead.first_contact_due_at == cast.clock_of(lead).due_at > database_now() + timedelta(hours=23)
    cast.time_passes([lead], DAY)
    assert sweep()["returned"] == 1
