"""A private instance under measure: started by the command people use, ended when done."""

import http.client
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from salesflow.runtime import instance as written

MANAGE = str(Path(__file__).resolve().parent.parent / "manage.py")
PATIENCE_SECONDS = 180


@dataclass
class Instance:
    """Where a running instance keeps its things, where it answers, and its supervisor's process id."""

    data: Path
    address: str
    pid: int
    #: From the command to the first page, if it was started here.
    seconds: float | None = None

    @property
    def netloc(self) -> str:
        return urlsplit(self.address).netloc


@contextmanager
def running(data: Path, *, setup: bool = True) -> Iterator[Instance]:
    """The instance in `data`: the one that runs there already, or one started for this and ended afterwards.

    With `setup` Django is set up in this process on the instance's database.
    """
    found = _there(data)
    if found is not None:
        if setup:
            _django(data)
        yield found
        return
    began = time.monotonic()
    data.parent.mkdir(parents=True, exist_ok=True)
    log = data.parent / f"{data.name}.up.log"
    with log.open("wb") as out:
        child = subprocess.Popen(
            [sys.executable, MANAGE, "up", "--data", str(data), "--port", "0", "--demo"],
            stdout=out,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        made = _await(data, child, log)
        made.seconds = time.monotonic() - began
        if setup:
            _django(data)
        yield made
    finally:
        child.send_signal(signal.SIGTERM)
        child.wait(60)
        log.unlink(missing_ok=True)


def _there(data: Path) -> Instance | None:
    facts = written.read(data)
    pid = facts.get("pid")
    if not pid or not _answers(facts["address"]):
        return None
    return Instance(data, facts["address"], pid)


def _await(data: Path, child: "subprocess.Popen[bytes]", log: Path) -> Instance:
    until = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < until:
        if child.poll() is not None:
            break
        facts = written.read(data)
        if facts.get("pid") == child.pid and _answers(facts["address"]):
            return Instance(data, facts["address"], child.pid)
        time.sleep(0.05)
    raise SystemExit(f"The instance did not start:\n{log.read_text(errors='replace')[-2000:]}")


def _answers(address: str) -> bool:
    """Whether the sign-in page, the first a person sees, is answered."""
    line = http.client.HTTPConnection(urlsplit(address).netloc, timeout=30)
    try:
        line.request("GET", "/sign-in/")
        return line.getresponse().status > 0
    except OSError:
        return False
    finally:
        line.close()


def _django(data: Path) -> None:
    os.environ["SALESFLOW_DATA"] = str(data)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "salesflow.settings")
    os.environ.setdefault("LOG_LEVEL", "ERROR")
    import django

    django.setup()


def children(pid: int) -> list[int]:
    """A process and everything it started, however deep."""
    parents: dict[int, list[int]] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                stat = (entry / "stat").read_text().rsplit(")", 1)[1].split()
            except OSError:
                continue
            parents.setdefault(int(stat[1]), []).append(int(entry.name))
    found, turn = [pid], 0
    while turn < len(found):
        found += parents.get(found[turn], [])
        turn += 1
    return found


def cpu_seconds(instance: Instance) -> float:
    """Processor time the web processes and PostgreSQL have used so far: what other work on the machine leaves alone."""
    spent = 0
    for pid in children(instance.pid):
        if "gunicorn" in (line := command(pid)) or "postgres" in line:
            for thread in Path(f"/proc/{pid}/task").glob("*/schedstat"):
                with suppress(OSError):  # it has just ended
                    spent += int(thread.read_text().split()[0])
    return spent / 1e9


def command(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace").strip()
    except OSError:
        return ""
