"""What the page of an import shows of it: how far it is, what became of its rows, what can be done next."""

from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from salesflow.lib.web import figures
from salesflow.people.models import User
from salesflow.work import policies
from salesflow.work.imports import ImportKind, kind_named
from salesflow.work.models import Import, ImportRow
from salesflow.work.services.imports.start import ENDED

SHOWN_ROWS = 20
KEPT_SHOWN = 50
Status = Import.Status


def report_context(user: User, job: Import) -> dict[str, Any]:
    running = job.status in (Status.QUEUED, Status.RUNNING)
    kind, ended = kind_named(job.resource), job.status in ENDED
    may_run = policies.can_run_import(user, job)
    return {
        "job": job,
        "kind": kind,
        "running": running,
        "looking": running and not job.header,
        "undoing": job.undoing_by_id is not None,
        "read": figures.number(job.processed),
        "tiles": _tiles(job, running=running),
        "rejected": _rejected(job) if ended and job.rejected else [],
        "others": _others(user, job, kind) if ended and (job.skipped or job.updated) else [],
        "kept": _seen(user, kind, job.kept_after_undo[:KEPT_SHOWN]),
        "kept_more": max(0, len(job.kept_after_undo) - KEPT_SHOWN),
        "may_cancel": may_run and running and not job.undoing_by_id,
        "may_undo": may_run and ended and not job.dry_run,
        "may_retry": may_run and job.status in (Status.FAILED, Status.CANCELLED, Status.UNDONE),
        "may_start": may_run and ended and job.dry_run,
    }


def _tiles(job: Import, *, running: bool) -> list[dict[str, Any]]:
    """The four outcomes with their counts."""
    said = dict(ImportRow.Result.choices)
    if job.dry_run:
        said = {
            "created": _("Would be created"), "updated": _("Would be updated"), "skipped": _("Would be skipped"),
            "rejected": _("Would be rejected"),
        }  # fmt: skip
    fetched = reverse("import-rejected", args=[job.pk]) if job.rejected and not running else ""
    return [
        {
            "label": label,
            "value": figures.number(getattr(job, result)),
            "href": fetched if result == "rejected" else "",
            "words": _("Download with reasons") if result == "rejected" and fetched else "",
        }
        for result, label in said.items()
    ]


def _rejected(job: Import) -> list[dict[str, Any]]:
    """The first rejected rows with what stood in them."""
    rows = ImportRow.objects.filter(job=job, result="rejected").order_by("number")[:SHOWN_ROWS]
    return [
        {"row": row, "stood": " · ".join(str(cell) for cell in row.cells or [] if str(cell).strip())}
        for row in rows
    ]


def _others(user: User, job: Import, kind: ImportKind) -> list[dict[str, Any]]:
    """The first updated and skipped rows with the record of each, where the person may see it."""
    rows = list(
        ImportRow.objects.filter(job=job, result__in=("updated", "skipped")).order_by("number")[:SHOWN_ROWS]
    )
    seen = {one.pk: one for one in _seen(user, kind, [row.record_id for row in rows if row.record_id])}
    fields = {each.name: str(each.label) for each in kind.targets}
    return [
        {
            "row": row,
            "record": seen.get(row.record_id or 0),
            "words": row.reason
            or ", ".join(fields.get(name, _("Custom fields")) for name in row.changes or ()),
        }
        for row in rows
    ]


def _seen(user: User, kind: ImportKind, ids: list[int]) -> list[Any]:
    if not ids:
        return []
    rows = kind.spec.visible(user).filter(pk__in=ids).order_by("pk")
    has_search = any(field.name == "search" for field in kind.model._meta.fields)
    return list(rows.defer("search") if has_search else rows)
