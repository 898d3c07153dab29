"""What stands between new code and a running instance: migrations, static files, the demo company."""

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.core.management import call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.urls import reverse

from salesflow.people.models import User
from salesflow.people.services.setup import administrator_exists, setup_code_issue
from salesflow.runtime import instance
from salesflow.runtime.guard import refuse_demo_people

_LOCK = 7_301_003


def instance_prepare(*, demo: bool, say: Callable[[str], Any]) -> dict[str, Any]:
    """Prepare the instance; gives what the person at the terminal should know: `demo`, `setup_code`, `setup_path`.

    Several may prepare at once: they take turns.
    """
    with connection.cursor() as cursor:
        cursor.execute("SET statement_timeout = 0; SET lock_timeout = 0")
        cursor.execute("SELECT pg_advisory_lock(%s)", [_LOCK])
    _migrate(say)
    _collect_static(say)
    facts: dict[str, Any] = {"demo": _demo(demo, say)}
    if settings.PRODUCTION:
        refuse_demo_people()
    if not administrator_exists():
        facts.update(setup_code=setup_code_issue(), setup_path=reverse("set-up"))
    return facts


def _migrate(say: Callable[[str], Any]) -> None:
    executor = MigrationExecutor(connection)
    if executor.migration_plan(executor.loader.graph.leaf_nodes()):
        say("Preparing the database …")
        call_command("migrate", interactive=False, verbosity=0)


def _collect_static(say: Callable[[str], Any]) -> None:
    """Collect them anew only when a file was added, removed or changed."""
    root = Path(settings.STATIC_ROOT)
    digest = hashlib.sha256()
    for finder in get_finders():
        for name, storage in sorted(finder.list(ignore_patterns=[]), key=lambda each: each[0]):
            stat = Path(storage.path(name)).stat()
            digest.update(f"{name}\0{stat.st_size}\0{stat.st_mtime_ns}\n".encode())
    stamp = root / ".collected"
    if stamp.is_file() and stamp.read_text() == digest.hexdigest():
        return
    say("Collecting static files …")
    call_command("collectstatic", interactive=False, clear=root.is_dir(), verbosity=0)
    root.mkdir(parents=True, exist_ok=True)
    stamp.write_text(digest.hexdigest())


def _demo(wanted: bool, say: Callable[[str], Any]) -> bool:
    """Load the demo company into a new instance; whether this instance has it.

    The first start decides. Loading is one transaction: after an interrupted one the next start is the first.
    """
    known = instance.read(settings.DATA_DIR).get("demo")
    if known is not None:
        return bool(known)
    loaded = wanted and not User.objects.exists()
    if loaded:
        say("Loading the demo company …")
        call_command("load_demo", seed=1, scale=1, verbosity=0)
    instance.note(settings.DATA_DIR, demo=loaded)
    return loaded
