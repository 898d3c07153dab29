"""Servers of a test's own, to be stopped and killed at will."""

import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from celery import current_app
from kombu import pools

from salesflow.lib import queue
from salesflow.runtime import process
from salesflow.runtime.embedded import Redis, binaries_for
from tests.support.waiting import wait_until


class RedisServer:
    """A Redis that a test stops, starts, kills and freezes."""

    def __init__(self, folder: Path) -> None:
        self.server = Redis(
            program=binaries_for(None).redis, folder=folder / "redis", sockets=folder, account=None,
            log=folder / "redis.log",
        )  # fmt: skip
        self.server.prepare()
        self.child: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return self.server.url

    @property
    def broker_url(self) -> str:
        return f"redis+socket://{self.server.socket}"

    def start(self) -> None:
        self.child = self.server.start()
        wait_until(self.server.ready, "Redis answers")

    def stop(self, number: int = signal.SIGTERM) -> None:
        """End it (SIGKILL: at once); nothing happens when it is not running."""
        if self.child is None:
            return
        born = process.birth(self.child.pid)
        if born:
            process.end(self.child.pid, born, [(signal.SIGCONT, 0), (number, 10)])
        self.child.wait()
        self.child = None

    def kill(self) -> None:
        self.stop(signal.SIGKILL)

    def freeze(self) -> None:
        """It keeps its connections and answers nothing, as over a broken network."""
        assert self.child
        os.kill(self.child.pid, signal.SIGSTOP)


@pytest.fixture
def redis_server() -> Iterator[RedisServer]:
    """A running Redis of this test alone, which Celery in this process publishes to."""
    folder = Path(tempfile.mkdtemp(prefix="salesflow-redis-"))
    server = RedisServer(folder)
    server.start()
    before = current_app.conf.broker_url
    _point_celery_at(server.broker_url)
    yield server
    _point_celery_at(before)
    server.stop()
    shutil.rmtree(folder, ignore_errors=True)


def _point_celery_at(url: str) -> None:
    current_app.conf.broker_url = current_app.conf.broker_write_url = url
    pools.reset()
    current_app._after_fork()  # drops what it keeps of its connections
    queue.reset()
