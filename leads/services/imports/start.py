"""Taking a file in, mapping it, setting it going."""

from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from leads import policies
from leads.models import Campaign, LeadImport, LeadSource
from leads.services.imports.finish import import_end
from leads.services.imports.flow import FLOW, updates
from leads.services.imports.mapping import mapping_checked, mapping_shaped
from salesflow.lib.errors import require
from salesflow.people.models import User
from salesflow.work.services.imports import jobs
from salesflow.work.services.imports.files import Upload

Status = LeadImport.Status
ENDED = FLOW.ended


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
) -> Any:
    """Keep the file, look at its header, and queue it if it is clear what each column means.

    With `mapping`, or with the template's own headers, it starts at once; otherwise it waits in `needs_mapping`
    with a guess. A file that takes long to look at is queued without a header: a worker looks at it first. Raises
    ValidationError for what is no table, is too large or cannot be read; then no file is kept.
    """
    require(policies.can_import(by))
    _check_words(on_duplicate=on_duplicate, assignment=assignment)
    shaped = None
    if mapping is not None:
        shaped = mapping_shaped(mapping, updates=on_duplicate == LeadImport.OnDuplicate.UPDATE)
    return jobs.job_upload(
        FLOW, file=file, by=by, source=source, campaign=campaign, mapping=shaped, on_duplicate=on_duplicate,
        assignment=assignment, dry_run=dry_run, encoding=encoding, delimiter=delimiter, sheet=sheet,
        header_row=header_row,
    )  # fmt: skip


def _check_words(*, on_duplicate: str, assignment: str) -> None:
    errors = {}
    if on_duplicate not in LeadImport.OnDuplicate.values:
        errors["on_duplicate"] = ValidationError(_("Choose one of the list."), code="invalid")
    if assignment not in LeadImport.Assignment.values:
        errors["assignment"] = ValidationError(_("Choose one of the list."), code="invalid")
    if errors:
        raise ValidationError(errors)


def import_reread(
    *,
    job: LeadImport,
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


def import_start(
    *,
    job: LeadImport,
    by: User,
    mapping: Any = None,
    on_duplicate: str = "",
    assignment: str = "",
    dry_run: bool = False,
) -> Any:
    """Set an import going that waits for its mapping, which is remembered for the source, or whose dry run has ended.

    `mapping`, `on_duplicate` and `assignment` replace what was chosen before. With `dry_run` the whole file is tried
    and nothing written.
    """

    def choose(job: LeadImport) -> list[str]:
        job_choose(job, mapping=mapping, on_duplicate=on_duplicate, assignment=assignment)
        return ["mapping", "on_duplicate", "assignment"]

    return jobs.job_start(FLOW, job=job, by=by, dry_run=dry_run, choose=choose)


def job_choose(job: LeadImport, *, mapping: Any, on_duplicate: str = "", assignment: str = "") -> None:
    """Set on the job, unsaved, what a person chose for it. Raises ValidationError."""
    job.on_duplicate, job.assignment = on_duplicate or job.on_duplicate, assignment or job.assignment
    _check_words(on_duplicate=job.on_duplicate, assignment=job.assignment)
    wanted = job.mapping if mapping is None and job.dry_run else mapping
    job.mapping = mapping_checked(wanted, job.header, updates=updates(job))


@transaction.atomic
def import_stop(*, job: LeadImport, by: User) -> Any:
    """End an import that waits or runs; what was read is kept, and can be undone or gone on with."""
    job = jobs.job_stoppable(FLOW, job=job, by=by, waiting=(Status.QUEUED, Status.RUNNING))
    import_end(job, error=_("Stopped by %(name)s.") % {"name": by.name}, by=by)
    return FLOW.fresh(job)


@transaction.atomic
def import_retry(*, job: LeadImport, by: User) -> Any:
    """Go on with a failed import where it stopped, or read an undone one again from the top, as a failed dry run is."""
    job = jobs.job_locked(FLOW, job, by)
    message = _("Only a failed or undone import can be tried again.")
    jobs.require_status(job, (Status.FAILED, Status.UNDONE), message)
    return jobs.job_retry(FLOW, job=job, by=by)
