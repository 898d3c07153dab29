"""Keeping an instance's processes running: started in order, restarted with back-off, stopped in order, none left."""

import json
import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from salesflow.runtime import process
from salesflow.runtime.instance import write_private

Signals = Sequence[tuple[int, float]]
TERM: Signals = ((signal.SIGTERM, 12.0), (signal.SIGQUIT, 3.0), (signal.SIGKILL, 5.0))
#: For what a killed supervisor left: it has had its signal already.
REAP: Signals = ((signal.SIGTERM, 3.0), (signal.SIGKILL, 5.0))
FIRST_WAIT, LONGEST_WAIT, SETTLED_AFTER = 0.5, 30.0, 60.0
LOG_LIMIT = 20 * 1024 * 1024


def say(text: str) -> None:
    """Tell the person at the terminal, if there still is one."""
    try:
        print(text, flush=True)  # noqa: T201
    except OSError:
        sys.stdout = open(os.devnull, "w")  # noqa: SIM115


@dataclass
class Service:
    """One process of the instance. `start` gives its child, `stop` are the signals that end it."""

    name: str
    start: Callable[[], "subprocess.Popen[bytes]"]
    log: Path
    stop: Signals = TERM
    child: "subprocess.Popen[bytes] | None" = None
    began: float = 0.0
    wait: float = FIRST_WAIT
    due: float | None = None


class Stopping(Exception):
    """A signal asked us to stop."""


@dataclass
class Supervisor:
    """Owns the children; `ledger` remembers them on disk for the case that we are killed."""

    ledger: Path
    services: list[Service] = field(default_factory=list)
    asked: int = 0

    def catch_signals(self) -> None:
        """SIGINT and SIGTERM ask to stop; so does a hang-up, unless whoever started us said to ignore it."""
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            if signal.getsignal(number) is not signal.SIG_IGN:
                signal.signal(number, self._ask)

    def _ask(self, *_: object) -> None:
        self.asked += 1

    def start(self, service: Service) -> None:
        """Start it now and remember it."""
        service.child = service.start()
        service.began, service.due = time.monotonic(), None
        if service not in self.services:
            self.services.append(service)
        self._remember()

    def wait_for(self, ready: Callable[[], bool], *services: Service, seconds: float) -> bool:
        """Wait until `ready()`; False when one of `services` ends or the time is over. Raises Stopping."""
        deadline = time.monotonic() + seconds
        while not ready():
            if self.asked:
                raise Stopping
            if any(each.child is None or each.child.poll() is not None for each in services):
                return False
            if time.monotonic() > deadline:
                return False
            time.sleep(0.03)
        return True

    def lines_of(self, service: Service) -> Iterator[str]:
        """What a child whose standard output is a pipe says, until it ends. Raises Stopping."""
        self.start(service)
        assert service.child and service.child.stdout
        pipe, rest = service.child.stdout.fileno(), b""
        while True:
            if self.asked:
                raise Stopping
            if not select.select([pipe], [], [], 0.1)[0]:
                continue
            data = os.read(pipe, 65536)
            if not data:
                break
            *lines, rest = (rest + data).split(b"\n")
            yield from (line.decode(errors="replace") for line in lines)
        service.child.wait()
        self.services.remove(service)
        self._remember()

    def run(self) -> None:
        """Watch over the children until asked to stop."""
        rotated = time.monotonic()
        while not self.asked:
            for service in self.services:
                self._tend(service)
            if time.monotonic() - rotated > 60:
                rotated = time.monotonic()
                self._rotate_logs()
            time.sleep(0.2)

    def _tend(self, service: Service) -> None:
        now = time.monotonic()
        if service.child is not None:
            status = service.child.poll()
            if status is None:
                if now - service.began > SETTLED_AFTER:
                    service.wait = FIRST_WAIT
                return
            _end_group(service.child.pid)
            service.child, service.due = None, now + service.wait
            say(
                f"{service.name} ended ({_reason(status)}) and is started again in {service.wait:g} s; "
                f"its log: {service.log}{_disk_hint(service.log)}"
            )
            service.wait = min(LONGEST_WAIT, service.wait * 2)
        elif service.due is not None and now >= service.due:
            try:
                self.start(service)
            except OSError as error:
                service.due = now + service.wait
                say(f"{service.name} cannot be started: {error}")

    def stop(self) -> None:
        """End the children in the reverse order of their start; those of one kind of work together."""
        groups: list[list[Service]] = [[]]
        for service in reversed(self.services):
            if service.stop is TERM:
                groups[0].append(service)
            else:
                groups.append([service])
        for group in groups:
            self._stop_together(group)
        self.services.clear()
        self.ledger.unlink(missing_ok=True)

    def _stop_together(self, group: list[Service]) -> None:
        going = [each for each in group if each.child is not None and each.child.poll() is None]
        for each in going:  # all hear of it at once, then each is waited for
            os.kill(each.child.pid, each.stop[0][0])  # type: ignore[union-attr]
        for each in group:
            if each.child is None:
                continue
            born = process.birth(each.child.pid)
            if born:
                taken = process.end(each.child.pid, born, self._patience(each.stop))
                if taken is not None and taken != each.stop[0][0]:
                    say(f"{each.name} did not stop by itself: {signal.Signals(taken).name}")
            _end_group(each.child.pid)
            each.child.wait()

    def _patience(self, signals: Signals) -> Signals:
        """Asked twice, we wait for nothing."""
        return ((signal.SIGKILL, 5.0),) if self.asked > 1 and signals is TERM else signals

    def _remember(self) -> None:
        known = {}
        for service in self.services:
            born = process.birth(service.child.pid) if service.child else None
            if service.child and born:
                known[service.name] = {"pid": service.child.pid, "born": born}
        write_private(self.ledger, json.dumps(known))

    def _rotate_logs(self) -> None:
        """Keep one old generation: children append, so cutting the file under them is safe."""
        for path in {service.log for service in self.services}:
            if path.exists() and path.stat().st_size > LOG_LIMIT:
                path.with_suffix(".1.log").write_bytes(path.read_bytes())
                os.truncate(path, 0)


def reap(ledger: Path, signals_of: Callable[[str], Signals]) -> list[str]:
    """End what a killed supervisor left behind; gives their names."""
    try:
        known = json.loads(ledger.read_text())
    except (OSError, ValueError):
        return []
    found = [(name, each["pid"], each["born"]) for name, each in known.items()]
    left = [(name, pid, born) for name, pid, born in found if process.alive(pid, born)]
    for name, pid, born in reversed(left):
        process.end(pid, born, signals_of(name))
        _end_group(pid)
    ledger.unlink(missing_ok=True)
    return [name for name, _pid, _born in left]


def _end_group(pid: int) -> None:
    """Whatever a child started in its session ends with it."""
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, signal.SIGKILL)


def _reason(status: int) -> str:
    return f"status {status}" if status >= 0 else signal.Signals(-status).name


def _disk_hint(log: Path) -> str:
    free = os.statvfs(log.parent)
    return "; the disk is full" if free.f_bavail * free.f_frsize < 5 * 1024 * 1024 else ""
