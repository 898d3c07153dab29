"""What was waited for happened: before the end it always counts, after the end the breach stays beside it."""

import sys
import threading
from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError

from salesflow.clocks import registry
from salesflow.clocks.models import Clock
from salesflow.clocks.services import (
    clock_cancel,
    clock_meet,
    clock_pause,
    clocks_cancel,
    clocks_meet,
    database_now,
    sweep,
)

from .conftest import DAY, METRIC, SUBJECT, at_once, fresh, pass_time

meet_module = sys.modules[clock_meet.__module__]
OF_ONE = {"subject_type": SUBJECT, "subject_id": 1, "metric": METRIC}


def test_before_the_end_it_is_met_in_time(start):
    clock = start(target_seconds=DAY)
    pass_time(3600)
    meeting = clock_meet(**OF_ONE)
    assert (meeting.result, meeting.clock.is_in_time) == ("in_time", True)
    met = fresh(clock)
    assert (met.state, met.breached_at, met.running_since, met.next_step_at) == ("met", None, None, None)
    assert met.consumed_seconds == pytest.approx(3600, abs=10)
    assert met.due_at is not None, "what was promised stays on record"


def test_a_paused_clock_is_met_in_time(start):
    start()
    clock_pause(**OF_ONE)
    assert clock_meet(**OF_ONE).result == "in_time"


def test_after_the_end_and_before_the_sweep_it_is_late_and_the_breach_is_stamped_with_the_end(start, effects):
    clock = start(target_seconds=60)
    pass_time(61)
    assert clock_meet(**OF_ONE).result == "late"
    met = fresh(clock)
    assert met.state == "met"
    assert met.breached_at == met.due_at < met.met_at
    assert sweep()["processed"] == 0
    assert effects.seen == []


def test_after_the_sweep_a_late_meeting_leaves_the_breach(start, effects):
    clock = start(target_seconds=60, warn_percents=[])
    pass_time(90)
    sweep()
    breached_at = fresh(clock).breached_at
    assert clock_meet(**OF_ONE).result == "late"
    met = fresh(clock)
    assert (met.state, met.breached_at) == ("met", breached_at)
    assert met.met_at is not None and not met.is_in_time
    assert met.consumed_seconds == pytest.approx(90, abs=10)
    assert clock_meet(**OF_ONE).result == "none", "it is met once"


def test_where_nothing_late_is_taken_the_clock_is_left_to_the_sweep(start, effects):
    registry.register(METRIC, on_due=effects.due, late=False)
    clock = start(target_seconds=60)
    pass_time(61)
    assert clock_meet(**OF_ONE).result == "expired"
    assert fresh(clock).state == "running"
    sweep()
    assert clock_meet(**OF_ONE).result == "expired"
    assert fresh(clock).state == "breached"


def test_an_earlier_breach_is_not_met_by_what_meets_the_present_clock(start, effects):
    first = start(target_seconds=60)
    pass_time(61)
    sweep()
    second = start(target_seconds=60)
    assert clock_meet(**OF_ONE).clock == second
    assert clock_meet(**OF_ONE).result == "none"
    assert fresh(first).met_at is None


def test_nothing_waiting_is_no_error(start):
    assert clock_meet(**OF_ONE).result == "none"
    start()
    clock_cancel(**OF_ONE)
    assert clock_meet(**OF_ONE).result == "none"


def test_what_a_machine_stamped_before_the_end_counts_although_it_is_told_later(start):
    clock = start(target_seconds=60)
    pass_time(90)
    arrived = fresh(clock).started_at + timedelta(seconds=30)
    meeting = clock_meet(**OF_ONE, at=arrived)
    assert (meeting.result, meeting.clock.met_at) == ("in_time", arrived)


def test_a_stamp_in_the_future_is_refused(start):
    start()
    with pytest.raises(ValidationError):
        clock_meet(**OF_ONE, at=database_now() + timedelta(minutes=1))


def test_many_are_met_at_once_each_by_its_own_end(start):
    for subject in (1, 2, 3):
        start(subject, target_seconds=60)
    pass_time(61, subject_id=2)
    met = clocks_meet(subject_type=SUBJECT, subject_ids=[1, 2, 3, 4], metric=METRIC)
    assert {subject: meeting.result for subject, meeting in met.items()} == {
        1: "in_time",
        2: "late",
        3: "in_time",
        4: "none",
    }


def test_calling_off_ends_open_clocks_and_does_not_undo_a_breach(start, effects):
    for subject in (1, 2, 3):
        start(subject, target_seconds=60)
    clock_pause(**OF_ONE)
    pass_time(61, subject_id=3)
    clocks_cancel(subject_type=SUBJECT, subject_ids=[1, 2, 3])
    states = dict(Clock.objects.values_list("subject_id", "state"))
    assert states == {1: "cancelled", 2: "cancelled", 3: "breached"}
    assert effects.seen == [], "called off: the end has no effect any more"


# --- the meeting against the end ------------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_a_meeting_waiting_behind_the_sweep_is_told_that_it_came_late(start, effects):
    """The sweep holds the clock while its effect runs; who meets it waits, and learns the outcome."""
    in_effect, go_on = threading.Event(), threading.Event()

    def slow_return(clocks):
        in_effect.set()
        assert go_on.wait(10)

    registry.register(METRIC, on_due=slow_return, late=False)
    clock = start(target_seconds=60)
    pass_time(61)

    def meet():
        assert in_effect.wait(10)
        threading.Timer(0.2, go_on.set).start()
        return clock_meet(**OF_ONE).result

    swept, result = at_once(sweep, meet)
    assert (swept["processed"], result) == (1, "expired")
    assert fresh(clock).state == "breached"


def meet_just_before_the_end_while_a_sweep_comes_just_after(clock, monkeypatch) -> list:
    """The meeting has read the time, before the end; the end passes, a sweep runs; then the meeting writes."""
    read, swept = threading.Event(), threading.Event()
    plain = meet_module.clocks_write

    def write_after_the_sweep(clocks):
        read.set()
        assert swept.wait(10)
        plain(clocks)

    monkeypatch.setattr(meet_module, "clocks_write", write_after_the_sweep)

    def sweep_after_the_end():
        assert read.wait(10)
        while database_now() < clock.due_at:
            pass
        try:
            return sweep()["processed"]
        finally:
            swept.set()

    return at_once(lambda: clock_meet(**OF_ONE).result, sweep_after_the_end)


@pytest.mark.django_db(transaction=True)
def test_a_meeting_before_the_end_wins_over_the_sweep_that_comes_while_it_works(start, effects, monkeypatch):
    clock = start(target_seconds=1, warn_percents=[])
    assert meet_just_before_the_end_while_a_sweep_comes_just_after(clock, monkeypatch) == ["in_time", 0]
    assert fresh(clock).is_in_time
    assert effects.seen == []


@pytest.mark.django_db(transaction=True)
def test_without_the_lock_both_would_win(start, effects, monkeypatch):
    """The guard of the test above removed: met in time, and its end taken effect as well."""
    monkeypatch.setattr(meet_module, "locked", lambda clocks: list(clocks.select_related("calendar")))
    clock = start(target_seconds=1, warn_percents=[])
    assert meet_just_before_the_end_while_a_sweep_comes_just_after(clock, monkeypatch) == ["in_time", 1]
    assert fresh(clock).is_in_time
    assert effects.seen == [(1, 100)]
