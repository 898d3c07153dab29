"""The scheduler: Celery's beat asks workers to sweep, and a thread beside it sweeps itself when none does.

With Redis away or no worker alive, what is due is still done at most half a minute late.
"""

import logging
import threading
from typing import Any

from celery import Celery
from celery.apps.beat import Beat
from django.db import close_old_connections, connection
from django_celery_beat.models import PeriodicTask

from salesflow.lib.sweeps import Sweep, all_sweeps
from salesflow.runtime import heartbeat
from salesflow.runtime.sweeping import sweep_run, sweeps_overdue

log = logging.getLogger(__name__)
PREFIX = "sweep "
LOOK_EVERY_SECONDS = 2.0


def beat_schedule() -> dict[str, dict[str, Any]]:
    """One entry per sweep; a request nobody took by the time of the next is worthless and expires."""
    return {
        PREFIX + sweep.name: {
            "task": "runtime.sweep",
            "schedule": float(sweep.every),
            "args": (sweep.name,),
            "options": {"queue": "sweeps", "expires": max(10, sweep.every)},
        }
        for sweep in all_sweeps()
    }


def scheduler_run(app: Celery) -> None:
    """Run until told to stop."""
    schedule = beat_schedule()
    PeriodicTask.objects.filter(name__startswith=PREFIX).exclude(name__in=schedule).delete()
    app.conf.beat_schedule = schedule
    heartbeat.start("scheduler")
    threading.Thread(target=_watch, name="overdue sweeps", daemon=True).start()
    connection.close()
    Beat(app=app, quiet=True, loglevel="INFO", max_interval=5).run()


def _watch() -> None:
    while not threading.Event().wait(LOOK_EVERY_SECONDS):
        try:
            close_old_connections()
            for sweep in sweeps_overdue():
                _do_ourselves(sweep)
        except Exception as error:  # the database may be away: it is asked again
            log.warning("could not look for overdue sweeps: %s", error)
            connection.close()


def _do_ourselves(sweep: Sweep) -> None:
    """One that waits for the world outside has a thread, so that it holds up no deadline."""
    if not sweep.waits:
        log.warning("no worker ran sweep %s in time", sweep.name)
        sweep_run(sweep=sweep, by="scheduler")
        return
    name = f"sweep {sweep.name}"
    if all(thread.name != name for thread in threading.enumerate()):
        log.warning("no worker ran sweep %s in time", sweep.name)
        threading.Thread(target=_run_beside, args=(sweep,), name=name, daemon=True).start()


def _run_beside(sweep: Sweep) -> None:
    try:
        sweep_run(sweep=sweep, by="scheduler")
    except Exception as error:
        log.warning("could not run sweep %s: %s", sweep.name, error)
    finally:
        connection.close()
