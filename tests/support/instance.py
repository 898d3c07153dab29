"""Whole instances, started by the real `manage.py up` with real processes, to be watched and killed.

`live_instance` costs a few seconds per test: its data folder is a copy of one that was prepared once.
"""

import fcntl
import http.client
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import psycopg2
import pytest

from salesflow.runtime import instance, migrated, process
from salesflow.runtime.embedded import database_account, own_folder
from tests.support.pair import pairs
from tests.support.waiting import wait_until

CHECKOUT = Path(__file__).resolve().parent.parent.parent
MANAGE = str(CHECKOUT / "manage.py")
_OURS = ("DATABASE_URL", "REDIS_URL", "SALESFLOW_DATA", "DJANGO_SETTINGS_MODULE")


def _hears_ctrl_c() -> None:
    """As at a terminal, also where the tests run in the background of a shell, which ignores it for them."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


class Instance:
    """One instance in the folder `data`, running or not. `ended` holds what its `up` said and its status."""

    def __init__(self, data: Path, *arguments: str, env: dict[str, str] | None = None) -> None:
        self.data = data
        self.arguments = arguments or ("--no-demo",)
        self.env = {key: value for key, value in os.environ.items() if key not in _OURS}
        self.env.update({"SALESFLOW_DATA": str(data), **(env or {})})
        self.up: subprocess.Popen[bytes] | None = None
        self.out = data.with_name(data.name + ".out")
        self.url = ""

    def start(self, *, wait: bool = True) -> None:
        """Start `up` on a free port; with `wait` return once pages are served."""
        with self.out.open("wb") as out:
            self.up = subprocess.Popen(
                [sys.executable, MANAGE, "up", "--port", "0", *self.arguments],
                env=self.env, stdout=out, stderr=subprocess.STDOUT, start_new_session=True,
                preexec_fn=_hears_ctrl_c,
            )  # fmt: skip
        if wait:
            wait_until(self._greeted, "the instance is ready", 240, tell=self.said)
            found = re.search(r"is ready after [\d.]+ s: (\S+)", self.said())
            self.url = found[1] if found else pytest.fail(self.said())

    def _greeted(self) -> bool:
        return "is ready after" in self.said() or (self.up is not None and self.up.poll() is not None)

    def said(self) -> str:
        return self.out.read_text()

    def stop(self, number: int = signal.SIGTERM, *, seconds: float = 90) -> int:
        """Send the signal to `up`, wait for its end, give its status."""
        assert self.up
        if self.up.poll() is None:
            self.up.send_signal(number)
        return self.up.wait(timeout=seconds)

    # its processes

    def pid(self, name: str) -> int:
        """The process called postgres, redis, web, worker or scheduler; waits while it is being started again."""
        found: dict[str, Any] = {}
        wait_until(lambda: found.update(self._known()) or name in found, f"{name} runs", tell=self.said)
        return int(found[name]["pid"])

    def _known(self) -> dict[str, Any]:
        try:
            known = json.loads((self.data / "processes.json").read_text())
        except (OSError, ValueError):
            return {}
        return {name: each for name, each in known.items() if process.alive(each["pid"], each["born"])}

    def pids(self) -> dict[int, str]:
        """All processes of this instance, however they are related: number and command line."""
        found = {}
        for entry in Path("/proc").iterdir():
            try:
                if not entry.name.isdigit():
                    continue
                if (
                    f"SALESFLOW_DATA={self.data}".encode() in (entry / "environ").read_bytes().split(b"\0")
                    or str(self.data) in (entry / "cmdline").read_text()
                ):
                    found[int(entry.name)] = (entry / "cmdline").read_text().replace("\0", " ")
            except OSError:
                continue
        return {pid: line for pid, line in found.items() if process.birth(pid)}

    def kill(self, name: str, number: int = signal.SIGKILL) -> int:
        """Kill one of its processes; gives the number it had."""
        pid = self.pid(name)
        os.kill(pid, number)
        return pid

    # what is in it

    def get(self, path: str, headers: dict[str, str] | None = None) -> tuple[int, str]:
        """Status and text of a page of it."""
        request = urllib.request.Request(self.url + path, headers=headers or {})
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()

    def health(self) -> dict[str, Any]:
        """What it says of its parts; `away` while nobody answers."""
        try:
            return json.loads(self.get("/readyz")[1])
        except (OSError, http.client.HTTPException):
            return {"status": "away"}

    def wait_healthy(self, seconds: float = 30) -> None:
        """Until every part of it works, workers and sweeps included."""
        wait_until(
            lambda: self.health()["status"] == "ok", "all is well", seconds, tell=lambda: str(self.health())
        )

    def sql(self, statement: str, *arguments: Any) -> list[tuple[Any, ...]]:
        """Rows of a statement on its database (committed)."""
        parts = urlsplit(instance.read(self.data)["database_url"])
        connection = psycopg2.connect(
            host=unquote(parts.netloc.rpartition("@")[2]), user=parts.username, dbname=parts.path[1:]
        )
        try:
            with connection, connection.cursor() as cursor:
                cursor.execute(statement, arguments or None)
                return cursor.fetchall() if cursor.description else []
        finally:
            connection.close()

    def manage(self, *arguments: str, check: bool = True) -> "subprocess.CompletedProcess[str]":
        """Run a command of manage.py on it."""
        done = subprocess.run(
            [sys.executable, MANAGE, *arguments], env=self.env, capture_output=True, text=True, timeout=120
        )
        if check and done.returncode:
            pytest.fail(f"{arguments}: {done.stderr}")
        return done

    def log(self, name: str) -> str:
        return (self.data / "logs" / f"{name}.log").read_text(errors="replace")

    def clear(self) -> None:
        """End it, whatever its state, and remove it."""
        if self.up and self.up.poll() is None:
            self.stop(seconds=60)
        deadline = time.monotonic() + 20
        while self.pids() and time.monotonic() < deadline:
            time.sleep(0.1)
        for pid in self.pids():
            os.kill(pid, signal.SIGKILL)
        shutil.rmtree(self.data, ignore_errors=True)
        self.out.unlink(missing_ok=True)


@pytest.fixture(scope="session")
def instances(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A short folder that other users may pass through, for data folders."""
    folder = Path(tempfile.mkdtemp(prefix="salesflow-live-"))
    folder.chmod(0o711)
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def prepared_data(instances: Path) -> Path:
    """The data folder of an instance that was started once, without the demo company, and stopped.

    Tests that run side by side share the one of whoever comes first.
    """
    shared = Path(pairs[0]["SALESFLOW_DATA"]) if pairs else instances
    first = Instance(shared / "prepared 数据")  # a name that tools stumble over
    with (shared / "preparing").open("a") as turn:
        fcntl.flock(turn, fcntl.LOCK_EX)
        if not os.fstat(turn.fileno()).st_size:
            _migrated_before(first.data)
            first.start()
            assert first.stop() == 0, first.said()
            turn.write("done")
    return first.data


def _migrated_before(data: Path) -> None:
    """Its first start need not migrate where `script/test` brought a migrated cluster along; the rest it does."""
    if kept := os.environ.get("SALESFLOW_MIGRATED"):
        data.mkdir(mode=0o711)
        home = data / "postgres"
        own_folder(home, database_account())
        migrated.copy(Path(kept), home / "data")


def started_copy(prepared: Path, folder: Path, *, env: dict[str, str] | None = None) -> Instance:
    """A running instance in a new folder, with the data of a prepared one; `env` is added to its environment."""
    data = Path(tempfile.mkdtemp(dir=folder))
    subprocess.run(["cp", "-a", f"{prepared}/.", str(data)], check=True)
    instance.note(data, state=str(data), sockets=str(data / "run"))
    live = Instance(data, env=env)
    live.start()
    return live


@pytest.fixture
def live_instance(prepared_data: Path, instances: Path) -> Iterator[Instance]:
    """A running instance of this test alone: real web, worker, scheduler, PostgreSQL and Redis processes.

    It has no people and no data yet: `manage("create_admin", …)`, `sql(…)` or its addresses bring them.
    """
    live = started_copy(prepared_data, instances)
    yield live
    live.clear()


@pytest.fixture(scope="module")
def shared_instance(prepared_data: Path, instances: Path) -> Iterator[Instance]:
    """The same for all tests of a file: each must leave it running, and count on what the others left."""
    live = started_copy(prepared_data, instances)
    yield live
    live.clear()
