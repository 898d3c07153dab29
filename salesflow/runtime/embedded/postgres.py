"""The embedded PostgreSQL: one cluster, reached only through a socket in a folder that is ours alone."""

import os
import shutil
import signal
import subprocess
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import quote

from salesflow.runtime import process
from salesflow.runtime.embedded.account import Account, own_folder
from salesflow.runtime.errors import StartError

ROLE = DATABASE = "salesflow"
STOP = ((signal.SIGINT, 20.0), (signal.SIGQUIT, 5.0), (signal.SIGKILL, 5.0))
_SETTINGS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "max_connections": "100",
    "shared_buffers": "256MB",
    "work_mem": "16MB",
    "maintenance_work_mem": "128MB",
    "effective_cache_size": "1GB",
    "random_page_cost": "1.1",
    "jit": "off",
    "max_wal_size": "2GB",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "lc_messages": "C",
}


class Postgres:
    """A cluster under `home` with its socket in `sockets`; `settings` overrule ours (tests switch fsync off)."""

    def __init__(
        self,
        *,
        programs: Path,
        home: Path,
        sockets: Path,
        account: Account | None,
        log: Path,
        settings: Mapping[str, str] | None = None,
    ) -> None:
        self.programs, self.home, self.sockets = programs, home, sockets
        self.cluster = home / "data"
        self.account, self.log = account, log
        self.settings = {**_SETTINGS, **(settings or {}), "unix_socket_directories": str(sockets)}

    @property
    def url(self) -> str:
        return f"postgres://{ROLE}@{quote(str(self.sockets), safe='')}/{DATABASE}"

    def prepare(self) -> None:
        """Make the cluster if there is none; an interrupted attempt is thrown away."""
        if (self.cluster / "PG_VERSION").exists():
            return
        own_folder(self.home, self.account)
        draft = self.home / "data.new"
        shutil.rmtree(draft, ignore_errors=True)
        problem = ""
        for locale in ("C.UTF-8", "C"):  # some systems lack the first
            done = self._run(
                "initdb", "-D", str(draft), "-U", "postgres", "-E", "UTF8", "-A", "trust", "--no-instructions",
                f"--locale={locale}", "--locale-provider=builtin", "--builtin-locale=C.UTF-8",
                "--set", "max_wal_senders=0", "--set", "wal_level=minimal",
            )  # fmt: skip
            if done.returncode == 0:
                draft.rename(self.cluster)
                return
            problem = done.stderr.decode(errors="replace").strip() or problem
        raise StartError(f"PostgreSQL could not make its data folder {self.cluster}: {_first_line(problem)}")

    def start(self) -> "subprocess.Popen[bytes]":
        """Start the server; `ready()` tells when it takes connections."""
        options = [item for key, value in self.settings.items() for item in ("-c", f"{key}={value}")]
        return process.spawn(
            [str(self.programs / "postgres"), "-D", str(self.cluster), *options],
            env=_environment(),
            log=self.log,
            account=self.account,
            death_signal=signal.SIGINT,
        )

    def ready(self) -> bool:
        return (
            self._run(
                "pg_isready", "-q", "-U", "postgres", "-h", str(self.sockets), "-d", "postgres"
            ).returncode
            == 0
        )

    def make_database(self) -> None:
        """Make our role and database unless they are there; the role owns the database and may make others."""
        if self._sql(f"SELECT 1 FROM pg_database WHERE datname = '{DATABASE}'").strip() == "1":
            return
        if self._sql(f"SELECT 1 FROM pg_roles WHERE rolname = '{ROLE}'").strip() != "1":
            self._sql(f"CREATE ROLE {ROLE} LOGIN CREATEDB")
        self._sql(f"CREATE DATABASE {DATABASE} OWNER {ROLE}")

    def _sql(self, statement: str) -> str:
        done = self._run(
            "psql", "-X", "-A", "-t", "-q", "-v", "ON_ERROR_STOP=1", "-h", str(self.sockets), "-U", "postgres",
            "-d", "postgres", "-c", statement,
        )  # fmt: skip
        if done.returncode:
            raise StartError(f"PostgreSQL refused “{statement}”: {_first_line(done.stderr.decode())}")
        return done.stdout.decode()

    def _run(self, program: str, *arguments: str) -> "subprocess.CompletedProcess[bytes]":
        return subprocess.run(
            [str(self.programs / program), *arguments],
            env=_environment(),
            cwd="/",
            capture_output=True,
            check=False,
            user=self.account.uid if self.account else None,
            group=self.account.gid if self.account else None,
            extra_groups=[] if self.account else None,
        )


def _environment() -> dict[str, str]:
    """Only what the programs need: no PG… or locale variables of the person who started us."""
    return {"PATH": os.environ.get("PATH", "/usr/bin:/bin"), "LC_ALL": "C", "TZ": "UTC"}


def _first_line(text: str) -> str:
    lines = (
        [line for line in text.splitlines() if "error" in line.lower()]
        or text.splitlines()
        or ["no reason given"]
    )
    return lines[0].strip()
