"""The Celery application: ids only, late acknowledgement, one task at a time per process."""

import gc
import os
import signal
from typing import Any

import structlog
from celery import Celery, signals

from salesflow.runtime.process import die_with_parent

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "salesflow.settings")

app = Celery("salesflow")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()

WORKER_SOCKET_TIMEOUT = 10


@signals.celeryd_init.connect
def be_patient(conf: Any = None, **_: Any) -> None:
    """A worker waits longer for a slow Redis than a page does."""
    conf.broker_transport_options = {**conf.broker_transport_options, "socket_timeout": WORKER_SOCKET_TIMEOUT}


@signals.setup_logging.connect
def keep_logging(**_: Any) -> None:
    """Celery would set up logging of its own; Django's stays."""


@signals.worker_ready.connect
def show_life(**_: Any) -> None:
    from salesflow.runtime import heartbeat

    heartbeat.start("worker")


@signals.task_prerun.connect
def name_task(task_id: str = "", **_: Any) -> None:
    """Log lines and journal events of a task carry its id, as those of a request do."""
    from salesflow.journal.services.record import request_id

    request_id.set(task_id)
    structlog.contextvars.clear_contextvars()
    structlog.contextvars.bind_contextvars(request_id=task_id)


@signals.worker_before_create_process.connect
def share_memory(**_: Any) -> None:
    """What is loaded by now stays shared with the task process: the collector does not touch it."""
    gc.collect()
    gc.freeze()


@signals.worker_process_init.connect
def end_with_worker(**_: Any) -> None:
    """A task process does not outlive a killed worker."""
    die_with_parent(signal.SIGKILL)
