"""A changed policy, grade or calendar reaches the clocks that run, keeps what they consumed, and spares the ended."""

from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError

from salesflow.clocks import services
from salesflow.clocks.models import Clock
from salesflow.clocks.services import (
    calendar_change,
    clock_meet,
    clock_pause,
    clock_resume,
    clocks_retarget,
    database_now,
    sweep,
    working_time,
)

from .conftest import DAY, METRIC, SUBJECT, fresh, pass_time, week

OF_ONE = {"subject_type": SUBJECT, "subject_id": 1, "metric": METRIC}


def retarget(seconds, calendar=None, key="A", **values):
    return clocks_retarget(
        metric=METRIC, policy_key=key, target_seconds=seconds, calendar=calendar, policy_version=2, **values
    )


def test_a_new_limit_counts_from_the_start(start):
    clock = start(target_seconds=DAY, policy_key="A", policy_version=1)
    other = start(2, target_seconds=DAY, policy_key="B")
    pass_time(3600)
    assert retarget(2 * DAY) == 1
    changed = fresh(clock)
    assert changed.due_at - changed.started_at == timedelta(days=2)
    assert (changed.target_seconds, changed.policy_version) == (2 * DAY, 2)
    assert fresh(other).due_at - fresh(other).started_at == timedelta(days=1)


def test_one_already_past_its_new_end_ends_at_the_next_sweep_stamped_with_that_end(start, effects):
    clock = start(target_seconds=DAY, policy_key="A")
    pass_time(7200)
    retarget(60)
    assert fresh(clock).state == "running"
    sweep()
    breached = fresh(clock)
    assert breached.state == "breached"
    assert breached.breached_at == breached.started_at + timedelta(seconds=60)
    assert effects.seen == [(1, 100)]


def test_met_and_breached_and_overdue_ones_stay(start, effects):
    start(1, target_seconds=DAY, policy_key="A")
    start(2, target_seconds=60, policy_key="A")
    start(3, target_seconds=60, policy_key="A")
    clock_meet(**OF_ONE)
    pass_time(61, subject_id=2)
    sweep()
    pass_time(61, subject_id=3)
    assert retarget(9 * DAY) == 0
    sweep()
    states = dict(Clock.objects.values_list("subject_id", "state"))
    assert states == {1: "met", 2: "breached", 3: "breached"}, "a longer limit does not undo a breach"


def test_what_earlier_runs_consumed_is_kept(start):
    start(target_seconds=DAY, policy_key="A")
    pass_time(7200)
    consumed = clock_pause(**OF_ONE).consumed_us
    retarget(3 * 3600)
    assert Clock.objects.get().due_at is None
    clock = clock_resume(**OF_ONE)
    assert clock.due_at - clock.running_since == timedelta(hours=3) - timedelta(microseconds=consumed)


def test_a_running_clock_that_consumed_more_than_the_new_limit_before_a_pause_is_due_at_once(start, effects):
    start(target_seconds=DAY, policy_key="A")
    pass_time(7200)
    clock_pause(**OF_ONE)
    clock = clock_resume(**OF_ONE)
    retarget(3600)
    assert fresh(clock).due_at == clock.running_since
    sweep()
    assert fresh(clock).breached_at == clock.running_since


def test_a_warning_given_is_not_given_again_when_the_end_moves_nearer(start, effects):
    start(target_seconds=DAY, policy_key="A")
    pass_time(DAY * 0.55)
    sweep()
    retarget(int(DAY * 0.9))
    sweep()
    assert effects.seen == [(1, 50)]


def test_a_warning_that_moves_into_the_past_is_given_at_the_next_sweep(start, effects):
    start(target_seconds=DAY, policy_key="A")
    pass_time(DAY * 0.4)
    sweep()
    retarget(int(DAY * 0.6))
    sweep()
    assert effects.seen == [(1, 50)]


def test_a_warning_that_moves_into_the_future_is_given_again_when_it_comes(start, effects):
    clock = start(target_seconds=DAY, policy_key="A")
    pass_time(DAY * 0.55)
    sweep()
    retarget(2 * DAY)
    assert sweep()["processed"] == 0
    assert fresh(clock).next_step == 50
    pass_time(DAY * 0.5)
    sweep()
    assert effects.seen == [(1, 50), (1, 50)]


def test_new_warnings_replace_the_old_and_none_given_is_repeated(start, effects):
    start(target_seconds=DAY, policy_key="A")
    pass_time(DAY * 0.7)
    sweep()
    retarget(DAY, warn_percents=[30, 60, 90])
    sweep()
    pass_time(DAY * 0.25)
    sweep()
    assert effects.seen == [(1, 50), (1, 60), (1, 90)]


def test_a_changed_grade_brings_records_under_another_policy(start):
    start(1, policy_key="A")
    start(2, policy_key="A")
    assert retarget(3600, key="C", subject_type=SUBJECT, subject_ids=[2]) == 1
    assert dict(Clock.objects.values_list("subject_id", "policy_key")) == {1: "A", 2: "C"}
    assert Clock.objects.get(subject_id=2).target_seconds == 3600


def test_from_elapsed_to_business_hours_and_back(start, office):
    clock = start(target_seconds=DAY, policy_key="A")
    pass_time(3600)
    retarget(9 * 3600, calendar=office)
    business = fresh(clock)
    assert business.due_at == working_time(office).add(business.running_since, 9 * 3600)
    assert business.calendar_version is not None
    retarget(DAY)
    elapsed = fresh(clock)
    assert elapsed.due_at - elapsed.started_at == timedelta(days=1)
    assert elapsed.calendar is None


def test_sql_and_python_agree_on_every_column(start, effects, office):
    """The one statement for elapsed clocks, against the row-by-row way with a calendar that never closes."""
    always = services.calendar_create(name="Always", zone="UTC", weekly=week("0:00-24:00", 7))
    for subject in range(1, 41):
        start(subject, target_seconds=DAY, policy_key="A", warn_percents=[20, 50, 80])
        pass_time(DAY * subject / 42, subject_id=subject)
    services.clocks_pause(subject_type=SUBJECT, subject_ids=range(1, 20))
    services.clocks_resume(subject_type=SUBJECT, subject_ids=range(1, 10))
    sweep()
    columns = ("subject_id", "state", "due_at", "warned_percent", "next_step", "next_step_at", "consumed_us")
    for target in (1000, 20_000, 50_000, 3 * DAY):
        before = {clock.pk: clock for clock in Clock.objects.all()}
        retarget(target, calendar=always)
        by_python = list(Clock.objects.order_by("pk").values_list(*columns))
        for clock in before.values():
            clock.save()
        retarget(target)
        assert list(Clock.objects.order_by("pk").values_list(*columns)) == by_python


def test_elapsed_clocks_are_changed_with_one_statement(start, django_assert_num_queries):
    for subject in range(50):
        start(subject, policy_key="A")
    with django_assert_num_queries(3):  # a savepoint and its release around it
        assert retarget(7200) == 50


@pytest.mark.parametrize(
    "values", [{"seconds": 0}, {"seconds": "1"}, {"seconds": 60, "warn_percents": [200]}]
)
def test_a_limit_that_is_none_is_refused_and_changes_nothing(start, values):
    clock = start(policy_key="A")
    with pytest.raises(ValidationError):
        retarget(**values)
    assert fresh(clock).due_at == clock.due_at


def test_a_holiday_added_moves_the_ends_behind_it(start, office):
    clock = start(target_seconds=100 * 9 * 3600, calendar=office)
    elapsed = start(2, target_seconds=DAY)
    days = [clock.due_at.date() - timedelta(days=n) for n in range(20, 13, -1)]
    calendar_change(calendar=office, exceptions=[{"date": day, "kind": "closed"} for day in days])
    assert fresh(clock).due_at == clock.due_at + timedelta(days=7)
    assert fresh(elapsed).due_at == elapsed.due_at


def test_hours_changed_from_a_date_on_leave_what_was_counted_before(start, office):
    clock = start(target_seconds=100 * 9 * 3600, warn_percents=[], calendar=office)
    monday = clock.due_at.date() - timedelta(days=clock.due_at.weekday() + 35)
    before = working_time(office).between(clock.started_at, _midnight(monday))
    changed = calendar_change(calendar=office, weekly=week("9:00-12:00"), valid_from=monday)
    hours = working_time(changed)
    assert hours.between(clock.started_at, _midnight(monday)) == before
    assert hours.between(clock.started_at, fresh(clock).due_at) == 100 * 9 * 3600
    assert fresh(clock).due_at > clock.due_at


def test_a_change_that_leaves_a_running_clock_without_end_is_refused_as_a_whole(start, office):
    clock = start(target_seconds=100 * 9 * 3600, calendar=office)
    with pytest.raises(ValidationError, match="no open time"):
        calendar_change(calendar=office, weekly={}, valid_from=database_now().date() + timedelta(days=7))
    assert fresh(clock).due_at == clock.due_at
    assert office.calendarversion_set.count() == 1
    assert working_time(office).add(clock.started_at, 100 * 9 * 3600) == clock.due_at


def _midnight(day):
    from datetime import datetime
    from zoneinfo import ZoneInfo

    return datetime(day.year, day.month, day.day, tzinfo=ZoneInfo("Europe/Berlin"))
