"""Sweeps are run by whoever is there, one process at a time, and one that fails stops no other."""

import json
import threading
from collections.abc import Iterator
from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.db.models.functions import Now

from salesflow.lib import sweeps
from salesflow.runtime import scheduling
from salesflow.runtime.models import SweepRun
from salesflow.runtime.scheduling import beat_schedule
from salesflow.runtime.sweeping import sweep_run, sweeps_overdue, sweeps_run_all


@pytest.fixture
def only(monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, sweeps.Sweep]]:
    """No sweeps but those the test registers."""
    sweeps.all_sweeps()  # the apps' own are registered by now and out of the way
    registry: dict[str, sweeps.Sweep] = {}
    monkeypatch.setattr(sweeps, "_sweeps", registry)
    yield registry


def _command(*arguments: str) -> str:
    out = StringIO()
    call_command("sweep_due", *arguments, stdout=out)
    return out.getvalue()


def test_the_command_runs_all_and_adds_up_what_they_did(db, only):
    sweeps.sweep("a.one")(lambda: {"processed": 3, "returned": 2})
    sweeps.sweep("b.two")(lambda: {"processed": 1, "reminded": 4, "unheard_of": 9})
    assert json.loads(_command("--json")) == {"processed": 4, "returned": 2, "reminded": 4, "failed": 0}
    assert set(SweepRun.objects.values_list("name", "by", "error")) == {
        ("a.one", "command", ""),
        ("b.two", "command", ""),
    }


def test_one_that_fails_stops_no_other_and_the_command_says_so(transactional_db, only):
    def broken() -> dict[str, int]:
        raise RuntimeError("out of order")

    done = []
    sweeps.sweep("a.broken")(broken)
    sweeps.sweep("b.fine")(lambda: done.append(1) or {"processed": 1})
    out = StringIO()
    with pytest.raises(CommandError, match="1 failed"):
        call_command("sweep_due", "--json", stdout=out)
    assert json.loads(out.getvalue()) == {"processed": 1, "returned": 0, "reminded": 0, "failed": 1}
    assert done == [1]
    run = SweepRun.objects.get(name="a.broken")
    assert run.succeeded_at is None
    assert "out of order" in run.error


def test_two_processes_do_not_run_the_same_sweep_at_once_but_the_command_waits_its_turn(
    transactional_db, only
):
    inside, go_on = threading.Event(), threading.Event()
    runs = []

    def slow() -> dict[str, int]:
        runs.append(threading.current_thread().name)
        inside.set()
        go_on.wait(10)
        return {"processed": 1}

    sweeps.sweep("a.slow")(slow)
    sweep = sweeps.sweep_named("a.slow")
    first = threading.Thread(
        target=_in_thread, args=[lambda: sweep_run(sweep=sweep, by="worker")], name="first"
    )
    first.start()
    assert inside.wait(10)
    assert sweep_run(sweep=sweep, by="scheduler") is None
    assert runs == ["first"]

    waiting = threading.Thread(target=_in_thread, args=[lambda: sweeps_run_all(by="command")], name="waiting")
    waiting.start()
    go_on.set()
    first.join(10)
    waiting.join(10)
    assert runs == ["first", "waiting"]


def _in_thread(deed: object) -> None:
    try:
        deed()  # type: ignore[operator]
    finally:
        connection.close()


def test_a_sweep_is_overdue_when_nobody_finished_it_in_its_time_and_a_grace(db, only):
    sweeps.sweep("a.quick", every=5)(dict)
    sweeps.sweep("b.hourly", every=3600)(dict)
    assert [sweep.name for sweep in sweeps_overdue()] == ["a.quick", "b.hourly"], "never run"

    sweeps_run_all(by="worker")
    assert sweeps_overdue() == []

    SweepRun.objects.update(finished_at=Now() - timedelta(seconds=19))
    assert sweeps_overdue() == []
    SweepRun.objects.update(finished_at=Now() - timedelta(seconds=21))
    assert [sweep.name for sweep in sweeps_overdue()] == ["a.quick"]


def test_each_sweep_has_its_place_in_the_schedule_and_requests_nobody_took_expire(only):
    sweeps.sweep("a.quick", every=5)(dict)
    entry = beat_schedule()["sweep a.quick"]
    assert entry["schedule"] == 5
    assert entry["args"] == ("a.quick",)
    assert entry["options"]["expires"] == 10


def test_two_sweeps_may_not_have_one_name(only):
    def one() -> dict[str, int]:
        return {}

    def other() -> dict[str, int]:
        return {}

    sweeps.sweep("a.name")(one)
    with pytest.raises(ValueError, match=r"a\.name"):
        sweeps.sweep("a.name")(other)


def test_one_that_waits_for_the_world_outside_holds_up_no_deadline(monkeypatch: pytest.MonkeyPatch):
    """Nor is it begun again while it waits."""
    begun, answer = [], threading.Event()

    def run(sweep: sweeps.Sweep, by: str) -> None:
        begun.append(sweep.name)
        if sweep.waits:
            answer.wait(10)

    monkeypatch.setattr(scheduling, "sweep_run", run)
    outside = sweeps.Sweep("a.outside", 5, dict, waits=True)
    for each in (outside, sweeps.Sweep("b.deadlines", 5, dict), outside):
        scheduling._do_ourselves(each)
    assert sorted(begun) == ["a.outside", "b.deadlines"]
    answer.set()
