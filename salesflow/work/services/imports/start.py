"""Taking a file in, mapping it, setting it going, stopping it."""

from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from salesflow.lib.errors import require
from salesflow.people.models import User
from salesflow.work import policies
from salesflow.work.imports import kind_named
from salesflow.work.models import Import
from salesflow.work.services.imports import jobs
from salesflow.work.services.imports.files import Upload
from salesflow.work.services.imports.finish import import_end
from salesflow.work.services.imports.mapping import mapping_checked, mapping_shaped
from salesflow.work.services.imports.records import FLOW

Status = Import.Status
ENDED = FLOW.ended


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
) -> Any:
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
    return jobs.job_upload(
        FLOW, file=file, by=by, resource=resource, mapping=shaped, mode=mode, dry_run=dry_run, encoding=encoding,
        delimiter=delimiter, sheet=sheet, header_row=header_row,
    )  # fmt: skip


def _check_mode(mode: str) -> None:
    if mode not in Import.Mode.values:
        raise ValidationError({"mode": ValidationError(_("Choose one of the list."), code="invalid")})


def import_reread(
    *,
    job: Import,
    by: User,
    encoding: str = "",
    delimiter: str = "",
    sheet: str = "",
    header_row: int | None = None,
) -> Any:
    """Look at the file of a waiting import again, read in another way, and guess its mapping anew.

    Raises ValidationError when it cannot be read so; nothing changes then.
    """
    reading = {"encoding": encoding, "delimiter": delimiter, "sheet": sheet, "header_row": header_row}
    return jobs.job_reread(FLOW, job=job, by=by, **reading)


def import_start(*, job: Import, by: User, mapping: Any = None, mode: str = "", dry_run: bool = False) -> Any:
    """Set an import going that waits for its mapping, or whose dry run has ended; the latter is read anew.

    What is left out stays as it was said. With `dry_run` the whole file is tried and nothing written. Raises
    ValidationError for a bad mapping, Conflict("invalid_transition").
    """

    def choose(job: Import) -> list[str]:
        job_choose(job, mapping=mapping, mode=mode)
        return ["mapping", "mode"]

    return jobs.job_start(FLOW, job=job, by=by, dry_run=dry_run, choose=choose, told=("mode", "dry_run"))


def job_choose(job: Import, *, mapping: Any = None, mode: str = "") -> None:
    """Set on the job, unsaved, what a person chose for it. Raises ValidationError."""
    job.mode = mode or job.mode
    _check_mode(job.mode)
    wanted = job.mapping if mapping is None else mapping
    job.mapping = mapping_checked(kind_named(job.resource), wanted, job.header, job.mode)


@transaction.atomic
def import_cancel(*, job: Import, by: User) -> Any:
    """End an import that waits or runs; what was read is kept and reported, and can be undone or gone on with."""
    waiting = (Status.NEEDS_MAPPING, Status.QUEUED, Status.RUNNING)
    job = jobs.job_stoppable(FLOW, job=job, by=by, waiting=waiting)
    import_end(job, status=Status.CANCELLED, error=_("Cancelled by %(name)s.") % {"name": by.name}, by=by)
    return FLOW.fresh(job)


@transaction.atomic
def import_retry(*, job: Import, by: User) -> Any:
    """Go on with a failed or cancelled import where it stopped, or read an undone one again from the top.

    A dry run, of which nothing stands, begins anew; one that was never looked at waits for its mapping.
    """
    job = jobs.job_locked(FLOW, job, by)
    message = _("Only a failed, cancelled or undone import can be tried again.")
    jobs.require_status(job, (Status.FAILED, Status.CANCELLED, Status.UNDONE), message)
    waits = bool(job.header) and job.started_at is None
    return jobs.job_retry(FLOW, job=job, by=by, status=Status.NEEDS_MAPPING if waits else Status.QUEUED)
