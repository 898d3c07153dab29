"""Lists that leave as files: asked for, counted against what may leave, given to who asked, removed in time.

`export_writing` writes them.
"""

import logging
import re
from datetime import timedelta
from typing import IO

from django.core.exceptions import PermissionDenied, ValidationError
from django.core.files.storage import default_storage
from django.db import transaction
from django.db.models.functions import Now
from django.http import QueryDict
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from salesflow.journal.services import record
from salesflow.lib.errors import Conflict, require
from salesflow.lib.lists import ListRequest, ListSpec
from salesflow.lib.queue import enqueue
from salesflow.lib.records import touched
from salesflow.lib.web import figures
from salesflow.people.models import User
from salesflow.people.services import workspace
from salesflow.work import policies
from salesflow.work.exports import export_list
from salesflow.work.models import Export

log = logging.getLogger(__name__)
Status = Export.Status
UNDER_WAY = (Status.QUEUED, Status.RUNNING)
#: So many records are written at once, in the request that asks for them.
AT_ONCE = 200
KEPT = timedelta(days=7)
FOLDER = "exports"


def export_start(
    *,
    by: User,
    resource: str,
    query: str = "",
    format: str = Export.Format.XLSX,
    layout: str = Export.Layout.SHOWN,
) -> Export:
    """Write what the list shows this person under `query` (filters, ordering, columns) into a file.

    Up to `AT_ONCE` records are written before this returns, more by a worker. Raises PermissionDenied (who may not
    export this list, or not so much of it) and ValidationError (list, query, format,
    layout).
    """
    require(policies.can_export_any(by))
    spec = export_list(resource)
    if spec is None:
        raise ValidationError(
            {"resource": ValidationError(_("There is no such list."), code="invalid_choice")}
        )
    require(policies.can_export(by, spec))
    if format not in Export.Format.values:
        raise ValidationError({"format": ValidationError(_("Say csv or xlsx."), code="invalid_choice")})
    if layout not in Export.Layout.values:
        raise ValidationError(
            {"layout": ValidationError(_("There is no such layout."), code="invalid_choice")}
        )
    if layout == Export.Layout.IMPORT and not spec.imports:
        message = _("Records of this list are not imported.")
        raise ValidationError({"layout": ValidationError(message, code="invalid_choice")})
    if len(query) > 2000 or "\x00" in query:
        raise ValidationError({"query": ValidationError(_("This filter is too long."), code="max_length")})
    wanted = export_request(spec, query, by)
    few = wanted.count_up_to(AT_ONCE) <= AT_ONCE
    job = Export(
        resource=resource, query=query, format=format, layout=layout, by=by, in_background=not few,
        language=translation.get_language() or "", is_large=_is_large(wanted, by),
    )  # fmt: skip
    with transaction.atomic():
        job.save()
        record("work.export_started", subject=job, by=by, data={"resource": resource, "format": format})
        if not few:
            from salesflow.work.tasks import run_export

            enqueue(run_export, job.pk)
    if few:
        from salesflow.work.services.export_writing import export_run

        export_run(job_id=job.pk)
    return Export.objects.select_related("by").get(pk=job.pk)


def export_request(spec: ListSpec, query: str, by: User) -> ListRequest:
    """The list as the query asks for it; the place in the list and the size of a page mean nothing here."""
    params = QueryDict(query, mutable=True)
    for name in ("cursor", "page_size"):
        params.pop(name, None)
    return ListRequest.parse(spec, params, by)


def _is_large(wanted: ListRequest, by: User) -> bool:
    """Whether it is more than may leave without the right to large exports; refused to who lacks it."""
    most = workspace().export_large_rows
    if most is None or wanted.count_up_to(most) <= most:
        return False
    export_may_be_large(by, most)
    return True


def export_may_be_large(by: User, most: int) -> None:
    """Raises PermissionDenied, saying what to do, for who lacks the right to large exports."""
    if not policies.can_export_large(by):
        message = _(
            "This view has more than %(most)s records, which is a large export. Narrow its filter, or ask somebody "
            "with the right “Export large lists”, such as an administrator."
        )
        raise PermissionDenied(message % {"most": figures.number(most)})


@transaction.atomic
def export_cancel(*, export: Export, by: User) -> Export:
    """Stop an export that waits or is being written; its worker leaves off after the batch in hand, and no file stays.

    Raises PermissionDenied, Conflict("not_running") for one that has ended.
    """
    require(policies.can_cancel_export(by, export))
    waiting = Export.objects.filter(pk=export.pk, status__in=UNDER_WAY)
    ended = {"finished_at": Now(), "leased_until": None}
    if not waiting.update(status=Status.CANCELLED, **ended, **touched()):
        raise Conflict("not_running", _("This export is not under way any more."))
    record("work.export_cancelled", subject=export, by=by)
    return Export.objects.select_related("by").get(pk=export.pk)


def export_file(*, export: Export, by: User) -> IO[bytes]:
    """The file, to be sent to its owner; each time is journalled.

    Raises PermissionDenied (another's), Conflict("not_ready" | "expired" | "file_missing").
    """
    require(policies.can_download(by, export))
    if export.status == Status.EXPIRED:
        raise Conflict("expired", _("This file has been removed. Export the list again."))
    if export.status == Status.CANCELLED:
        raise Conflict("cancelled", _("This export was cancelled. Export the list again."))
    if export.status != Status.DONE:
        raise Conflict("not_ready", _("This file is not there yet."))
    try:
        opened: IO[bytes] = default_storage.open(export.path, "rb")
    except FileNotFoundError:
        raise Conflict("file_missing", _("The store has lost this file. Export the list again.")) from None
    with transaction.atomic():
        record("work.export_downloaded", subject=export, by=by)
    return opened


def export_filename(export: Export) -> str:
    """Says what it is, from when, and whose: the mark a file keeps when it is handed on."""
    at = timezone.localtime(export.created_at)
    person = re.sub(r"[^a-z0-9]+", "-", export.by.email.partition("@")[0].lower()).strip("-")
    return f"{export.resource}-{at:%Y%m%d-%H%M}-{person}-{export.pk}.{export.format}"


def exports_expire() -> dict[str, int]:
    """Remove files whose time is over, and those that no row names; safe late, twice, or in two workers."""
    counts = {"processed": 0, "failed": 0}
    over = Export.objects.filter(status=Status.DONE, expires_at__lte=Now()).order_by("expires_at")
    for pk, path in over.values_list("pk", "path")[:500]:
        held = Export.objects.filter(pk=pk, status=Status.DONE, path=path)
        if held.update(status=Status.EXPIRED, path="", **touched()):
            counts["processed"] += 1
            take_out(path)
    _remove_orphans(counts)
    return counts


def take_out(path: str) -> None:
    """Remove a file of the store. What cannot be removed now, the sweep will."""
    try:
        default_storage.delete(path)
    except Exception as error:  # each kind of store has its own
        log.warning("%s could not be removed: %s", path, error)


def _remove_orphans(counts: dict[str, int]) -> None:
    """What killed workers left in the store: files of past days that no row names."""
    today = f"{timezone.now():%Y%m%d}"
    try:
        days = [day for day in default_storage.listdir(FOLDER)[0] if day < today]
    except FileNotFoundError:
        return
    for day in sorted(days):
        names = {f"{FOLDER}/{day}/{name}" for name in default_storage.listdir(f"{FOLDER}/{day}")[1]}
        known = set(Export.objects.filter(path__in=names).values_list("path", flat=True))
        for path in names - known:
            if default_storage.get_modified_time(path) < timezone.now() - timedelta(days=1):
                take_out(path)
                counts["processed"] += 1
