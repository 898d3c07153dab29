"""How the instance is: what `/readyz` answers."""

from datetime import timedelta
from typing import Any

import redis
from django.conf import settings
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.db.models import F, Max
from django.db.models.functions import Now
from redis.backoff import NoBackoff
from redis.retry import Retry

from salesflow.runtime.heartbeat import SILENT_AFTER
from salesflow.runtime.models import Heartbeat, SweepRun

SWEEP_LATE_AFTER = timedelta(seconds=60)
_migrated = False


def health() -> tuple[str, dict[str, Any]]:
    """`ok`, `degraded` (pages work, something behind them does not) or `down`, and the reasons by name."""
    try:
        connection.ensure_connection()
        if not _is_migrated():
            return "down", {"database": "ok", "migrations": "pending"}
        checks = {"database": "ok", "migrations": "ok", "redis": _redis(), "last_sweep": _last_sweep()}
        checks.update(_processes())
    except Exception as error:
        connection.close()
        return "down", {"database": f"unreachable ({type(error).__name__})"}
    return ("ok" if set(checks.values()) == {"ok"} else "degraded"), checks


def _is_migrated() -> bool:
    """Looked up until it is true once: files of a running process do not change."""
    global _migrated
    if not _migrated:
        executor = MigrationExecutor(connection)
        _migrated = not executor.migration_plan(executor.loader.graph.leaf_nodes())
    return _migrated


def _redis() -> str:
    client = redis.Redis.from_url(
        settings.REDIS_URL, socket_connect_timeout=0.5, socket_timeout=0.5, retry=Retry(NoBackoff(), 0)
    )
    try:
        client.ping()
    except (redis.RedisError, OSError):
        return "unreachable"
    finally:
        client.close()
    return "ok"


def _last_sweep() -> str:
    age = SweepRun.objects.aggregate(age=Now() - Max("succeeded_at"))["age"]
    if age is None:
        return "none yet"
    return "ok" if age <= SWEEP_LATE_AFTER else f"{int(age.total_seconds())} s ago"


def _processes() -> dict[str, str]:
    """The kinds that must be there; on which host does not matter."""
    ages = dict(Heartbeat.objects.values_list("name", Now() - F("at")))
    found = {}
    for kind in ("worker", "scheduler"):
        own = [age for name, age in ages.items() if name.startswith(f"{kind}@")]
        found[kind] = "ok" if own and min(own) <= SILENT_AFTER else "silent"
    return found
