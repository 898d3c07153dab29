"""Taking a file in, mapping it, setting it going."""

import hashlib
import secrets
from collections.abc import Iterable
from pathlib import PurePath
from typing import Any, Protocol

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.files.base import File
from django.core.files.storage import default_storage
from django.db import transaction
from django.utils.translation import gettext as _

from leads import policies
from leads.models import Campaign, LeadImport, LeadImportRow, LeadSource
from leads.services.imports.mapping import mapping_checked, mapping_guess, template_header
from salesflow.journal.services import record
from salesflow.lib.errors import Conflict, require
from salesflow.lib.records import touched
from salesflow.lib.tabular import open_table
from salesflow.people.models import User

SAMPLE_ROWS = 20
SAMPLE_CELL = 200


class Upload(Protocol):
    """What a web framework's uploaded file and an open file have in common."""

    name: str | None

    def chunks(self) -> Iterable[bytes]: ...


def import_upload(
    *,
    file: Upload,
    by: User,
    source: LeadSource | None = None,
    campaign: Campaign | None = None,
    mapping: Any = None,
    on_duplicate: str = LeadImport.OnDuplicate.SKIP,
    assignment: str = LeadImport.Assignment.RULES,
    encoding: str = "",
    delimiter: str = "",
    sheet: str = "",
) -> LeadImport:
    """Keep the file, read its header, and queue it if it is clear what each column means.

    With `mapping`, or with the template's own headers, it starts at once; otherwise it waits in `needs_mapping`
    with a guess. Raises ValidationError for what is no table, is too large or cannot be read; then no file is kept.
    """
    require(policies.can_import(by))
    _check_words(on_duplicate=on_duplicate, assignment=assignment)
    filename = PurePath(file.name or "table").name[:255]
    name, size, digest = _keep(file, filename)
    try:
        table = open_table(
            default_storage.path(name),
            filename=filename,
            encoding=encoding or None,
            delimiter=delimiter or None,
            sheet=sheet or None,
        )
        job = LeadImport(
            file=name,
            filename=filename,
            size=size,
            sha256=digest,
            encoding=table.encoding or "",
            delimiter=table.delimiter or "",
            sheet=sheet,
            header=table.header,
            sample=[[cell[:SAMPLE_CELL] for cell in row.cells] for row in table.sample(SAMPLE_ROWS)],
            source=source,
            campaign=campaign,
            on_duplicate=on_duplicate,
            assignment=assignment,
            by=by,
        )
        _map(job, mapping)
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


def _keep(file: Upload, filename: str) -> tuple[str, int, str]:
    """Stream the file to the store under a random name, counting and hashing on the way."""
    digest, size = hashlib.sha256(), 0

    def counted() -> Iterable[bytes]:
        nonlocal size
        for chunk in file.chunks():
            size += len(chunk)
            if size > settings.IMPORT_MAX_BYTES:
                raise ValidationError(
                    {"file": ValidationError(_("This file is too large."), code="too_large")}
                )
            digest.update(chunk)
            yield chunk

    suffix = PurePath(filename).suffix.lower()[:10]
    name = default_storage.get_available_name(f"imports/{secrets.token_hex(16)}{suffix}")
    saved = default_storage.save(name, _Stream(counted()))  # type: ignore[arg-type]
    return saved, size, digest.hexdigest()


class _Stream(File):
    """Bytes that come in pieces, as Django's storage wants them."""

    def __init__(self, pieces: Iterable[bytes]) -> None:
        super().__init__(None)
        self._pieces = pieces

    def chunks(self, chunk_size: int | None = None) -> Any:
        return iter(self._pieces)


def _map(job: LeadImport, mapping: Any) -> None:
    if mapping is not None:
        job.mapping = mapping_checked(mapping, job.header)
        job.status = LeadImport.Status.QUEUED
        return
    job.mapping = mapping_guess(job.header, job.source)
    known = bool(set(job.header)) and set(job.header) <= set(template_header())
    job.status = LeadImport.Status.QUEUED if known else LeadImport.Status.NEEDS_MAPPING
    if known:
        job.mapping = mapping_checked(job.mapping, job.header)


@transaction.atomic
def _save(job: LeadImport, by: User) -> None:
    job.save()
    record("leads.import_uploaded", subject=job, by=by, data={"size": job.size, "status": job.status})
    if job.status == LeadImport.Status.QUEUED:
        _wake(job)


@transaction.atomic
def import_start(*, job: LeadImport, by: User, mapping: Any) -> LeadImport:
    """Set a waiting import going with its mapping, which is remembered for the source."""
    job = LeadImport.objects.select_for_update(of=("self",)).get(pk=job.pk)
    require(policies.can_run_import(by, job))
    if job.status != LeadImport.Status.NEEDS_MAPPING:
        raise Conflict(
            "invalid_transition", _("This import has been started already."), {"current_status": job.status}
        )
    columns = mapping_checked(mapping, job.header)
    LeadImport.objects.filter(pk=job.pk).update(mapping=columns, status=LeadImport.Status.QUEUED, **touched())
    if job.source_id is not None:
        kept = {**job.source.import_mapping, **columns} if job.source else columns
        LeadSource.objects.filter(pk=job.source_id).update(import_mapping=kept)
    record("leads.import_started", subject=job, by=by)
    _wake(job)
    return LeadImport.objects.get(pk=job.pk)


@transaction.atomic
def import_retry(*, job: LeadImport, by: User) -> LeadImport:
    """Go on with a failed import where it stopped, or read an undone one again from the top."""
    job = LeadImport.objects.select_for_update(of=("self",)).get(pk=job.pk)
    require(policies.can_run_import(by, job))
    if job.status not in (LeadImport.Status.FAILED, LeadImport.Status.UNDONE):
        raise Conflict(
            "invalid_transition",
            _("Only a failed or undone import can be tried again."),
            {"current_status": job.status},
        )
    anew: dict[str, Any] = {}
    if job.status == LeadImport.Status.UNDONE:
        LeadImportRow.objects.filter(lead_import=job).delete()
        anew = {
            "processed": 0, "created": 0, "merged": 0, "skipped": 0, "rejected": 0, "read_until": 0, "total": None,
            "started_at": None, "undone_at": None, "kept_after_undo": [],
        }  # fmt: skip
    LeadImport.objects.filter(pk=job.pk).update(
        status=LeadImport.Status.QUEUED, error="", leased_until=None, finished_at=None, **anew, **touched()
    )
    record("leads.import_retried", subject=job, by=by)
    _wake(job)
    return LeadImport.objects.get(pk=job.pk)


def _wake(job: LeadImport) -> None:
    from leads.tasks import run_import
    from salesflow.lib.queue import enqueue

    enqueue(run_import, job.pk)
