"""A changed limit holds at once, also for clocks that run; a lead of a new grade follows that grade's policy."""

from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied, ValidationError

from leads.models import FirstContactPolicy, Lead
from leads.services import first_contact_policy_change, lead_claim
from leads.services.first_contact import first_contact_follow_grades
from leads.subscribers import leads_show_new_hours
from salesflow.clocks.models import BusinessCalendar
from salesflow.clocks.services import (
    calendar_change,
    calendar_default,
    calendar_ensure_defaults,
    sweep,
    working_time,
)
from salesflow.journal.models import Event
from tests.leads import cast

pytestmark = pytest.mark.django_db


@pytest.fixture
def ann():
    ann = cast.person("ann")
    cast.default_pool(members=[ann])
    return ann


def change(grade, **values):
    policy = FirstContactPolicy.objects.get(grade=grade)
    return first_contact_policy_change(policy=policy, by=None, **values)


def test_running_clocks_are_due_at_start_plus_the_new_limit(ann):
    lead, other = cast.lead_of(ann, grade="A"), cast.lead_of(ann, grade="B")
    cast.time_passes([lead, other], 1000)
    change("A", limit_seconds=3600)
    lead, other = cast.fresh(lead), cast.fresh(other)
    assert lead.first_contact_due_at == lead.owned_since + timedelta(hours=1)
    assert lead.first_contact_limit_seconds == 3600
    assert cast.clock_of(lead).due_at == lead.first_contact_due_at
    assert other.first_contact_due_at == other.owned_since + timedelta(days=1)


def test_already_past_the_new_limit_it_goes_at_the_next_sweep(ann):
    lead = cast.lead_of(ann, grade="A")
    cast.time_passes([lead], 100)
    change("A", limit_seconds=60)
    assert sweep()["returned"] == 1
    assert cast.fresh(lead).in_pool


def test_met_ones_stay(ann):
    lead = cast.lead_of(ann, grade="C")
    cast.contact(lead, ann)
    due = cast.fresh(lead).first_contact_due_at
    change("C", limit_seconds=60)
    assert cast.fresh(lead).first_contact_due_at == due
    assert cast.clock_of(lead).due_at == due


def test_new_ownerships_start_under_the_new_limit(ann):
    change("A", limit_seconds=60, remind_at_percent=[10, 90])
    lead = lead_claim(lead=cast.lead_in_pool(grade="A"), by=ann)
    clock = cast.clock_of(lead)
    assert (clock.target_seconds, clock.warn_percents) == (60, [10, 90])
    assert clock.policy_version == FirstContactPolicy.objects.get(grade="A").version


def test_a_lead_of_a_new_grade_follows_its_policy(ann):
    change("A", limit_seconds=3600)
    lead, contacted = cast.lead_of(ann, grade="B"), cast.lead_of(ann, grade="C")
    cast.contact(contacted, ann)
    due = cast.fresh(contacted).first_contact_due_at
    Lead.objects.filter(pk__in=[lead.pk, contacted.pk]).update(grade="A")
    assert first_contact_follow_grades([lead.pk, contacted.pk]) == 1
    lead = cast.fresh(lead)
    assert lead.first_contact_due_at == lead.owned_since + timedelta(hours=1)
    assert cast.clock_of(lead).policy_key == "A"
    assert cast.fresh(contacted).first_contact_due_at == due
    change("A", limit_seconds=1800)
    assert cast.clock_of(lead).target_seconds == 1800, "it is under the new grade's policy from now on"


def test_working_hours_count_in_the_calendar(ann):
    calendar_ensure_defaults()
    change("A", limit_seconds=4 * 3600, business_hours_only=True)
    lead = cast.lead_of(ann, grade="A")
    clock = cast.clock_of(lead)
    assert clock.calendar == calendar_default()
    in_hours = working_time(calendar_default()).add(lead.owned_since, 4 * 3600)
    assert lead.first_contact_due_at == clock.due_at == in_hours


def test_changed_hours_show_on_the_leads(ann):
    calendar = calendar_ensure_defaults()
    change("A", limit_seconds=40 * 3600, business_hours_only=True)
    lead = cast.lead_of(ann, grade="A")
    calendar_change(calendar=calendar, weekly={str(day): [["00:00", "24:00"]] for day in range(7)})
    assert cast.clock_of(lead).due_at < lead.first_contact_due_at
    leads_show_new_hours(Event.objects.get(kind="clocks.calendar_changed"))
    assert cast.fresh(lead).first_contact_due_at == cast.clock_of(lead).due_at


@pytest.mark.parametrize(
    "values",
    [{"limit_seconds": 0}, {"remind_at_percent": [0]}, {"remind_at_percent": [100]}, {"remind_at_percent": [20, 101]},
     {"version": 7}, {"business_hours_only": "often"}, {"limit_seconds": 10**9}],
)  # fmt: skip
def test_a_policy_that_cannot_be_is_refused(ann, values):
    with pytest.raises(ValidationError) as caught:
        change("A", **values)
    assert set(caught.value.message_dict) == set(values)
    assert FirstContactPolicy.objects.get(grade="A").limit_seconds == 86_400


def test_who_may_change_policies(ann):
    policy = FirstContactPolicy.objects.get(grade="A")
    for person in (ann, cast.person("mona", "manager")):
        with pytest.raises(PermissionDenied):
            first_contact_policy_change(policy=policy, by=person, limit_seconds=60)
    root = cast.person("root", "admin")
    assert first_contact_policy_change(policy=policy, by=root, limit_seconds=60).limit_seconds == 60


def test_without_any_calendar_working_hours_cannot_count(ann):
    BusinessCalendar.objects.all().update(is_default=False)
    with pytest.raises(ValidationError) as caught:
        change("A", business_hours_only=True)
    assert set(caught.value.message_dict) == {"calendar"}
