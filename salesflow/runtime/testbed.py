"""Run a command with a PostgreSQL and a Redis of its own: `python -m salesflow.runtime.testbed [--pairs N] pytest …`.

The database is migrated already (`migrated`): SALESFLOW_MIGRATED names the cluster it came from, for servers that the
command starts itself. With several pairs SALESFLOW_PAIRS names them all (a JSON list of environments), for commands
that work side by side; the first is the one in DATABASE_URL and REDIS_URL. They are private, live in a temporary
folder, and are gone afterwards. They are fast rather than safe against a loss of power (no fsync); against killed
processes they are as safe as real ones. Servers named by DATABASE_URL and REDIS_URL are used instead when both are
given.
"""

import argparse
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from salesflow.runtime import migrated, process
from salesflow.runtime.embedded import Postgres, Redis, binaries_for, database_account, own_folder
from salesflow.runtime.embedded.postgres import STOP as STOP_POSTGRES
from salesflow.runtime.embedded.redis import STOP as STOP_REDIS
from salesflow.runtime.errors import StartError

SETTINGS = {"fsync": "off", "full_page_writes": "off", "autovacuum_naptime": "5s", "max_connections": "150"}
PATIENCE = 60.0


class Testbed:
    """A private pair of servers under one temporary folder."""

    __test__ = False  # not a test class, whatever its name

    def __init__(self, folder: Path) -> None:
        account = database_account()
        folder.chmod(0o711)
        programs = binaries_for(account)
        own_folder(folder / "s", account)
        if account and not account.can_enter(folder / "s"):
            raise StartError(f"The user {account.name} cannot reach {folder}: point TMPDIR elsewhere.")
        log = folder / "servers.log"
        self.folder = folder
        self.postgres = Postgres(
            programs=programs.postgres, home=folder / "postgres", sockets=folder / "s", account=account,
            log=log, settings=SETTINGS,
        )  # fmt: skip
        self.redis = Redis(
            program=programs.redis, folder=folder / "redis", sockets=folder / "s", account=account, log=log
        )
        self.running: list[tuple[subprocess.Popen[bytes], Any]] = []

    def start(self, cluster: Path | None = None) -> dict[str, str]:
        """Start both, PostgreSQL with a copy of `cluster`; gives the environment that names them."""
        if cluster:
            own_folder(self.postgres.home, self.postgres.account)
            migrated.copy(cluster, self.postgres.cluster)
        for server, stop in ((self.postgres, STOP_POSTGRES), (self.redis, STOP_REDIS)):
            server.prepare()
            self.running.append((server.start(), stop))
            self._await(server)
        self.postgres.make_database()
        return {
            "DATABASE_URL": self.postgres.url,
            "REDIS_URL": self.redis.url,
            "SALESFLOW_DATA": str(self.folder),
        }

    def _await(self, server: Postgres | Redis) -> None:
        deadline = time.monotonic() + PATIENCE
        while not server.ready():
            if self.running[-1][0].poll() is not None or time.monotonic() > deadline:
                tail = (self.folder / "servers.log").read_text(errors="replace")[-2000:]
                raise StartError(f"{type(server).__name__} did not start:\n{tail}")
            time.sleep(0.03)

    def stop(self) -> None:
        while self.running:
            child, signals = self.running.pop()
            born = process.birth(child.pid)
            if born:
                process.end(child.pid, born, signals)
            child.wait()


def make_migrated(cluster: Path) -> None:
    """Leave a cluster in that folder whose database is migrated."""
    folder = Path(tempfile.mkdtemp(prefix="salesflow-test-"))
    bed = Testbed(folder)
    try:
        env = {**os.environ, **bed.start()}
        done = subprocess.run(
            [sys.executable, "manage.py", "migrate", "--verbosity", "0"],
            cwd=migrated.CHECKOUT, env=env, capture_output=True, text=True, check=False,
        )  # fmt: skip
        if done.returncode:
            raise StartError(f"The database could not be migrated:\n{done.stderr[-2000:]}")
        bed.stop()
        migrated.copy(bed.postgres.cluster, cluster)
    finally:
        bed.stop()
        shutil.rmtree(folder, ignore_errors=True)


def main(argv: list[str]) -> int:
    """Run `argv` beside private servers; gives its exit status."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    options, command = _parsed(argv)
    if os.environ.get("DATABASE_URL") and os.environ.get("REDIS_URL"):
        return subprocess.call(command)
    folders = [Path(tempfile.mkdtemp(prefix="salesflow-test-")) for _each in range(options.pairs)]
    beds: list[Testbed] = []
    try:
        store = migrated.STORE if os.access(sys.prefix, os.W_OK) else folders[0]
        cluster = migrated.ensure(make_migrated, store)
        pairs = []
        for folder in folders:
            beds.append(Testbed(folder))
            pairs.append(beds[-1].start(cluster))
        ours = {"SALESFLOW_PAIRS": json.dumps(pairs), "SALESFLOW_MIGRATED": str(cluster)}
        return _run(command, {**os.environ, **pairs[0], **ours})
    except StartError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    finally:
        for bed in beds:
            bed.stop()
        for folder in folders:
            shutil.rmtree(folder, ignore_errors=True)


def _parsed(argv: list[str]) -> tuple[argparse.Namespace, list[str]]:
    """Our own options, and the command after them."""
    parser = argparse.ArgumentParser(prog="testbed")
    parser.add_argument("--pairs", type=int, default=1, metavar="N")
    parser.add_argument("command", nargs=argparse.REMAINDER)
    options = parser.parse_args(argv)
    return options, options.command


def _run(argv: list[str], env: dict[str, str]) -> int:
    """Run the command; Ctrl-C is its own to answer, our part is to clean up after it."""
    with subprocess.Popen(argv, env=env) as child:
        while True:
            try:
                return child.wait()
            except KeyboardInterrupt:
                continue
            except SystemExit:
                child.terminate()
                child.wait()
                raise


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
