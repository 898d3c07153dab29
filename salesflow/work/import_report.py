"""What the page of an import shows of it: how far it is, what became of its rows, what can be done next."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _

from salesflow.lib.web import figures
from salesflow.people.models import User
from salesflow.work.import_models import ImportJob
from salesflow.work.imports import ImportKind, kind_named
from salesflow.work.models import Import, ImportRow
from salesflow.work.services.imports.flow import CANCELLED, FAILED, QUEUED, RUNNING, UNDONE

SHOWN_ROWS = 20
KEPT_SHOWN = 50


def report_of(job: ImportJob, *, ended: bool, may_run: bool) -> dict[str, Any]:
    """What every report says."""
    running = job.status in (QUEUED, RUNNING)  # type: ignore[attr-defined]
    return {
        "job": job,
        "running": running,
        "looking": running and not job.header,
        "undoing": job.undoing_by_id is not None,
        "read": figures.number(job.processed),
        "rejected": _rejected(job) if ended and job.rejected else [],
        "kept_more": max(0, len(job.kept_after_undo) - KEPT_SHOWN),
        "may_stop": may_run and running and not job.undoing_by_id,
        "may_undo": may_run and ended and not job.dry_run,
        "may_retry": may_run and job.status in (FAILED, CANCELLED, UNDONE),  # type: ignore[attr-defined]
        "may_start": may_run and ended and job.dry_run,
    }


def tiles_of(
    job: Any, rows: Any, links: Mapping[str, tuple[str, str]], *, rejected: str
) -> list[dict[str, Any]]:
    """The four outcomes with their counts, and where they lead to; the `rejected` rows are fetched as a file."""
    would = {
        "created": _("Would be created"), "updated": _("Would be updated"), "merged": _("Would be merged"),
        "skipped": _("Would be skipped"), "rejected": _("Would be rejected"),
    }  # fmt: skip
    fetched = job.rejected and job.status not in (QUEUED, RUNNING)
    leads = {**links, "rejected": (rejected, _("Download with reasons")) if fetched else ("", "")}
    tiles = []
    for result, label in rows.Result.choices:
        href, words = leads.get(result, ("", ""))
        value = figures.number(getattr(job, result))
        tiles.append(
            {"label": would[result] if job.dry_run else label, "value": value, "href": href, "words": words}
        )
    return tiles


def _rejected(job: Any) -> list[dict[str, Any]]:
    """The first rejected rows with what stood in them."""
    return [
        {"row": row, "stood": " · ".join(str(cell) for cell in row.cells or [] if str(cell).strip())}
        for row in job.rows.filter(result="rejected").order_by("number")[:SHOWN_ROWS]
    ]


def records_context(user: User, job: Import, *, ended: bool) -> dict[str, Any]:
    """What the report of records says beside: what was changed or left, and what an undo kept."""
    kind = kind_named(job.resource)
    return {
        "kind": kind,
        "others": _others(user, job, kind) if ended and (job.skipped or job.updated) else [],
        "kept": _seen(user, kind, job.kept_after_undo[:KEPT_SHOWN]),
    }


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
