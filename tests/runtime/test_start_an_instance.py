"""`manage.py up` brings a whole instance up, keeps it running, and leaves nothing behind."""

import json
import signal
import subprocess
import sys

import pytest

from salesflow.runtime import process
from salesflow.runtime.supervisor import reap
from tests.support.instance import MANAGE, Instance
from tests.support.waiting import wait_until

pytestmark = pytest.mark.processes
NAMES = ("postgres", "redis", "web", "worker", "scheduler")


def test_everything_runs_and_without_demo_the_set_up_page_opens(shared_instance):
    shared_instance.wait_healthy()
    assert len(shared_instance.pids()) >= 9, shared_instance.pids()
    assert f"Set up the first administrator at {shared_instance.url}/set-up/" in shared_instance.said()
    assert shared_instance.get("/set-up/")[0] == 200


def test_a_second_start_on_the_same_data_is_told_so_and_harms_nothing(shared_instance):
    second = subprocess.run(
        [sys.executable, MANAGE, "up", "--port", "0"], env=shared_instance.env, capture_output=True, text=True
    )
    assert second.returncode == 1
    assert second.stderr.strip() == (
        f"SalesFlow already runs with the data folder {shared_instance.data}: {shared_instance.url}"
    )
    assert shared_instance.get("/livez")[0] == 200


def test_a_port_in_use_is_told_in_one_sentence(shared_instance, instances):
    port = shared_instance.url.rpartition(":")[2]
    other = Instance(instances / "other", "--no-demo", "--port", port)
    other.start(wait=False)
    assert other.stop(0) == 1
    assert other.said() == f"Port {port} is in use; choose another with --port.\n"
    other.clear()


@pytest.mark.parametrize("port", ["65536", "-1", "eighty"])
def test_what_is_no_port_is_told_before_anything_is_made(tmp_path, port):
    done = subprocess.run(
        [sys.executable, MANAGE, "up", "--data", str(tmp_path / "none"), "--port", port],
        capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 2
    assert done.stderr.endswith(f"argument --port: {port} is no port: a number from 0 to 65535\n")
    assert not (tmp_path / "none").exists()


def test_commands_find_the_instance_by_its_data_folder(shared_instance):
    change = "from salesflow.people.models import Workspace; Workspace.objects.update(name='Ours')"
    shared_instance.manage("shell", "-c", change)
    assert shared_instance.sql("SELECT name FROM people_workspace") == [("Ours",)]


def test_each_killed_process_is_started_again(shared_instance):
    shared_instance.wait_healthy()
    before = {name: shared_instance.kill(name) for name in NAMES}
    for name in NAMES:
        wait_until(lambda: shared_instance.pid(name) != before[name], f"{name} is started again")  # noqa: B023
    shared_instance.wait_healthy()
    said = shared_instance.said()
    assert all(f"{name} ended (SIGKILL) and is started again in 0.5 s" in said for name in NAMES), said


def test_a_killed_supervisor_takes_its_children_along_and_the_next_start_works(live_instance):
    assert live_instance.up
    live_instance.up.kill()
    live_instance.up.wait()
    wait_until(lambda: not live_instance.pids(), "all end", tell=lambda: str(live_instance.pids()))
    live_instance.start()
    live_instance.wait_healthy()


def test_a_child_that_survived_is_ended_by_the_next_start_but_not_a_stranger_with_its_number(tmp_path):
    stubborn = subprocess.Popen(["/bin/sh", "-c", "trap '' TERM; echo; sleep 60"], stdout=subprocess.PIPE)
    stranger = subprocess.Popen(["/bin/sleep", "60"])
    assert stubborn.stdout and stubborn.stdout.readline()
    ledger = tmp_path / "processes.json"
    ledger.write_text(
        json.dumps(
            {
                "worker": {"pid": stubborn.pid, "born": process.birth(stubborn.pid)},
                "web": {"pid": stranger.pid, "born": "1"},
            }
        )
    )
    assert reap(ledger, lambda name: ((signal.SIGTERM, 0.2), (signal.SIGKILL, 5))) == ["worker"]
    assert stubborn.wait() == -signal.SIGKILL
    assert stranger.poll() is None
    stranger.kill()
    stranger.wait()


def test_ctrl_c_ends_everything_without_a_trace_and_commands_say_so(live_instance):
    assert live_instance.stop(signal.SIGINT) == 0
    assert live_instance.pids() == {}
    assert "did not stop by itself" not in live_instance.said()
    assert not list((live_instance.data / "run").iterdir())
    done = live_instance.manage("sweep_due", check=False)
    assert done.returncode == 1
    assert done.stderr.startswith("The database cannot be reached; is the instance running (script/up)?")
    assert len(done.stderr.splitlines()) == 1
