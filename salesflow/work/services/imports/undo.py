"""Taking an import back as a whole, from its last row to its first, without taking away what people did since.

Batch by batch, each one transaction that also moves the place to go on from: a small import within the request, a large
one by a worker, and either goes on by itself when its process is killed.
"""

from collections.abc import Sequence
from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import connection, transaction
from django.db.models import Model
from django.db.models.functions import Now

from salesflow.lib.errors import Conflict
from salesflow.people.models import User
from salesflow.work.imports import ImportKind, kind_named
from salesflow.work.models import Import, ImportRow
from salesflow.work.services.imports.given import kept_plain
from salesflow.work.services.imports.jobs import undo_begin, undo_end, undo_run
from salesflow.work.services.imports.records import FLOW

BATCH = 200
#: Imports of so many rows are undone while their person waits.
AT_ONCE = 500
#: Records that somebody has said, planned, noted, attached or changed something on, beside the import itself.
_WORKED_ON = """
SELECT r.record FROM unnest(%(ids)s::bigint[]) AS r(record)
 WHERE EXISTS (SELECT 1 FROM journal_event e WHERE e.subject_type = %(type)s AND e.subject_id = r.record
                 AND e.actor_id IS NOT NULL AND e.data->'import' IS DISTINCT FROM to_jsonb(%(job)s::bigint))
    OR EXISTS (SELECT 1 FROM work_activity w WHERE w.subject_type = %(type)s AND w.subject_id = r.record)
    OR EXISTS (SELECT 1 FROM work_note w WHERE w.subject_type = %(type)s AND w.subject_id = r.record)
    OR EXISTS (SELECT 1 FROM work_task w WHERE w.subject_type = %(type)s AND w.subject_id = r.record)
    OR EXISTS (SELECT 1 FROM files_attachment w WHERE w.subject_type = %(type)s AND w.subject_id = r.record)
"""


@transaction.atomic
def import_undo(*, job: Import, by: User) -> Any:
    """Archive the records this import created and set back the fields it changed.

    Records that people have worked on stay, as do fields changed since; both are listed. A large import is `running`
    again until a worker has undone it. Raises Conflict("invalid_transition") unless the import has ended, and for a
    dry run, of which nothing stands.
    """
    return undo_begin(FLOW, job=job, by=by, at_once=AT_ONCE, undone_down_to=None, finished_at=None)


def import_undo_run(job: Import, *, seconds: float | None = None) -> None:
    """Undo batch by batch, to the end or for so many seconds."""
    undo_run(FLOW, job, step=lambda: _batch(job), seconds=seconds, end=lambda: _end(job))


def _end(job: Import) -> None:
    undo_end(FLOW, job, at_once=AT_ONCE, finished_at=Now())


@transaction.atomic
def _batch(job: Import) -> bool:
    """Take back the next rows; False when there are no more, or the undo is not under way any more."""
    running = Import.objects.filter(pk=job.pk, undoing_by__isnull=False)
    if not running.update(leased_until=Now() + FLOW.lease):
        return False
    now = running.select_related("undoing_by").get()
    rows = ImportRow.objects.filter(job=job, result__in=("created", "updated"), record_id__isnull=False)
    if now.undone_down_to is not None:
        rows = rows.filter(number__lt=now.undone_down_to)
    batch = list(rows.order_by("-number")[:BATCH])
    if not batch:
        return False
    kept = _Back(now, kind_named(job.resource)).take(batch)
    known = dict.fromkeys([*now.kept_after_undo, *kept])
    running.update(undone_down_to=batch[-1].number, kept_after_undo=list(known))
    return True


class _Back:
    """Takes rows of one import back, by the rights of who undoes it."""

    def __init__(self, job: Import, kind: ImportKind) -> None:
        self.job, self.kind, self.by = job, kind, job.undoing_by

    def take(self, rows: Sequence[ImportRow]) -> list[int]:
        """Set back, last row first; gives the records of which anything stays."""
        records = self.kind.records({row.record_id for row in rows if row.record_id})
        kept = self._worked_on([row.record_id for row in rows if row.result == "created" and row.record_id])
        stay = []
        for row in rows:
            one = records.get(row.record_id or 0)
            if one is not None and not self._taken(row, one, kept):
                stay.append(one.pk)
        return stay

    def _worked_on(self, ids: list[int]) -> set[int]:
        params = {"ids": ids, "type": self.kind.subject_type, "job": self.job.pk}
        with connection.cursor() as cursor:
            cursor.execute(_WORKED_ON, params)
            found = {id_ for (id_,) in cursor.fetchall()}
        return found | self.kind.worked_on(ids)

    def _taken(self, row: ImportRow, one: Any, kept: set[int]) -> bool:
        if row.result == "created" and one.pk in kept:
            return False
        try:
            with transaction.atomic():
                if row.result == "created":
                    self.kind.archive(one, by=self.by)
                    return True
                back, whole = values_before(one, row.changes or {})
                if back:
                    self.kind.restore(one, back, by=self.by, job_id=self.job.pk)
                return whole
        except (ValidationError, PermissionDenied, Conflict):
            return False


def values_before(one: Model, changes: dict[str, Any]) -> tuple[dict[str, Any], bool]:
    """What fields were before they were changed, where they still hold what they were changed to; whether all do."""
    back: dict[str, Any] = {}
    whole = True
    for name, (before, after) in changes.items():
        field: Any = one._meta.get_field(name)
        now = kept_plain(getattr(one, field.attname))
        if name == "custom":
            differing = [key for key in {*before, *after} if before.get(key) != after.get(key)]
            same = {key: before.get(key) for key in differing if now.get(key) == after.get(key)}
            whole &= len(same) == len(differing)
            if same:
                back[name] = same
        elif now == after:
            back[name] = _value(field, before)
        else:
            whole = False
    return back, whole


def _value(field: Any, kept: Any) -> Any:
    """A kept value as an edit takes it."""
    if kept is None:
        return None
    if field.is_relation:
        return field.related_model._base_manager.filter(pk=kept).first()
    return field.to_python(kept)
