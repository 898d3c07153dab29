"""A pause keeps what was consumed; outside the hours it costs nothing and gives nothing."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from salesflow.clocks import timing
from salesflow.clocks.calendars import ELAPSED
from salesflow.clocks.models import Clock
from salesflow.clocks.services import (
    clock_pause,
    clock_resume,
    clocks_hand_over,
    clocks_pause,
    clocks_resume,
    database_now,
    sweep,
)
from salesflow.lib.errors import Conflict

from .conftest import DAY, METRIC, SUBJECT, at, fresh, pass_time
from .test_count_working_time import calendars

OF_ONE = {"subject_type": SUBJECT, "subject_id": 1, "metric": METRIC}


def test_a_paused_clock_has_no_end_and_keeps_what_it_consumed(start):
    start(target_seconds=DAY)
    pass_time(6 * 3600)
    paused = clock_pause(**OF_ONE)
    assert (paused.state, paused.due_at, paused.next_step_at) == ("paused", None, None)
    assert paused.consumed_seconds == pytest.approx(6 * 3600, abs=10)


def test_it_goes_on_with_what_was_left(start):
    clock = start(target_seconds=DAY)
    pass_time(6 * 3600)
    clock_pause(**OF_ONE)
    pass_time(100 * DAY)
    resumed = clock_resume(**OF_ONE)
    assert resumed.due_at - resumed.running_since == timedelta(days=1) - timedelta(
        microseconds=resumed.consumed_us
    )
    assert resumed.next_step == 50
    assert fresh(clock).due_at == resumed.due_at


def test_a_pause_over_the_weekend_costs_nothing_and_gives_nothing(start, office):
    friday = at("Europe/Berlin", "2026-05-08T17:00")
    start(target_seconds=2 * 3600, warn_percents=[], calendar=office, started_at=friday)
    # the times are set as a machine of ours would have stamped them
    Clock.objects.update(due_at=database_now() + timedelta(hours=1))
    clock_pause(**OF_ONE, at=at("Europe/Berlin", "2026-05-08T20:00"))
    resumed = clock_resume(**OF_ONE, at=at("Europe/Berlin", "2026-05-10T12:00"))
    assert resumed.consumed_seconds == 3600
    assert resumed.due_at == at("Europe/Berlin", "2026-05-11T10:00")


def test_a_clock_that_does_not_run_is_not_paused_again(start):
    start()
    clock_pause(**OF_ONE)
    with pytest.raises(Conflict) as refused:
        clock_pause(**OF_ONE)
    assert refused.value.code == "clock_not_running"


def test_a_clock_that_is_not_paused_is_not_resumed(start):
    start()
    with pytest.raises(Conflict) as refused:
        clock_resume(**OF_ONE)
    assert refused.value.code == "clock_not_paused"


def test_a_breach_is_not_paused_away(start, effects):
    clock = start(target_seconds=60)
    pass_time(61)
    with pytest.raises(Conflict):
        clock_pause(**OF_ONE)
    sweep()
    assert fresh(clock).state == "breached"


def test_a_paused_clock_is_not_swept(start, effects):
    start(target_seconds=60)
    clock_pause(**OF_ONE)
    pass_time(DAY)
    assert sweep()["processed"] == 0


def test_of_many_those_that_run_are_paused_and_those_paused_go_on(start):
    for subject in (1, 2, 3):
        start(subject)
    clock_pause(**OF_ONE)
    ids = {"subject_type": SUBJECT, "subject_ids": [1, 2, 3, 4]}
    assert {clock.subject_id for clock in clocks_pause(**ids)} == {2, 3}
    assert {clock.subject_id for clock in clocks_resume(**ids, metric=METRIC)} == {1, 2, 3}


def test_another_person_is_answerable_and_the_clock_counts_on(start, people):
    clock = start(owner_id=people["rep"].pk)
    clocks_hand_over(subject_type=SUBJECT, subject_ids=[1], owner_id=people["admin"].pk)
    handed = fresh(clock)
    assert handed.owner == people["admin"]
    assert handed.due_at == clock.due_at


MOMENTS = st.lists(st.integers(1, 5 * DAY), min_size=2, max_size=9)


@settings(max_examples=100, deadline=None)
@given(st.one_of(st.just(ELAPSED), calendars()), MOMENTS, st.integers(1, 60 * DAY))
def test_whatever_the_pauses_the_end_comes_after_the_target_was_consumed(hours, steps, target):
    """Runs and pauses in turn: at the end the open time of all runs together is the target, or more if it was over."""
    now = datetime(2012, 3, 1, 10, tzinfo=UTC)
    clock = Clock(target_seconds=target, warn_percents=[50], consumed_us=0, warned_percent=0)
    consumed = 0
    for index, step in enumerate(steps):
        later = now + timedelta(seconds=step)
        if index % 2 == 0:
            timing.run(clock, hours, now)
            if later >= clock.due_at:
                break
            timing.pause(clock, hours, later)
            consumed += hours.between_us(now, later)
            assert clock.consumed_us == consumed
        now = later
    if clock.state == "paused":
        timing.run(clock, hours, now)
    assert consumed + hours.between_us(clock.running_since, clock.due_at) == clock.target_us
