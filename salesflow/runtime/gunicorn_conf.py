"""Gunicorn: one process loads the application, its workers share it; threads wait for the database."""

import gc
import os
import signal
from typing import Any

from salesflow.runtime.process import die_with_parent

wsgi_app = "salesflow.wsgi:application"
bind = os.environ.get("WEB_BIND", "0.0.0.0:8000")  # in a container; `up` hands over its own socket
workers = int(os.environ.get("WEB_PROCESSES", "2"))
threads = int(os.environ.get("WEB_THREADS", "4"))
worker_class = "gthread"
preload_app = True
timeout = 60
graceful_timeout = 10
keepalive = 5
#: A filter of a list in Chinese is long in an address; more than this no server before us lets through either.
limit_request_line = 8190
max_requests = 20_000
max_requests_jitter = 2_000
worker_tmp_dir = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None  # noqa: S108
control_socket_disable = True
accesslog = None
errorlog = "-"


def on_starting(server: Any) -> None:
    """Load all there is before the workers are forked, and keep the collector from touching it: memory stays shared."""
    from django.urls import get_resolver

    get_resolver()._populate()
    gc.collect()
    gc.freeze()


def post_fork(server: Any, worker: Any) -> None:
    """A worker does not outlive a killed master."""
    die_with_parent(signal.SIGTERM)


def child_exit(server: Any, worker: Any) -> None:
    """Live gauges of an ended process no longer count."""
    if "PROMETHEUS_MULTIPROC_DIR" in os.environ:
        from prometheus_client import multiprocess

        multiprocess.mark_process_dead(worker.pid)
