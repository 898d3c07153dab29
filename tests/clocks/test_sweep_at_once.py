"""Sweeps at the same time, and sweeps that are killed: each step is taken once, whole or not at all."""

import os
import signal
import subprocess
import sys
import threading
from collections import Counter

import pytest
from django.conf import settings
from django.db import connection, transaction

from salesflow.clocks import registry
from salesflow.clocks.models import BusinessCalendar, Clock
from salesflow.clocks.services import clocks_retarget, clocks_start, rows, sweep
from salesflow.clocks.services import sweep as sweep_function

from .conftest import METRIC, SUBJECT, at_once, pass_time

pytestmark = pytest.mark.django_db(transaction=True)
sweep_module = sys.modules[sweep_function.__module__]


@pytest.fixture
def overdue(start):
    """Forty letters past their end."""
    row = {"subject_type": SUBJECT, "metric": METRIC, "target_seconds": 60, "warn_percents": []}
    clocks_start([{**row, "subject_id": number} for number in range(40)])
    pass_time(61)


def two_sweeps_inside_their_effects_at_once() -> tuple[Counter, list]:
    """Both sweepers stand in their first effect, with their rows taken, before either goes on."""
    taken: list[int] = []
    both_inside = threading.Barrier(2)
    first = threading.local()

    def due(clocks):
        if not getattr(first, "done", False):
            first.done = True
            both_inside.wait(timeout=20)
        taken.extend(clock.subject_id for clock in clocks)

    registry.register(METRIC, on_due=due)
    counts = at_once(lambda: sweep(limit_per_batch=10), lambda: sweep(limit_per_batch=10))
    return Counter(taken), counts


def test_two_sweepers_share_the_work_and_take_no_clock_twice(overdue):
    taken, counts = two_sweeps_inside_their_effects_at_once()
    assert set(taken.values()) == {1}
    assert len(taken) == 40
    assert sum(count["processed"] for count in counts) == 40
    assert all(count["processed"] >= 10 for count in counts), "both worked at the same time"


def test_without_the_lock_the_same_two_sweepers_take_clocks_twice(overdue, monkeypatch):
    """The guard of the test above removed: picking without FOR UPDATE SKIP LOCKED shows the double effect."""

    def pick_without_lock(limit, except_ids):
        due = Clock.objects.running().exclude(pk__in=list(except_ids))
        return list(due.select_related("calendar").order_by("next_step_at")[:limit])

    monkeypatch.setattr(sweep_module, "pick", pick_without_lock)
    # the rows are seen before either effect commits; the second sweeper's update then waits for the first
    both_picked = threading.Barrier(2)
    picked_once = threading.local()
    plain = sweep_module.clocks_write

    def write_after_both_picked(*args):
        if not getattr(picked_once, "done", False):
            picked_once.done = True
            both_picked.wait(timeout=20)
        plain(*args)

    monkeypatch.setattr(sweep_module, "clocks_write", write_after_both_picked)
    taken: list[int] = []
    registry.register(METRIC, on_due=lambda clocks: taken.extend(clock.subject_id for clock in clocks))
    at_once(lambda: sweep(limit_per_batch=10), lambda: sweep(limit_per_batch=10))
    assert max(Counter(taken).values()) > 1


def test_a_clock_locked_by_a_door_is_passed_over_and_the_others_go_on(overdue):
    taken: list[int] = []
    registry.register(METRIC, on_due=lambda clocks: taken.extend(clock.subject_id for clock in clocks))
    with transaction.atomic():
        Clock.objects.select_for_update().get(subject_id=7)
        assert at_once(sweep)[0]["processed"] == 39
    assert 7 not in taken
    assert sweep()["processed"] == 1


# A sweep in a process of its own: it writes in its effect, says so, and then waits to be killed.
SWEEPER = """
import sys, django
django.setup()
from salesflow.clocks import registry
from salesflow.clocks.models import BusinessCalendar
from salesflow.clocks.services import sweep

def due(clocks):
    BusinessCalendar.objects.bulk_create(
        [BusinessCalendar(name=f"letter {clock.subject_id}", zone="UTC") for clock in clocks])
    print("in the effect", flush=True)
    sys.stdin.read()

registry.register("tests.answer", on_due=due)
sweep()
"""


def _sweeper() -> subprocess.Popen:
    """The process, on this test's database."""
    base = os.environ["DATABASE_URL"].rsplit("/", 1)[0]
    url = f"{base}/{connection.settings_dict['NAME']}"
    return subprocess.Popen(
        [sys.executable, "-c", SWEEPER],
        env={**os.environ, "DATABASE_URL": url, "DJANGO_SETTINGS_MODULE": "salesflow.settings"},
        cwd=settings.BASE_DIR,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


@pytest.mark.processes
def test_a_sweeper_killed_in_the_middle_leaves_nothing_half_and_the_next_one_does_all(overdue):
    """Killed after the clocks were changed and the effect had written, before the commit."""
    sweeper = _sweeper()
    try:
        assert sweeper.stdout.readline().strip() == "in the effect"
        assert sweep()["processed"] == 0, "it holds every row"
    finally:
        sweeper.send_signal(signal.SIGKILL)
        sweeper.wait()
    _until_the_database_has_noticed()
    assert Clock.objects.running().count() == 40
    assert not BusinessCalendar.objects.exists()

    taken: list[int] = []
    registry.register(METRIC, on_due=lambda clocks: taken.extend(clock.subject_id for clock in clocks))
    assert sweep()["processed"] == 40
    assert sorted(taken) == list(range(40))
    assert sweep()["processed"] == 0


def _until_the_database_has_noticed() -> None:
    """Locks of a killed client go when its server process reads the closed socket; wait for them, not for a time."""
    with transaction.atomic():
        assert len(Clock.objects.select_for_update()) == 40


def test_a_clock_one_waits_for_comes_with_the_calendar_it_is_given_meanwhile(start, office):
    """Joined with its calendar the row would come without any, and count as if it had no hours."""
    start(policy_key="A", policy_version=1)
    written, asked = threading.Event(), threading.Event()
    clocks = Clock.objects.of(SUBJECT, [1], METRIC).open()

    def give():
        with transaction.atomic():
            clocks_retarget(
                metric=METRIC, policy_key="A", target_seconds=3600, calendar=office, policy_version=2
            )
            written.set()
            assert asked.wait(20)
            connection.cursor().execute("SELECT pg_sleep(0.3)")

    def wait_for_it():
        assert written.wait(20)
        asked.set()
        with transaction.atomic():
            (clock,) = rows.locked(clocks)
            return clock.calendar

    assert at_once(give, wait_for_it) == [None, office]
