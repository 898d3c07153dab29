"""So many attempts without any answer over so many days: the lead goes back, by the last attempt or by the timer."""

from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.db.models import F

from leads.models import FirstContactPolicy, Lead, LeadEvent, Ownership
from leads.ports import ports
from leads.services import (
    first_contact_policy_change,
    lead_archive,
    lead_assign,
    lead_qualify,
    lead_restore,
    leads_rescore,
    unanswered,
)
from leads.services.unanswered import leads_return_unanswered
from leads.tasks import sweep_unanswered
from salesflow.clocks.services import database_now
from salesflow.journal.models import Event
from salesflow.work.models import Activity
from tests.leads import cast

pytestmark = pytest.mark.django_db
DAY = 86_400


@pytest.fixture
def mona():
    return cast.person("mona", "manager")


@pytest.fixture
def ann(mona):
    return cast.person("ann", team=cast.team("Ours", mona))


@pytest.fixture
def lead(ann):
    cast.default_pool(members=[ann])
    policy(max_unanswered_attempts=3, unanswered_days=2)
    return cast.lead_of(ann, grade="C")


def policy(**values):
    first_contact_policy_change(policy=FirstContactPolicy.objects.get(grade="C"), by=None, **values)


def tried(lead, ann, times=3, **values):
    for _each in range(times):
        cast.contact(lead, ann, **values)
    return cast.fresh(lead)


def days_pass(lead, days):
    cast.time_passes([lead], days * DAY)
    Lead.objects.filter(pk=lead.pk).update(unanswered_due_at=F("unanswered_due_at") - timedelta(days=days))


def test_five_attempts_over_ten_days_unless_the_policy_says_otherwise():
    assert set(FirstContactPolicy.objects.values_list("max_unanswered_attempts", "unanswered_days")) == {
        (5, 10)
    }


def test_the_timer_takes_it_back_when_the_days_are_over(lead, ann, mona):
    waiting = tried(lead, ann)
    first = Activity.objects.earliest("logged_at").logged_at
    assert (waiting.owner, waiting.unanswered_due_at) == (ann, first + timedelta(days=2))
    days_pass(lead, 1.9)
    assert sweep_unanswered()["processed"] == 0
    days_pass(lead, 0.2)
    assert sweep_unanswered()["returned"] == 1
    gone = cast.fresh(lead)
    assert (gone.in_pool, gone.status, gone.returned_count, gone.unanswered_due_at) == (True, "new", 1, None)
    assert Ownership.objects.get(lead=lead).end_reason == "no_answer"
    assert Event.objects.filter(kind="leads.unanswered", subject_id=lead.pk).count() == 1
    assert cast.notices(ann)[-1] == "leads.unanswered"
    assert cast.notices(mona) == ["leads.unanswered_of_rep"]
    assert sweep_unanswered()["processed"] == 0, "once"


def test_the_last_attempt_takes_it_back_when_the_days_are_over_already(lead, ann):
    tried(lead, ann, 2)
    days_pass(lead, 3)
    assert sweep_unanswered()["processed"] == 0, "two attempts are too few, however long ago"
    cast.contact(lead, ann, outcome="left_message")
    assert cast.fresh(lead).in_pool


@pytest.mark.parametrize(
    "answer",
    [
        {"outcome": "reached"},
        {"direction": "inbound", "outcome": "replied"},
        {"direction": "inbound", "outcome": ""},
    ],
)
@pytest.mark.parametrize("first", [True, False])
def test_one_answer_keeps_it(lead, ann, answer, first):
    if first:
        cast.contact(lead, ann, **answer)
        tried(lead, ann)
    else:
        tried(lead, ann)
        cast.contact(lead, ann, **answer)
    assert cast.fresh(lead).unanswered_due_at is None
    days_pass(lead, 5)
    cast.contact(lead, ann)
    assert sweep_unanswered()["processed"] == 0
    assert cast.fresh(lead).owner == ann


@pytest.mark.parametrize(("kind", "kept"), [("reply", True), ("email_open", False)])
def test_a_reply_that_came_by_itself_keeps_it_an_opened_mail_does_not(lead, ann, kind, kept):
    tried(lead, ann)
    days_pass(lead, 3)
    LeadEvent.objects.create(lead=lead, kind=kind, occurred_at=database_now())
    assert sweep_unanswered()["returned"] == (0 if kept else 1)
    assert (cast.fresh(lead).owner == ann) is kept
    assert cast.fresh(lead).unanswered_due_at is None


def test_without_a_look_under_the_lock_the_reply_is_overlooked(lead, ann, monkeypatch):
    """Guard removed: what was reckoned at the last attempt is believed."""
    tried(lead, ann)
    days_pass(lead, 3)
    LeadEvent.objects.create(lead=lead, kind="reply", occurred_at=database_now())
    monkeypatch.setattr(unanswered, "unanswered_follow", lambda ids: [])
    assert sweep_unanswered()["returned"] == 1


def test_attempts_of_an_earlier_owner_do_not_count(lead, ann, mona):
    bob = cast.person("bob", team=ann.team)
    tried(lead, ann)
    lead_assign(lead=lead, by=mona, owner=bob)
    assert cast.fresh(lead).unanswered_due_at is None
    assert tried(lead, bob, 2).unanswered_due_at is None
    assert tried(lead, bob, 1).unanswered_due_at is not None


def test_a_changed_policy_holds_at_once(lead, ann):
    tried(lead, ann)
    first = Activity.objects.earliest("logged_at").logged_at
    policy(unanswered_days=30)
    assert cast.fresh(lead).unanswered_due_at == first + timedelta(days=30)
    policy(max_unanswered_attempts=4)
    assert cast.fresh(lead).unanswered_due_at is None
    policy(max_unanswered_attempts=1, unanswered_days=0)
    assert sweep_unanswered()["returned"] == 1


def test_switched_off_it_takes_nothing(lead, ann):
    policy(max_unanswered_attempts=None)
    assert tried(lead, ann, 9).unanswered_due_at is None


def test_a_new_grade_brings_its_own_policy(lead, ann):
    tried(lead, ann)
    Lead.objects.filter(pk=lead.pk).update(budget=900_000, need_fit=90, decision_timeframe_days=10)
    leads_rescore([lead.pk], cause="edited", by=ann)
    risen = cast.fresh(lead)
    assert (risen.grade, risen.unanswered_due_at) == ("A", None), "grade A waits for five"


def test_a_qualified_lead_has_agreed(lead, ann):
    tried(lead, ann)
    lead_qualify(lead=lead, by=ann)
    days_pass(lead, 3)
    assert leads_return_unanswered() == {"processed": 1, "returned": 0}
    assert leads_return_unanswered() == {"processed": 0, "returned": 0}
    assert cast.fresh(lead).owner == ann


def test_an_archived_lead_is_left_and_counts_on_when_restored(lead, ann, mona):
    due = tried(lead, ann).unanswered_due_at
    lead_archive(lead=lead, by=mona)
    assert cast.fresh(lead).unanswered_due_at is None
    assert lead_restore(lead=cast.fresh(lead), by=mona).unanswered_due_at == due


def test_a_moving_opportunity_protects_for_the_time_being(lead, ann, monkeypatch):
    tried(lead, ann)
    days_pass(lead, 3)
    monkeypatch.setattr(ports, "open_opportunity", lambda ids: set(ids))
    assert sweep_unanswered()["returned"] == 0
    assert cast.fresh(lead).unanswered_due_at > database_now()
    monkeypatch.undo()
    days_pass(lead, 1)
    assert sweep_unanswered()["returned"] == 1


def test_no_attempts_at_all_are_no_policy():
    with pytest.raises(ValidationError):
        policy(max_unanswered_attempts=0)
