"""Taking a file in, mapping it, setting it going."""

from typing import Any

from django.core.exceptions import ValidationError
from django.core.files.storage import default_storage
from django.db import transaction
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from leads import policies
from leads.models import Campaign, LeadImport, LeadSource
from leads.services.imports.mapping import (
    mapping_checked,
    mapping_guess,
    mapping_remember,
    mapping_shaped,
    template_mapping,
)
from salesflow.journal.services import record
from salesflow.lib.errors import Conflict, require
from salesflow.lib.records import touched
from salesflow.lib.tabular import TakesLong
from salesflow.people.models import User
from salesflow.work.services.custom_fields import custom_words
from salesflow.work.services.imports.files import Upload, file_keep, filename_shown, look, sample_cells

Status = LeadImport.Status
ENDED = (Status.DONE, Status.FAILED)
#: What a job is before its first row has been read; the worker drops the rows of an earlier reading.
UNREAD: dict[str, Any] = {
    "processed": 0, "created": 0, "merged": 0, "skipped": 0, "rejected": 0, "read_until": 0, "read_percent": 0,
    "total": None, "told_until": 0, "started_at": None, "finished_at": None, "undone_at": None, "kept_after_undo": [],
    "undone_until": 0, "leased_until": None, "error": "",
}  # fmt: skip


def import_upload(
    *,
    file: Upload,
    by: User,
    source: LeadSource | None = None,
    campaign: Campaign | None = None,
    mapping: Any = None,
    on_duplicate: str = LeadImport.OnDuplicate.SKIP,
    assignment: str = LeadImport.Assignment.RULES,
    dry_run: bool = False,
    encoding: str = "",
    delimiter: str = "",
    sheet: str = "",
    header_row: int | None = None,
) -> LeadImport:
    """Keep the file, look at its header, and queue it if it is clear what each column means.

    With `mapping`, or with the template's own headers, it starts at once; otherwise it waits in `needs_mapping`
    with a guess. A file that takes long to look at is queued without a header: a worker looks at it first. Raises
    ValidationError for what is no table, is too large or cannot be read; then no file is kept.
    """
    require(policies.can_import(by))
    _check_words(on_duplicate=on_duplicate, assignment=assignment)
    filename = filename_shown(file.name)
    name, size, digest = file_keep(file)
    job = LeadImport(
        file=name,
        filename=filename,
        size=size,
        sha256=digest,
        encoding=encoding,
        delimiter=delimiter,
        sheet=sheet,
        header_row=header_row,
        source=source,
        campaign=campaign,
        on_duplicate=on_duplicate,
        assignment=assignment,
        dry_run=dry_run,
        by=by,
        language=get_language() or "",
    )
    try:
        job.mapping = mapping_shaped(mapping, updates=updates(job)) if mapping is not None else None
        _look_at_once(job)
        _save(job, by)
    except Exception:
        default_storage.delete(name)
        raise
    return job


def _check_words(*, on_duplicate: str, assignment: str) -> None:
    errors = {}
    if on_duplicate not in LeadImport.OnDuplicate.values:
        errors["on_duplicate"] = ValidationError(_("Choose one of the list."), code="invalid")
    if assignment not in LeadImport.Assignment.values:
        errors["assignment"] = ValidationError(_("Choose one of the list."), code="invalid")
    if errors:
        raise ValidationError(errors)


def _look_at_once(job: LeadImport) -> None:
    """Look at the file and say what comes next, or leave both to a worker where it takes long."""
    try:
        look(job, at_once=True)
    except TakesLong:
        job.status = Status.QUEUED
        return
    job.status = Status.QUEUED if mapping_settle(job) else Status.NEEDS_MAPPING


def mapping_settle(job: LeadImport) -> bool:
    """Set the mapping of a job that has been looked at; False while it is only a guess, for a person to confirm."""
    if job.mapping is not None:
        job.mapping = mapping_checked(job.mapping, job.header, updates=updates(job))
        return True
    job.mapping = template_mapping(job.header)
    if job.mapping is not None:
        return True
    job.mapping = mapping_guess(job.header, job.source, sample_cells(job), custom_words("leads"))
    return False


@transaction.atomic
def _save(job: LeadImport, by: User) -> None:
    job.save()
    record("leads.import_uploaded", subject=job, by=by, data={"size": job.size, "status": job.status})
    if job.status == Status.QUEUED:
        if job.header:
            mapping_remember(job)
        job_wake(job)


@transaction.atomic
def import_reread(
    *,
    job: LeadImport,
    by: User,
    encoding: str = "",
    delimiter: str = "",
    sheet: str = "",
    header_row: int | None = None,
) -> LeadImport:
    """Look at the file of a waiting import again, read in another way, and guess its mapping anew.

    Raises ValidationError when it cannot be read so; nothing changes then.
    """
    job = job_locked(job, by)
    _require(job, Status.NEEDS_MAPPING, _("This import has been started already."))
    job.encoding, job.delimiter, job.sheet, job.header_row = encoding, delimiter, sheet, header_row
    job.mapping, job.header, job.sample = None, [], []
    _look_at_once(job)
    _put(
        job, "encoding", "delimiter", "sheet", "sheets", "header_row", "header", "sample", "mapping", "status"
    )
    record("leads.import_reread", subject=job, by=by, data={"status": job.status})
    if job.status == Status.QUEUED:
        job_wake(job)
    return LeadImport.objects.get(pk=job.pk)


@transaction.atomic
def import_start(
    *,
    job: LeadImport,
    by: User,
    mapping: Any = None,
    on_duplicate: str = "",
    assignment: str = "",
    dry_run: bool = False,
) -> LeadImport:
    """Set an import going that waits for its mapping, which is remembered for the source, or whose dry run has ended.

    `mapping`, `on_duplicate` and `assignment` replace what was chosen before. With `dry_run` the whole file is tried
    and nothing written.
    """
    job = job_locked(job, by)
    require_startable(job)
    job_choose(job, mapping=mapping, on_duplicate=on_duplicate, assignment=assignment)
    job.status, job.dry_run = Status.QUEUED, dry_run
    for name, value in UNREAD.items():
        setattr(job, name, value)
    _put(job, "mapping", "on_duplicate", "assignment", "status", "dry_run", *UNREAD)
    mapping_remember(job)
    record("leads.import_started", subject=job, by=by)
    job_wake(job)
    return LeadImport.objects.get(pk=job.pk)


def job_choose(job: LeadImport, *, mapping: Any, on_duplicate: str = "", assignment: str = "") -> None:
    """Set on the job, unsaved, what a person chose for it. Raises ValidationError."""
    job.on_duplicate, job.assignment = on_duplicate or job.on_duplicate, assignment or job.assignment
    _check_words(on_duplicate=job.on_duplicate, assignment=job.assignment)
    wanted = job.mapping if mapping is None and job.dry_run else mapping
    job.mapping = mapping_checked(wanted, job.header, updates=updates(job))


def updates(job: LeadImport) -> bool:
    """Whether rows may change leads that are there."""
    return job.on_duplicate == LeadImport.OnDuplicate.UPDATE


def require_startable(job: LeadImport) -> None:
    """Raises Conflict unless the import waits for its mapping, or was a dry run that has ended."""
    waits = (Status.NEEDS_MAPPING, *(ENDED if job.dry_run else ()))
    _require(job, waits, _("This import has been started already."))


@transaction.atomic
def import_stop(*, job: LeadImport, by: User) -> LeadImport:
    """End an import that waits or runs; what was read is kept, and can be undone or gone on with."""
    job = job_locked(job, by)
    _require(job, (Status.QUEUED, Status.RUNNING), _("This import is not running."))
    if job.undoing_by_id is not None:
        raise Conflict(
            "invalid_transition", _("This import is being undone."), {"current_status": job.status}
        )
    from leads.services.imports.finish import import_end

    import_end(job, error=_("Stopped by %(name)s.") % {"name": by.name}, by=by)
    return LeadImport.objects.get(pk=job.pk)


@transaction.atomic
def import_retry(*, job: LeadImport, by: User) -> LeadImport:
    """Go on with a failed import where it stopped, or read an undone one again from the top, as a failed dry run is."""
    job = job_locked(job, by)
    message = _("Only a failed or undone import can be tried again.")
    _require(job, (Status.FAILED, Status.UNDONE), message)
    anew = UNREAD if job.status == Status.UNDONE or job.dry_run else {}
    LeadImport.objects.filter(pk=job.pk).update(
        **{"error": "", "leased_until": None, "finished_at": None, **anew}, status=Status.QUEUED, **touched()
    )
    record("leads.import_retried", subject=job, by=by)
    job_wake(job)
    return LeadImport.objects.get(pk=job.pk)


def job_locked(job: LeadImport, by: User) -> LeadImport:
    """The job as it is now, locked, if this person may run it."""
    job = LeadImport.objects.select_for_update(of=("self",)).get(pk=job.pk)
    require(policies.can_run_import(by, job))
    return job


def _require(job: LeadImport, status: str | tuple[str, ...], message: str) -> None:
    if job.status not in (status if isinstance(status, tuple) else (status,)):
        raise Conflict("invalid_transition", message, {"current_status": job.status})


def _put(job: LeadImport, *names: str) -> None:
    LeadImport.objects.filter(pk=job.pk).update(**{name: getattr(job, name) for name in names}, **touched())


def job_wake(job: LeadImport) -> None:
    from leads.tasks import run_import
    from salesflow.lib.queue import enqueue

    enqueue(run_import, job.pk)
