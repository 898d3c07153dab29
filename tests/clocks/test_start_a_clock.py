"""A clock is started: what it is due, when it warns, that a record has one of a metric, and many at once."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.core.exceptions import ValidationError
from django.db import connection

from salesflow.clocks.models import Clock
from salesflow.clocks.services import clock_cancel, clocks_start, database_now
from salesflow.lib.errors import Conflict

from .conftest import DAY, METRIC, SUBJECT, at, at_once


def test_an_elapsed_clock_is_due_after_its_seconds_and_warns_on_the_way(start):
    clock = start(target_seconds=DAY)
    assert clock.state == "running"
    assert clock.due_at - clock.started_at == timedelta(days=1)
    assert clock.next_step == 50
    assert clock.next_step_at - clock.started_at == timedelta(hours=12)


def test_without_warnings_the_next_step_is_the_end(start):
    clock = start(warn_percents=[])
    assert (clock.next_step, clock.next_step_at) == (100, clock.due_at)


def test_the_database_says_when_it_started(start):
    with time_machine.travel(datetime(2001, 1, 1, tzinfo=UTC)):
        clock = start()
    assert abs(clock.started_at - database_now()) < timedelta(minutes=1)


def test_a_business_clock_counts_the_hours_of_its_calendar(start, office):
    saturday = at("Europe/Berlin", "2026-05-09T15:00")
    clock = start(target_seconds=7200, warn_percents=[50], calendar=office, started_at=saturday)
    assert clock.due_at == at("Europe/Berlin", "2026-05-11T11:00")
    assert clock.next_step_at == at("Europe/Berlin", "2026-05-11T10:00")
    assert clock.calendar_version == office.calendarversion_set.get()


def test_a_record_has_one_open_clock_of_a_metric(start):
    start(7)
    with pytest.raises(Conflict) as refused:
        start(7)
    assert refused.value.code == "clock_open"
    clock_cancel(subject_type=SUBJECT, subject_id=7, metric=METRIC)
    assert start(7).state == "running"


def test_a_thousand_are_started_with_one_copy(start, office, django_assert_num_queries):
    start(0, calendar=office)  # the calendar is in memory from now on
    row = {"subject_type": SUBJECT, "metric": METRIC, "target_seconds": DAY, "warn_percents": [50]}
    rows = [
        {**row, "subject_id": number, "calendar": office if number % 2 else None} for number in range(1, 1001)
    ]
    with django_assert_num_queries(
        5
    ):  # the time, a savepoint and its release, the keys; the COPY is not counted
        clocks = clocks_start(rows)
    assert len({clock.pk for clock in clocks}) == 1000
    assert Clock.objects.running().count() == 1001


def test_of_many_all_or_none_are_started(start):
    start(3)
    row = {"subject_type": SUBJECT, "metric": METRIC, "target_seconds": DAY, "warn_percents": []}
    with pytest.raises(Conflict):
        clocks_start([{**row, "subject_id": number} for number in (1, 2, 3)])
    assert Clock.objects.count() == 1


@pytest.mark.parametrize("seconds", [0, -1, 1.5, "60", True, None, 10**10])
def test_a_limit_that_is_no_number_of_seconds_is_refused(start, seconds):
    with pytest.raises(ValidationError) as refused:
        start(target_seconds=seconds)
    assert "target_seconds" in refused.value.message_dict
    assert not Clock.objects.exists()


@pytest.mark.parametrize("percents", [[0], [100], [50, 120], [-5], ["50"], [49.5]])
def test_warnings_outside_the_limit_are_refused(start, percents):
    with pytest.raises(ValidationError) as refused:
        start(warn_percents=percents)
    assert "warn_percents" in refused.value.message_dict


def test_warnings_come_in_order_and_once(start):
    assert start(warn_percents=[80, 50, 80]).warn_percents == [50, 80]


def test_a_start_in_the_future_is_refused(start):
    with pytest.raises(ValidationError):
        start(started_at=database_now() + timedelta(minutes=1))


def test_a_metric_nobody_registered_is_a_bug(start):
    with pytest.raises(LookupError):
        start(metric="tests.unknown")


@pytest.mark.django_db(transaction=True)
def test_two_that_start_the_same_clock_at_once_give_one_clock_and_one_conflict(start):
    for subject in range(10):
        outcomes = at_once(*[lambda subject=subject: start(subject)] * 2)
        assert sorted(type(outcome).__name__ for outcome in outcomes) == ["Clock", "Conflict"]
    assert Clock.objects.count() == 10


@pytest.mark.django_db(transaction=True)
def test_without_the_index_both_would_start_it(start):
    """The guard of the test above removed: the partial unique index is what decides."""
    one_open = next(each for each in Clock._meta.constraints if each.name == "clock_one_open")
    with connection.schema_editor() as schema:
        schema.remove_constraint(Clock, one_open)
    try:
        at_once(*[lambda: start(1)] * 2)
        assert Clock.objects.count() == 2
    finally:
        Clock.objects.all().delete()
        with connection.schema_editor() as schema:
            schema.add_constraint(Clock, one_open)
