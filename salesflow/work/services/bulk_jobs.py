"""Deeds on many records: made here, carried out a batch at a time, each batch one transaction.

The job's row is locked (SKIP LOCKED) while a batch is done: of two workers one does it, and one who is killed loses the
batch in hand and nothing else. Every batch asks again who the person is and what he may do.
"""

import logging
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import Error, transaction
from django.db.models import Max
from django.db.models.functions import Now
from django.http import QueryDict
from django.utils import translation
from django.utils.translation import gettext as _

from salesflow.journal.services import notify, record
from salesflow.lib.errors import Conflict, require
from salesflow.lib.lists import ListRequest, ListSpec
from salesflow.lib.queue import enqueue
from salesflow.lib.records import touched
from salesflow.people.models import User
from salesflow.work import policies
from salesflow.work.bulk import BulkAction, Result, bulk_action, bulk_list, refused
from salesflow.work.models import BulkJob, BulkJobRow

log = logging.getLogger(__name__)
Status, Row = BulkJob.Status, BulkJobRow.Result
BATCH = 100
#: So many are done at once, in the request that asks for it.
AT_ONCE = 50
MOST_PICKED = 5000
#: How long a sweep works at one job before others have their turn.
SLICE_SECONDS = 15.0
UNDER_WAY = (Status.QUEUED, Status.RUNNING, Status.UNDOING)
ENDED = (Status.DONE, Status.CANCELLED)


def bulk_job_start(
    *,
    by: User,
    resource: str,
    action: str,
    params: Mapping[str, Any] | None = None,
    ids: Sequence[int] | None = None,
    query: str = "",
) -> BulkJob:
    """Do a deed to the records of these ids, or to all that the list shows under `query`.

    Up to `AT_ONCE` are done before this returns, more by a worker. Raises PermissionDenied (who may not start any, or
    not do this deed at all) and ValidationError (list, deed, its params, ids, query).
    """
    require(policies.can_change_in_bulk(by))
    spec, deed = _declared(resource, action)
    require(deed.allowed(by))
    job = BulkJob(
        resource=resource, action=action, params=deed.clean(by, params or {}), by=by, query=query,
        is_picked=ids is not None, language=translation.get_language() or "",
    )  # fmt: skip
    with transaction.atomic():
        if ids is not None:
            chosen = sorted(set(ids))
            if not 1 <= len(chosen) <= MOST_PICKED:
                message = _("Choose 1 to %(most)s records.") % {"most": MOST_PICKED}
                raise ValidationError({"ids": ValidationError(message, code="invalid")})
            job.total, few = len(chosen), len(chosen) <= AT_ONCE
        else:
            rows = _rows(spec, job)
            job.ceiling = spec.model._default_manager.aggregate(last=Max("pk"))["last"] or 0
            number = rows.order_by().values("pk")[: AT_ONCE + 1].count()
            few = number <= AT_ONCE
            job.total = number if few else None
        job.in_background = not few
        job.save()
        if ids is not None:
            BulkJobRow.objects.bulk_create([BulkJobRow(job=job, record_id=id_) for id_ in chosen])
        record("work.bulk_started", subject=job, by=by, data={"resource": resource, "action": action})
        _go_on(job)
    if few:
        bulk_job_run(job_id=job.pk)
    return BulkJob.objects.select_related("by").get(pk=job.pk)


def _declared(resource: str, action: str) -> tuple[ListSpec, BulkAction]:
    spec, deed = bulk_list(resource), bulk_action(resource, action)
    if spec is None:
        raise ValidationError(
            {"resource": ValidationError(_("There is no such list."), code="invalid_choice")}
        )
    if deed is None:
        raise ValidationError(
            {"action": ValidationError(_("This list has no such deed."), code="invalid_choice")}
        )
    return spec, deed


def _rows(spec: ListSpec, job: BulkJob) -> Any:
    return ListRequest.parse(spec, QueryDict(job.query), job.by).rows()


def _go_on(job: BulkJob) -> None:
    if job.in_background:
        from salesflow.work.tasks import run_bulk_job

        enqueue(run_bulk_job, job.pk)


def bulk_jobs_sweep() -> dict[str, int]:
    """Go on with jobs whose start was lost or whose worker vanished; harmless late, twice, or in two workers."""
    waiting = BulkJob.objects.filter(status__in=UNDER_WAY).order_by("pk").values_list("pk", flat=True)
    done = sum(bulk_job_run(job_id=pk, seconds=SLICE_SECONDS) for pk in waiting[:5])
    return {"processed": done}


def bulk_job_run(*, job_id: int, seconds: float | None = None) -> bool:
    """Go on with a job to its end, or for so many seconds; False when there is nothing to do here."""
    until = time.monotonic() + seconds if seconds is not None else None
    while (more := _batch(job_id)) is not None:
        if not more:
            return True
        if until is not None and time.monotonic() > until:
            job = BulkJob.objects.get(pk=job_id)
            with transaction.atomic():
                _go_on(job)
            return True
    return False


def _batch(job_id: int) -> bool | None:
    """Do one batch: True when more is to do, False at the end, None when the job is not this worker's."""
    try:
        with transaction.atomic():
            held = BulkJob.objects.filter(pk=job_id, status__in=UNDER_WAY)
            job = held.select_for_update(skip_locked=True, no_key=True).first()
            if job is None:
                return None
            with translation.override(job.language or None):
                return _undo_some(job) if job.status == Status.UNDOING else _do_some(job)
    except Error:
        raise
    except Exception:
        log.exception("bulk job %s broke off", job_id)
        _end(
            job_id, Status.FAILED, _("Something went wrong on our side; the administrator's log tells what.")
        )
        return False


def _do_some(job: BulkJob) -> bool:
    spec, deed = bulk_list(job.resource), bulk_action(job.resource, job.action)
    if spec is None or deed is None or not _still_may(job.by, deed):
        return _end(job.pk, Status.FAILED, _("The person may not do this any more."))
    if job.status == Status.QUEUED:
        BulkJob.objects.filter(pk=job.pk).update(status=Status.RUNNING)
    try:
        ids = _next_ids(spec, job)
    except ValidationError as error:
        return _end(job.pk, Status.FAILED, " ".join(error.messages))
    if not ids:
        return _end(job.pk, Status.DONE)
    results = _answered(spec, deed, job, ids)
    kept = [
        BulkJobRow(
            job=job, record_id=each.record_id, result=Row.REFUSED if each.code else Row.DONE, code=each.code,
            reason=each.reason[:500], before=each.before,
        )
        for each in results
    ]  # fmt: skip
    BulkJobRow.objects.bulk_create(
        kept, update_conflicts=True, unique_fields=["job", "record_id"],
        update_fields=["result", "code", "reason", "before"],
    )  # fmt: skip
    failed = sum(bool(each.code) for each in results)
    processed = job.processed + len(results)
    BulkJob.objects.filter(pk=job.pk).update(
        walked_to=ids[-1], processed=processed, done=job.done + len(results) - failed,
        refused=job.refused + failed, total=max(job.total or 0, processed), **touched(),
    )  # fmt: skip
    return True


def _still_may(user: User, deed: BulkAction) -> bool:
    return user.is_active and policies.can_change_in_bulk(user) and deed.allowed(user)


def _next_ids(spec: ListSpec, job: BulkJob) -> list[int]:
    if job.is_picked:
        rows = BulkJobRow.objects.filter(job=job, result=Row.WAITING).order_by("record_id")
        return list(rows.values_list("record_id", flat=True)[:BATCH])
    rows = _rows(spec, job).filter(pk__lte=job.ceiling).order_by()
    if job.total is None:
        job.total = rows.count()
    return list(rows.filter(pk__gt=job.walked_to).order_by("pk").values_list("pk", flat=True)[:BATCH])


def _answered(spec: ListSpec, deed: BulkAction, job: BulkJob, ids: list[int]) -> list[Result]:
    """An answer for each id; what the person does not see is not there."""
    if deed.answers_unseen:
        return _run_whole(lambda: deed.run(ids, job.by, job.params), ids)
    rows = spec.visible(job.by)
    rows = spec.archived(rows) if deed.on_archived else spec.current(rows)
    seen = set(rows.filter(pk__in=ids).values_list("pk", flat=True))
    unseen = _("This record is not there, or not yours to see.")
    results = [Result(id_, "not_found", unseen) for id_ in ids if id_ not in seen]
    mine = [id_ for id_ in ids if id_ in seen]
    return results + _run_whole(lambda: deed.run(mine, job.by, job.params), mine)


def _run_whole(run: Callable[[], list[Result]], ids: Sequence[int]) -> list[Result]:
    """The answers of a deed; a refusal of the deed as a whole is one of each record."""
    if not ids:
        return []
    try:
        with transaction.atomic():
            return run()
    except (ValidationError, PermissionDenied, Conflict) as refusal:
        return [refused(id_, refusal) for id_ in ids]


def _end(job_id: int, status: str, error: str = "") -> bool:
    """The job has come to its end; who waits for it elsewhere is told."""
    with transaction.atomic():
        job = BulkJob.objects.select_related("by", "undo_by").get(pk=job_id)
        BulkJob.objects.filter(pk=job_id).update(
            status=status, error=error[:500], finished_at=Now(), **touched()
        )
        if job.in_background:
            told, kind = (job.undo_by, "work.bulk_undone") if job.undo_by else (job.by, "work.bulk_done")
            params = {"job": job.pk, "done": job.done, "refused": job.refused, "undone": job.undone}
            kind = "work.bulk_failed" if status == Status.FAILED else kind
            notify([told], kind, params=params, key=f"bulk-{job.pk}-{status}")
    return False


def bulk_job_cancel(*, job: BulkJob, by: User) -> BulkJob:
    """Stop after the batch in hand; what is done stays done. Conflict("not_running") for one that has ended."""
    require(policies.can_run_bulk_job(by, job))
    with transaction.atomic():
        waiting = BulkJob.objects.filter(pk=job.pk, status__in=(Status.QUEUED, Status.RUNNING))
        if not waiting.update(status=Status.CANCELLED, finished_at=Now(), **touched()):
            raise Conflict("not_running", _("This change is not under way any more."))
        record("work.bulk_cancelled", subject=job, by=by)
    return BulkJob.objects.get(pk=job.pk)


def bulk_job_undo(*, job: BulkJob, by: User) -> BulkJob:
    """Take back what a job did, record by record, where nobody changed it since; by the rights of who undoes.

    Conflict("not_undoable") for a deed without a way back, Conflict("not_ended") for a job under way or undone.
    """
    require(policies.can_run_bulk_job(by, job))
    deed = bulk_action(job.resource, job.action)
    if deed is None or deed.undo is None:
        raise Conflict("not_undoable", _("This deed cannot be undone."))
    with transaction.atomic():
        few = job.done <= AT_ONCE
        ended = BulkJob.objects.filter(pk=job.pk, status__in=ENDED)
        if not ended.update(
            status=Status.UNDOING, undo_by=by, in_background=not few, finished_at=None, **touched()
        ):
            raise Conflict("not_ended", _("Only what has ended, and is not undone yet, can be undone."))
        record("work.bulk_undone", subject=job, by=by)
        job = BulkJob.objects.get(pk=job.pk)
        _go_on(job)
    if few:
        bulk_job_run(job_id=job.pk)
    return BulkJob.objects.select_related("by").get(pk=job.pk)


def _undo_some(job: BulkJob) -> bool:
    deed = bulk_action(job.resource, job.action)
    undo = deed.undo if deed else None
    assert job.undo_by is not None
    if undo is None or not (job.undo_by.is_active and policies.can_run_bulk_job(job.undo_by, job)):
        return _end(job.pk, Status.FAILED, _("The person may not do this any more."))
    rows = BulkJobRow.objects.filter(job=job, result=Row.DONE, record_id__gt=job.undone_to)
    found = list(rows.order_by("record_id").values_list("record_id", "before")[:BATCH])
    if not found:
        return _end(job.pk, Status.UNDONE)
    ids, by = [id_ for id_, _before in found], job.undo_by
    results = _run_whole(lambda: undo(found, by, job.params), ids)
    back = [each.record_id for each in results if not each.code]
    BulkJobRow.objects.filter(job=job, record_id__in=back).update(result=Row.UNDONE)
    for each in results:
        if each.code:
            BulkJobRow.objects.filter(job=job, record_id=each.record_id).update(
                code=each.code, reason=each.reason[:500]
            )
    BulkJob.objects.filter(pk=job.pk).update(undone_to=ids[-1], undone=job.undone + len(back), **touched())
    return True
