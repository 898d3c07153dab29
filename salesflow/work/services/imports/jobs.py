"""What a person does with an import, whatever its rows become: upload, start, stop, retry, undo."""

import time
from collections.abc import Callable
from typing import Any

from django.core.files.storage import default_storage
from django.db import transaction
from django.db.models import F
from django.db.models.functions import Now
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from salesflow.journal.services import notify, record
from salesflow.lib.errors import Conflict, require
from salesflow.lib.records import touched
from salesflow.lib.tabular import TakesLong
from salesflow.people.models import User
from salesflow.work.services.imports.files import Upload, file_keep, filename_shown, look
from salesflow.work.services.imports.flow import DONE, NEEDS_MAPPING, QUEUED, RUNNING, UNDONE, ImportFlow

_READING = ("encoding", "delimiter", "sheet", "sheets", "header_row", "header", "sample", "mapping", "status")


def job_upload(flow: ImportFlow, *, file: Upload, by: User, **values: Any) -> Any:
    """Keep the file, look at its header, and queue the job if it is clear what each column means.

    Raises ValidationError for what is no table, is too large or cannot be read; then no file is kept.
    """
    name, size, digest = file_keep(file)
    job = flow.model(
        file=name, filename=filename_shown(file.name), size=size, sha256=digest, by=by,
        language=get_language() or "", **values,
    )  # fmt: skip
    try:
        _look_at_once(flow, job)
        _save(flow, job, by)
    except Exception:
        default_storage.delete(name)
        raise
    return job


def _look_at_once(flow: ImportFlow, job: Any) -> None:
    """Look at the file and say what comes next, or leave both to a worker where it takes long."""
    try:
        look(job, at_once=True)
    except TakesLong:
        job.status = QUEUED
        return
    job.status = QUEUED if flow.settle(job) else NEEDS_MAPPING


@transaction.atomic
def _save(flow: ImportFlow, job: Any, by: User) -> None:
    job.save()
    data = {"size": job.size, "status": job.status, **flow.told(job)}
    record(f"{flow.app}.import_uploaded", subject=job, by=by, data=data)
    if job.status == QUEUED:
        if job.header:
            flow.settled(job)
        flow.wake(job)


@transaction.atomic
def job_reread(flow: ImportFlow, *, job: Any, by: User, **reading: Any) -> Any:
    """Look at the file of a waiting import again, read in another way, and guess its mapping anew.

    Raises ValidationError when it cannot be read so; nothing changes then.
    """
    job = job_locked(flow, job, by)
    require_status(job, (NEEDS_MAPPING,), _("This import has been started already."))
    for name, value in reading.items():
        setattr(job, name, value)
    job.mapping, job.header, job.sample = None, [], []
    _look_at_once(flow, job)
    job_put(flow, job, **{name: getattr(job, name) for name in _READING})
    record(f"{flow.app}.import_reread", subject=job, by=by, data={"status": job.status})
    if job.status == QUEUED:
        flow.wake(job)
    return flow.fresh(job)


def require_startable(flow: ImportFlow, job: Any) -> None:
    """Raises Conflict unless the import waits for its mapping, or was a dry run that has ended."""
    waits = (NEEDS_MAPPING, *(flow.ended if job.dry_run else ()))
    require_status(job, waits, _("This import has been started already."))


@transaction.atomic
def job_start(
    flow: ImportFlow,
    *,
    job: Any,
    by: User,
    dry_run: bool,
    choose: Callable[[Any], list[str]],
    told: tuple[str, ...] = (),
) -> Any:
    """Set an import going that waits for its mapping, or whose dry run has ended; the latter is read anew.

    `choose` sets on the job what was chosen and names the fields; `told` are those its event speaks of.
    """
    job = job_locked(flow, job, by)
    require_startable(flow, job)
    chosen = {name: getattr(job, name) for name in choose(job)}
    job.dry_run = dry_run
    job_put(flow, job, **flow.unread, **chosen, dry_run=dry_run, status=QUEUED)
    flow.settled(job)
    data = {name: getattr(job, name) for name in told}
    record(f"{flow.app}.import_started", subject=job, by=by, data=data or None)
    flow.wake(job)
    return flow.fresh(job)


def job_stoppable(flow: ImportFlow, *, job: Any, by: User, waiting: tuple[str, ...]) -> Any:
    """The job, locked, if it is one that can be ended before its time; raises Conflict."""
    job = job_locked(flow, job, by)
    require_status(job, waiting, _("This import is not running."))
    if job.undoing_by_id is not None:
        raise Conflict(
            "invalid_transition", _("This import is being undone."), {"current_status": job.status}
        )
    return job


def job_retry(flow: ImportFlow, *, job: Any, by: User, status: str = QUEUED) -> Any:
    """Go on with a locked job where it stopped; an undone one, and a dry run, are read again from the top."""
    anew = flow.unread if job.status == UNDONE or job.dry_run else {}
    job_put(flow, job, **{"error": "", "leased_until": None, "finished_at": None, **anew, "status": status})
    record(f"{flow.app}.import_retried", subject=job, by=by)
    if status == QUEUED:
        flow.wake(job)
    return flow.fresh(job)


def job_ended(
    flow: ImportFlow, job: Any, *, status: str, error: str = "", waiting: tuple[str, ...] = (QUEUED, RUNNING)
) -> Any:
    """Mark a waiting or running job as ended; the job as it is now, or None when it has ended already."""
    read: dict[str, Any] = {"total": F("processed"), "read_percent": 100} if status == DONE else {}
    ended = flow.of(job.pk).filter(status__in=waiting, undoing_by=None)
    if not ended.update(
        status=status, error=error[:1000], finished_at=Now(), leased_until=None, **read, **touched()
    ):
        return None
    return flow.of(job.pk).get()


def undo_begin(flow: ImportFlow, *, job: Any, by: User, at_once: int, **place: Any) -> Any:
    """Set the undo of an ended import going: a small one within the request, a large one by a worker.

    `place` is where it starts. Raises Conflict("invalid_transition") unless the import has ended, and for a dry run, of
    which nothing stands.
    """
    job = job_locked(flow, job, by)
    require_status(job, flow.ended, _("Only a finished import can be undone."))
    if job.dry_run:
        raise Conflict(
            "invalid_transition", _("A dry run has written nothing."), {"current_status": job.status}
        )
    job_put(flow, job, status=RUNNING, undoing_by=by, kept_after_undo=[], error="", **place)
    job.undoing_by = by
    if job.processed <= at_once:
        flow.undo(job, seconds=None)
    else:
        flow.wake(job)
    return flow.fresh(job)


def undo_run(
    flow: ImportFlow, job: Any, *, step: Callable[[], bool], seconds: float | None, end: Callable[[], None]
) -> None:
    """Undo step by step, to the end or for so many seconds; `step` is False when nothing is left."""
    started = time.monotonic()
    while step():
        if seconds is not None and time.monotonic() - started > seconds:
            flow.of(job.pk).filter(undoing_by__isnull=False).update(leased_until=None)
            return
    end()


@transaction.atomic
def undo_end(flow: ImportFlow, job: Any, *, at_once: int, **values: Any) -> None:
    """Mark a running undo as done, and tell who wanted it unless he waited for it."""
    ended = flow.of(job.pk).filter(undoing_by__isnull=False)
    if not ended.update(
        status=UNDONE, undone_at=Now(), undoing_by=None, leased_until=None, **values, **touched()
    ):
        return
    undone = flow.of(job.pk).get()
    kept = len(undone.kept_after_undo)
    kind = f"{flow.app}.import_undone"
    record(kind, subject=undone, by=job.undoing_by, data={"kept": kept})
    if job.undoing_by is not None and undone.processed > at_once:
        key = f"{flow.key}:{job.pk}:{undone.version}"
        notify([job.undoing_by], kind, subject=undone, params={"kept": kept}, key=key)


def job_locked(flow: ImportFlow, job: Any, by: User) -> Any:
    """The job as it is now, locked, if this person may run it."""
    rows = flow.of(job.pk).select_for_update(of=("self",)).select_related("by")
    job = rows.get()
    require(flow.may_run(by, job))
    return job


def require_status(job: Any, status: tuple[str, ...], message: str) -> None:
    if job.status not in status:
        raise Conflict("invalid_transition", message, {"current_status": job.status})


def job_put(flow: ImportFlow, job: Any, **values: Any) -> None:
    flow.of(job.pk).update(**values, **touched())
