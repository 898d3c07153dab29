"""Signs of life: each kind of process writes one every few seconds, from a thread of its own."""

import logging
import os
import socket
import threading
from datetime import timedelta

from django.db import close_old_connections, connection
from django.db.models.functions import Now

from salesflow.runtime.models import Heartbeat

log = logging.getLogger(__name__)
EVERY_SECONDS = 10.0
#: A process silent for longer is taken for dead.
SILENT_AFTER = timedelta(seconds=45)


def start(kind: str) -> None:
    """Let this process give signs of life as `kind` until it ends."""
    name = f"{kind}@{socket.gethostname()}"[:200]
    threading.Thread(target=_beat, args=[name], name="heartbeat", daemon=True).start()


def _beat(name: str) -> None:
    pause = threading.Event()
    while True:
        try:
            close_old_connections()
            Heartbeat.objects.update_or_create(name=name, defaults={"pid": os.getpid(), "at": Now()})
        except Exception as error:  # the database may be away: the next one counts
            log.warning("no heartbeat: %s", error)
            connection.close()
        pause.wait(EVERY_SECONDS)
