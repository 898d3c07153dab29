"""`manage.py up`: everything of one instance on this machine under one supervisor. Django is not imported here."""

import argparse
import errno
import http.client
import ipaddress
import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from salesflow.runtime import instance, process
from salesflow.runtime.embedded import Postgres, Redis, binaries_for, database_account, own_folder
from salesflow.runtime.embedded.postgres import STOP as STOP_POSTGRES
from salesflow.runtime.embedded.redis import STOP as STOP_REDIS
from salesflow.runtime.errors import StartError
from salesflow.runtime.layout import Layout, disk_is_full
from salesflow.runtime.supervisor import REAP, TERM, Service, Signals, Stopping, Supervisor, reap, say

CHECKOUT = Path(__file__).resolve().parent.parent.parent
MANAGE = str(CHECKOUT / "manage.py")
PATIENCE_SECONDS = 60.0
HIGHEST_PORT = 65535
SIGN_INS = "admin manager manager2 director finance legal agent auditor marketing rep1 rep2 rep3 rep4".split()


def main(argv: list[str]) -> int:
    """Run the instance until stopped; gives the exit status."""
    options = _options(argv)
    began = time.monotonic()
    try:
        return _Up(options).run(began)
    except StartError as error:
        sys.stderr.write(f"{error}\n")
    except PermissionError as error:
        sys.stderr.write(f"{error.filename} belongs to somebody else: choose another folder with --data.\n")
    except OSError as error:
        if not disk_is_full(error):
            raise
        sys.stderr.write(f"The disk is full: {error.filename or options.data} could not be written.\n")
    return 1


def _options(argv: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="script/up",
        description="Start SalesFlow on this machine: database, queue, web, worker and scheduler.",
    )
    parser.add_argument("--port", type=_port, default=8000, help="port of the web pages (0: any free one)")
    parser.add_argument(
        "--host", default="127.0.0.1", help="address to listen on (default: this machine only)"
    )
    parser.add_argument(
        "--data",
        type=Path,
        default=Path(os.environ.get("SALESFLOW_DATA") or CHECKOUT / "var"),
        help="folder of everything this instance keeps (default: var, or SALESFLOW_DATA)",
    )
    production = os.environ.get("SALESFLOW_ENV") == "production"
    parser.add_argument(
        "--demo",
        action=argparse.BooleanOptionalAction,
        default=not production,
        help="fill a new instance with the demo company",
    )
    options = parser.parse_args(argv)
    options.data = options.data.expanduser().absolute()
    return options


def _port(text: str) -> int:
    """A number of a port; the resolver would take any and leave off what is too much."""
    if not text.isascii() or not text.isdigit() or int(text) > HIGHEST_PORT:
        raise argparse.ArgumentTypeError(f"{text} is no port: a number from 0 to {HIGHEST_PORT}")
    return int(text)


class _Up:
    """The steps from nothing to a running instance, and back."""

    def __init__(self, options: argparse.Namespace) -> None:
        self.options = options
        self.layout = Layout(options.data)
        self.supervisor = Supervisor(self.layout.ledger)
        self.listener: socket.socket | None = None
        self.facts: dict[str, Any] = {}

    def run(self, began: float) -> int:
        self.layout.make(private=os.geteuid() != 0)
        self.layout.lock()
        self.listener = _listen(self.options.host, self.options.port)
        self.layout.check_space()
        reap(self.layout.ledger, lambda name: _signals_of(name, REAP))
        self.supervisor.catch_signals()
        try:
            self._start_servers()
            prepared = self._prepare()
            self._start_web()
            self._greet(prepared, time.monotonic() - began)
            for name, argv in _WORKERS.items():
                self.supervisor.start(self._service(name, argv))
            self.supervisor.run()
            say("Stopping …")
        except Stopping:
            say("Stopped before it was ready.")
            return 130
        finally:
            self.supervisor.stop()
            self.layout.clear()
        say("Stopped.")
        return 0

    @property
    def address(self) -> str:
        assert self.listener
        host, port = self.listener.getsockname()[:2]
        shown = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(host, f"[{host}]" if ":" in host else host)  # noqa: S104
        return f"http://{shown}:{port}"

    @property
    def environment(self) -> Mapping[str, str]:
        hosts = ["localhost", "127.0.0.1", "[::1]", self.options.host, socket.gethostname()]
        return {
            "ALLOWED_HOSTS": ",".join(hosts),
            "SITE_URL": self.address,
            **os.environ,
            "SALESFLOW_DATA": str(self.options.data),
            "PYTHONUNBUFFERED": "1",
        }

    def _start_servers(self) -> None:
        """Embedded servers, unless the environment names others; then what every command needs is written down."""
        known = instance.read(self.options.data)
        self.facts = {"address": self.address, "pid": os.getpid()}
        embedded = [name for name in ("DATABASE_URL", "REDIS_URL") if not os.environ.get(name)]
        servers = self._embedded(embedded, known) if embedded else {}
        for name, key in (("DATABASE_URL", "database_url"), ("REDIS_URL", "redis_url")):
            self.facts[key] = servers[name].url if name in servers else os.environ[name]
        instance.ensure_secret_key(self.options.data)
        instance.write(self.options.data, {**known, **self.facts})
        if "DATABASE_URL" in servers:
            servers["DATABASE_URL"].make_database()

    def _embedded(self, wanted: list[str], known: Mapping[str, str]) -> dict[str, Any]:
        account = database_account()
        self.layout.place(account, dict(known))
        own_folder(self.layout.sockets, account)
        self.facts.update(state=str(self.layout.state), sockets=str(self.layout.sockets))
        programs = binaries_for(account)
        servers: dict[str, Any] = {}
        if "DATABASE_URL" in wanted:
            servers["DATABASE_URL"] = Postgres(
                programs=programs.postgres, home=self.layout.state / "postgres", sockets=self.layout.sockets,
                account=account, log=self.layout.logs / "postgres.log",
            )  # fmt: skip
        if "REDIS_URL" in wanted:
            servers["REDIS_URL"] = Redis(
                program=programs.redis, folder=self.layout.state / "redis", sockets=self.layout.sockets,
                account=account, log=self.layout.logs / "redis.log",
            )  # fmt: skip
        services = []
        for server in servers.values():
            server.prepare()
            name = type(server).__name__.lower()
            service = Service(name, server.start, server.log, _signals_of(name))
            self.supervisor.start(service)
            services.append(service)
        for server, service in zip(servers.values(), services, strict=True):
            if not self.supervisor.wait_for(server.ready, service, seconds=PATIENCE_SECONDS):
                raise StartError(f"{service.name} did not start; its log: {service.log}")
        return servers

    def _prepare(self) -> dict[str, Any]:
        """Bring the database, the static files and the demo company up to date, in a process of its own."""
        argv = [sys.executable, MANAGE, "prepare", "--json", "--demo" if self.options.demo else "--no-demo"]
        log = self.layout.logs / "prepare.log"
        log.unlink(missing_ok=True)
        child = Service(
            "prepare",
            lambda: process.spawn(argv, env=self.environment, log=log, cwd=CHECKOUT, stdout=subprocess.PIPE),
            log,
        )
        answer: dict[str, Any] = {}
        for line in self.supervisor.lines_of(child):
            if line.startswith("{"):
                answer = json.loads(line)
            else:
                say(line)
        if child.child is None or child.child.returncode != 0:
            raise StartError(_last_words(log) or f"The instance could not be prepared; the log: {log}")
        return answer

    def _start_web(self) -> None:
        assert self.listener
        metrics = self.layout.data / "metrics"
        _empty(metrics)
        web = Service("web", lambda: self._spawn_web(metrics), self.layout.logs / "web.log")
        self.supervisor.start(web)
        if not self.supervisor.wait_for(self._answers, web, seconds=PATIENCE_SECONDS):
            raise StartError(_last_words(web.log) or f"The web server did not start; its log: {web.log}")

    def _spawn_web(self, metrics: Path) -> "subprocess.Popen[bytes]":
        """The listening socket is ours: while the web server is started again, visitors wait and are not refused."""
        assert self.listener
        number = self.listener.fileno()
        return process.spawn(
            [sys.executable, "-m", "gunicorn", "-c", "python:salesflow.runtime.gunicorn_conf"],
            env={**self.environment, "WEB_BIND": f"fd://{number}", "PROMETHEUS_MULTIPROC_DIR": str(metrics)},
            log=self.layout.logs / "web.log",
            cwd=CHECKOUT,
            pass_fds=[number],
        )

    def _answers(self) -> bool:
        assert self.listener
        host, port = self.listener.getsockname()[:2]
        line = http.client.HTTPConnection(host, port, timeout=PATIENCE_SECONDS)
        try:
            line.request("GET", "/livez", headers={"Host": "localhost"})
            return line.getresponse().status < 400  # in production a redirection to HTTPS is an answer too
        except OSError:
            return False
        finally:
            line.close()

    def _service(self, name: str, argv: list[str]) -> Service:
        log = self.layout.logs / f"{name}.log"
        return Service(
            name,
            lambda: process.spawn([sys.executable, *argv], env=self.environment, log=log, cwd=CHECKOUT),
            log,
        )

    def _greet(self, prepared: Mapping[str, Any], seconds: float) -> None:
        say(f"\nSalesFlow is ready after {seconds:.1f} s: {self.address}")
        if prepared.get("demo"):
            say("Sign in with the password “demo” as one of:")
            for index in range(0, len(SIGN_INS), 5):
                say("  " + "  ".join(f"{name}@example.com" for name in SIGN_INS[index : index + 5]))
        if prepared.get("setup_code"):
            say(f"Set up the first administrator at {self.address}{prepared['setup_path']}")
            say(f"with the code {prepared['setup_code']}")
        say(f"Data and logs: {self.options.data}")
        if self.layout.state != self.layout.data:
            say(f"Database and queue: {self.layout.state} (their system user cannot enter the folder above)")
        if prepared.get("demo") and not _is_loopback(self.listener):
            say("Beware: other machines can reach this address, and everybody knows the demo passwords.")
        say("Stop with Ctrl-C.\n")


_WORKERS = {
    "worker": [
        *("-m", "celery", "-A", "salesflow.celery", "worker", "--queues", "celery,sweeps"),
        *("--concurrency", os.environ.get("WORKER_PROCESSES", "2"), "--without-gossip", "--without-mingle"),
        *("--loglevel", "INFO"),
    ],
    "scheduler": [MANAGE, "scheduler"],
}


def _signals_of(name: str, other: Signals = TERM) -> Signals:
    return {"postgres": STOP_POSTGRES, "redis": STOP_REDIS}.get(name, other)


def _listen(host: str, port: int) -> socket.socket:
    """The socket visitors come to; StartError when we may not have it."""
    try:
        family, kind, proto, _name, place = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        listener = socket.socket(family, kind, proto)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(place)
        listener.listen(2048)
        return listener
    except socket.gaierror:
        raise StartError(f"There is no address {host} on this machine.") from None
    except (OSError, OverflowError) as error:
        if getattr(error, "errno", None) == errno.EADDRINUSE:
            raise StartError(f"Port {port} is in use; choose another with --port.") from None
        if getattr(error, "errno", None) == errno.EACCES:
            raise StartError(
                f"Port {port} is open to administrators only; choose another with --port."
            ) from None
        raise StartError(f"Port {port} of {host} cannot be used: {error}") from None


def _is_loopback(listener: socket.socket | None) -> bool:
    return listener is None or ipaddress.ip_address(listener.getsockname()[0]).is_loopback


def _empty(folder: Path) -> None:
    folder.mkdir(mode=0o700, exist_ok=True)
    for file in folder.iterdir():
        file.unlink()


def _last_words(log: Path) -> str:
    lines = [line for line in log.read_text(errors="replace").splitlines() if line.strip()]
    return lines[-1] if lines else ""
