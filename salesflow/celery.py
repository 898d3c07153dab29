"""The Celery application: ids only, late acknowledgement, one task at a time per process."""

import os
import signal
from typing import Any

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


@signals.worker_process_init.connect
def end_with_worker(**_: Any) -> None:
    """A task process does not outlive a killed worker."""
    die_with_parent(signal.SIGKILL)
