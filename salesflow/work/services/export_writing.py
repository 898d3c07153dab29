"""Writing an export: the order of the records is read once, then the records, a batch at a time, by the rights of then.

A lease says which worker writes. The file comes to be outside the store and goes into it whole; of a killed worker
nothing is left, and the next begins anew when the lease is over.
"""

import hashlib
import logging
import secrets
import tempfile
from array import array
from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import IO, Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.core.files.base import File
from django.core.files.storage import default_storage
from django.db import Error, transaction
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from salesflow.journal.services import notify, record
from salesflow.lib.lists import Column, ListRequest, ListSpec
from salesflow.lib.lists.ports import day_zone
from salesflow.lib.lists.sheet import import_columns, sheet_columns
from salesflow.lib.records import touched
from salesflow.lib.tabular import write_csv, write_xlsx
from salesflow.people.models import User
from salesflow.people.services import workspace
from salesflow.people.services.users import ADMINISTRATOR
from salesflow.work import policies
from salesflow.work.exports import export_list
from salesflow.work.models import Export
from salesflow.work.services.exports import (
    FOLDER,
    KEPT,
    UNDER_WAY,
    Status,
    export_may_be_large,
    export_request,
    take_out,
)

log = logging.getLogger(__name__)
BATCH = 500
#: How long a worker may be silent before another takes over.
LEASE = timedelta(seconds=90)
#: A sweep leaves those that were just asked for to the workers: unlike other work, one cannot be done in slices.
PATIENCE = timedelta(seconds=30)
#: So many workers may vanish over one export before it is given up.
MOST_ATTEMPTS = 5


class _Lost(Exception):
    """Another worker holds the lease now."""


def exports_sweep() -> dict[str, int]:
    """Write what no worker took or whose worker vanished; harmless late, twice, or in two workers."""
    untaken = Q(leased_until=None, created_at__lte=Now() - PATIENCE)
    waiting = Export.objects.filter(untaken | Q(leased_until__lt=Now()), status__in=UNDER_WAY).order_by("pk")
    return {"processed": sum(export_run(job_id=pk) for pk in waiting.values_list("pk", flat=True)[:2])}


def export_run(*, job_id: int) -> bool:
    """Write one export to its end; False when it is not this worker's.

    What nobody foresaw ends it as failed; an absent database is waited for: the lease runs out, and a sweep begins
    anew.
    """
    job = _take(job_id)
    if job is None:
        return False
    with translation.override(job.language or workspace().language), timezone.override(day_zone()):
        try:
            if job.attempts > MOST_ATTEMPTS:
                raise ValidationError(_("It broke off several times; the administrator's log tells why."))
            _write(job)
        except _Lost:
            return False
        except PermissionDenied as refusal:
            _fail(job, str(refusal))
        except ValidationError as error:
            _fail(job, " ".join(error.messages))
        except Error:
            raise
        except Exception:
            log.exception("export %s broke off", job.pk)
            _fail(job, _("Something went wrong on our side; the administrator's log tells what."))
    return True


def _take(job_id: int) -> Export | None:
    """The lease of a waiting or abandoned export, or None."""
    free = Q(leased_until=None) | Q(leased_until__lt=Now())
    waiting = Export.objects.filter(free, pk=job_id, status__in=UNDER_WAY)
    taken = waiting.update(
        status=Status.RUNNING, leased_until=Now() + LEASE, attempts=F("attempts") + 1, written=0
    )
    return Export.objects.select_related("by").get(pk=job_id) if taken else None


def _write(job: Export) -> None:
    spec = export_list(job.resource)
    by = _still(job, spec)
    assert spec is not None
    wanted = export_request(spec, job.query, by)
    ids = _ids(wanted)
    _check_size(job, by, len(ids))
    _beat(job, total=len(ids))
    columns = _columns(job, spec, wanted)
    sheet = import_columns(columns) if job.layout == Export.Layout.IMPORT else sheet_columns(columns)
    rows = _rows(job, spec, columns, [each.read for each in sheet], ids)
    with tempfile.TemporaryFile() as file:
        header = [each.header for each in sheet]
        if job.format == Export.Format.CSV:
            write_csv(file, header, rows)
        else:
            write_xlsx(file, header, rows, notes=_notes(job, spec, len(ids)), title=str(spec.title)[:31])
        _keep(job, file)


def _still(job: Export, spec: ListSpec | None) -> User:
    """The person as he is now; PermissionDenied when he may not have this any more."""
    by = User.objects.get(pk=job.by_id)
    if spec is None or not (by.is_active and policies.can_export(by, spec)):
        raise PermissionDenied(_("The person may not do this any more."))
    return by


def _ids(wanted: ListRequest) -> "array[int]":
    """The records in their order, those without a value last: one statement, eight bytes a record."""
    order = wanted.order
    nullable = order.is_nullable(wanted.spec.model)
    keys = []
    for place, name in enumerate(order.columns):
        last = True if nullable and place == 0 else None
        keys.append(F(name).desc(nulls_last=last) if order.descending else F(name).asc(nulls_last=last))
    return array("q", wanted.rows().order_by(*keys).values_list("pk", flat=True).iterator(chunk_size=10_000))


def _check_size(job: Export, by: User, number: int) -> None:
    """More may have come in since it was asked for."""
    most = workspace().export_large_rows
    if most is not None and number > most:
        export_may_be_large(by, most)
        job.is_large = True


def _columns(job: Export, spec: ListSpec, wanted: ListRequest) -> list[Column]:
    if job.layout == Export.Layout.ALL:
        return spec.choosable(wanted.user)
    if job.layout == Export.Layout.IMPORT:
        return list(spec.for_import(wanted.user))
    return spec.columns_for(wanted.user, [key for key in wanted.params.get("columns", "").split(",") if key])


def _rows(
    job: Export, spec: ListSpec, columns: Sequence[Column], reads: Sequence[Any], ids: "array[int]"
) -> Iterator[list[Any]]:
    """The cells of each record the person sees at that moment; what has left his sight is left out."""
    hidden = spec.hidden(job.by)
    for start in range(0, len(ids), BATCH):
        batch = ids[start : start + BATCH]
        by = _still(job, spec)
        if spec.hidden(by) != hidden:
            raise PermissionDenied(_("The person may not see all of these columns any more."))
        rows = list(spec.for_columns(spec.visible(by).filter(pk__in=batch), columns))
        spec.complete(rows, by)
        found = {row.pk: row for row in rows}
        for id_ in batch:
            if id_ in found:
                job.written += 1
                yield [read(found[id_]) for read in reads]
        _beat(job, written=job.written)


def _beat(job: Export, **values: Any) -> None:
    """Say how far it is and keep the lease; `_Lost` when another has it."""
    held = Export.objects.filter(pk=job.pk, status=Status.RUNNING, attempts=job.attempts)
    if not held.update(leased_until=Now() + LEASE, is_large=job.is_large, **values):
        raise _Lost


def _notes(job: Export, spec: ListSpec, number: int) -> list[list[str]]:
    """Who took this out of where: the mark of the person, inside the file."""
    return [
        [_("List"), str(spec.title)],
        [_("Filter"), job.query or "–"],
        [_("Records"), str(number)],
        [_("Exported by"), f"{job.by.name} <{job.by.email}>"],
        [_("Exported at"), f"{timezone.localtime():%Y-%m-%d %H:%M}"],
        [_("Times are in"), workspace().time_zone],
        [_("Export"), f"{workspace().name} {job.pk}"],
    ]


def _keep(job: Export, file: IO[bytes]) -> None:
    """Put the whole file into the store and name it; a worker that lost its lease takes its file out again."""
    size = file.seek(0, 2)
    file.seek(0)
    digest = hashlib.file_digest(file, "sha256").hexdigest()
    file.seek(0)
    _beat(job, written=job.written)
    path = f"{FOLDER}/{timezone.now():%Y%m%d}/{secrets.token_hex(16)}"
    try:
        default_storage.save(path, File(file))
        with transaction.atomic():
            held = Export.objects.filter(pk=job.pk, status=Status.RUNNING, attempts=job.attempts)
            kept = {"path": path, "size": size, "sha256": digest, "written": job.written}
            ended = {"finished_at": Now(), "expires_at": Now() + KEPT, "leased_until": None}
            if not held.update(status=Status.DONE, **kept, **ended, **touched()):
                raise _Lost
            _tell(job)
    except BaseException:
        take_out(path)
        raise


def _tell(job: Export) -> None:
    """The report of what left; who waits elsewhere is told, and the administrators of a large one."""
    data = {"resource": job.resource, "format": job.format, "records": job.written, "large": job.is_large}
    record("work.export_done", subject=job, by=job.by, data=data)
    params = {"export": job.pk, "records": job.written, "person": job.by.name}
    if job.in_background:
        notify([job.by], "work.export_done", params=params, key=f"export-{job.pk}")
    if job.is_large:
        others = User.objects.with_role(ADMINISTRATOR).exclude(pk=job.by_id)
        notify(others, "work.export_large", params=params, key=f"export-{job.pk}-large")


def _fail(job: Export, error: str) -> None:
    with transaction.atomic():
        held = Export.objects.filter(pk=job.pk, status=Status.RUNNING, attempts=job.attempts)
        ended = held.update(
            status=Status.FAILED, error=error[:500], finished_at=Now(), leased_until=None, **touched()
        )
        if ended and job.in_background:
            notify([job.by], "work.export_failed", params={"export": job.pk}, key=f"export-{job.pk}")
