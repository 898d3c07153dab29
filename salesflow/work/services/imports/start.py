"""Taking a file in, mapping it, setting it going, stopping it."""

from typing import Any

from django.core.exceptions import ValidationError
from django.core.files.storage import default_storage
from django.db import transaction
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from salesflow.journal.services import record
from salesflow.lib.errors import Conflict, require
from salesflow.lib.queue import enqueue
from salesflow.lib.records import touched
from salesflow.lib.tabular import TakesLong
from salesflow.people.models import User
from salesflow.work import policies
from salesflow.work.imports import ImportKind, import_kind
from salesflow.work.models import Import
from salesflow.work.services.imports.files import Upload, file_keep, filename_shown, look
from salesflow.work.services.imports.mapping import (
    mapping_checked,
    mapping_guess,
    mapping_shaped,
    template_mapping,
)

Status = Import.Status
ENDED = (Status.DONE, Status.FAILED, Status.CANCELLED)
#: What a job is before its first row has been read.
UNREAD: dict[str, Any] = {
    "processed": 0, "created": 0, "updated": 0, "skipped": 0, "rejected": 0, "read_until": 0, "read_percent": 0,
    "total": None, "started_at": None, "finished_at": None, "undone_at": None, "kept_after_undo": [],
    "undone_down_to": None, "leased_until": None, "error": "",
}  # fmt: skip


def import_upload(
    *,
    file: Upload,
    resource: str,
    by: User,
    mapping: Any = None,
    mode: str = Import.Mode.BOTH,
    dry_run: bool = False,
    encoding: str = "",
    delimiter: str = "",
    sheet: str = "",
    header_row: int | None = None,
) -> Import:
    """Keep the file, look at its header, and queue it if it is clear what each column means.

    With `mapping`, or with the template's own headers, it starts at once; otherwise it waits in `needs_mapping`
    with a guess. A file that takes long to look at is queued without a header: a worker looks at it first. Raises
    PermissionDenied, and ValidationError for what is no table, is too large or cannot be read; then no file is kept.
    """
    require(policies.can_import_any(by))
    kind = kind_named(resource)
    require(policies.can_import(by, kind))
    _check_mode(mode)
    shaped = mapping_shaped(kind, mapping, mode) if mapping is not None else None
    name, size, digest = file_keep(file)
    job = Import(
        resource=resource, file=name, filename=filename_shown(file.name), size=size, sha256=digest, mode=mode,
        dry_run=dry_run, mapping=shaped, encoding=encoding, delimiter=delimiter, sheet=sheet,
        header_row=header_row, by=by, language=get_language() or "",
    )  # fmt: skip
    try:
        _look_at_once(job)
        _save(job, by)
    except Exception:
        default_storage.delete(name)
        raise
    return job


def kind_named(resource: str) -> ImportKind:
    kind = import_kind(resource)
    if kind is None:
        message = _("Records of this list are not imported.")
        raise ValidationError({"resource": ValidationError(message, code="invalid_choice")})
    return kind


def _check_mode(mode: str) -> None:
    if mode not in Import.Mode.values:
        raise ValidationError({"mode": ValidationError(_("Choose one of the list."), code="invalid")})


def _look_at_once(job: Import) -> None:
    """Look at the file and say what comes next, or leave both to a worker where it takes long."""
    try:
        look(job, at_once=True)
    except TakesLong:
        job.status = Status.QUEUED
        return
    job.status = Status.QUEUED if mapping_settle(job) else Status.NEEDS_MAPPING


def mapping_settle(job: Import) -> bool:
    """Set the mapping of a job that has been looked at; False while it is only a guess, for a person to confirm."""
    kind = kind_named(job.resource)
    if job.mapping is not None:
        job.mapping = mapping_checked(kind, job.mapping, job.header, job.mode)
        return True
    job.mapping = template_mapping(kind, job.header)
    if job.mapping is not None:
        return True
    job.mapping = mapping_guess(kind, job.header, job.by)
    return False


@transaction.atomic
def _save(job: Import, by: User) -> None:
    job.save()
    data = {"size": job.size, "status": job.status, "resource": job.resource}
    record("work.import_uploaded", subject=job, by=by, data=data)
    if job.status == Status.QUEUED:
        job_wake(job)


@transaction.atomic
def import_reread(
    *,
    job: Import,
    by: User,
    encoding: str = "",
    delimiter: str = "",
    sheet: str = "",
    header_row: int | None = None,
) -> Import:
    """Look at the file of a waiting import again, read in another way, and guess its mapping anew.

    Raises ValidationError when it cannot be read so; nothing changes then.
    """
    job = job_locked(job, by)
    require_status(job, (Status.NEEDS_MAPPING,), _("This import has been started already."))
    job.encoding, job.delimiter, job.sheet, job.header_row = encoding, delimiter, sheet, header_row
    job.mapping, job.header, job.sample = None, [], []
    _look_at_once(job)
    names = "encoding delimiter sheet sheets header_row header sample mapping status".split()
    _put(job, **{name: getattr(job, name) for name in names})
    record("work.import_reread", subject=job, by=by, data={"status": job.status})
    if job.status == Status.QUEUED:
        job_wake(job)
    return fresh(job)


@transaction.atomic
def import_start(
    *, job: Import, by: User, mapping: Any = None, mode: str = "", dry_run: bool = False
) -> Import:
    """Set an import going that waits for its mapping, or whose dry run has ended; the latter is read anew.

    What is left out stays as it was said. With `dry_run` the whole file is tried and nothing written. Raises
    ValidationError for a bad mapping, Conflict("invalid_transition").
    """
    job = job_locked(job, by)
    _require_startable(job)
    job_choose(job, mapping=mapping, mode=mode)
    _put(job, **UNREAD, mapping=job.mapping, mode=job.mode, dry_run=dry_run, status=Status.QUEUED)
    record("work.import_started", subject=job, by=by, data={"mode": job.mode, "dry_run": dry_run})
    job_wake(job)
    return fresh(job)


def _require_startable(job: Import) -> None:
    waits = (Status.NEEDS_MAPPING, *(ENDED if job.dry_run else ()))
    require_status(job, waits, _("This import has been started already."))


def job_choose(job: Import, *, mapping: Any = None, mode: str = "") -> None:
    """Set on the job, unsaved, what a person chose for it. Raises ValidationError."""
    job.mode = mode or job.mode
    _check_mode(job.mode)
    wanted = job.mapping if mapping is None else mapping
    job.mapping = mapping_checked(kind_named(job.resource), wanted, job.header, job.mode)


@transaction.atomic
def import_cancel(*, job: Import, by: User) -> Import:
    """End an import that waits or runs; what was read is kept and reported, and can be undone or gone on with."""
    job = job_locked(job, by)
    waiting = (Status.NEEDS_MAPPING, Status.QUEUED, Status.RUNNING)
    require_status(job, waiting, _("This import is not running."))
    if job.undoing_by_id is not None:
        raise Conflict(
            "invalid_transition", _("This import is being undone."), {"current_status": job.status}
        )
    from salesflow.work.services.imports.finish import import_end

    import_end(job, status=Status.CANCELLED, error=_("Cancelled by %(name)s.") % {"name": by.name}, by=by)
    return fresh(job)


@transaction.atomic
def import_retry(*, job: Import, by: User) -> Import:
    """Go on with a failed or cancelled import where it stopped, or read an undone one again from the top.

    A dry run, of which nothing stands, begins anew; one that was never looked at waits for its mapping.
    """
    job = job_locked(job, by)
    message = _("Only a failed, cancelled or undone import can be tried again.")
    require_status(job, (Status.FAILED, Status.CANCELLED, Status.UNDONE), message)
    anew = UNREAD if job.status == Status.UNDONE or job.dry_run else {}
    waits = bool(job.header) and job.started_at is None
    status = Status.NEEDS_MAPPING if waits else Status.QUEUED
    _put(job, **{"error": "", "leased_until": None, "finished_at": None, **anew, "status": status})
    record("work.import_retried", subject=job, by=by)
    if status == Status.QUEUED:
        job_wake(job)
    return fresh(job)


def job_locked(job: Import, by: User) -> Import:
    """The job as it is now, locked, if this person may run it."""
    job = Import.objects.select_for_update(of=("self",)).select_related("by").get(pk=job.pk)
    require(policies.can_run_import(by, job))
    return job


def require_status(job: Import, status: tuple[str, ...], message: str) -> None:
    if job.status not in status:
        raise Conflict("invalid_transition", message, {"current_status": job.status})


def _put(job: Import, **values: Any) -> None:
    Import.objects.filter(pk=job.pk).update(**values, **touched())


def fresh(job: Import) -> Import:
    return Import.objects.select_related("by").get(pk=job.pk)


def job_wake(job: Import) -> None:
    from salesflow.work.tasks import run_import

    enqueue(run_import, job.pk)
