"""The import of customers, contacts, tasks and whatever else is registered, as one of the imports."""

from datetime import timedelta
from typing import Any

from salesflow.lib.queue import enqueue
from salesflow.people.models import User
from salesflow.work import policies
from salesflow.work.imports import kind_named
from salesflow.work.models import Import, ImportRow, ImportTrialKey
from salesflow.work.services.imports.chunk import RecordChunks
from salesflow.work.services.imports.flow import CANCELLED, DONE, FAILED, UNREAD, ImportFlow
from salesflow.work.services.imports.mapping import mapping_checked, mapping_guess, template_mapping

#: Rows of a transaction. Each may take a few advisory locks, of which the database has some thousands for all.
CHUNK = 250


class RecordFlow(ImportFlow):
    """Can be cancelled, and goes back from the last row to the first."""

    model, rows = Import, ImportRow
    app, key = "work", "record-import"
    unread = UNREAD | {"updated": 0, "undone_down_to": None}
    ended = (DONE, FAILED, CANCELLED)
    lease = timedelta(seconds=30)

    def may_run(self, by: User, job: Any) -> bool:
        return policies.can_run_import(by, job)

    def told(self, job: Any) -> dict[str, Any]:
        return {"resource": job.resource}

    def settle(self, job: Any) -> bool:
        kind = kind_named(job.resource)
        if job.mapping is not None:
            job.mapping = mapping_checked(kind, job.mapping, job.header, job.mode)
            return True
        job.mapping = template_mapping(kind, job.header)
        if job.mapping is not None:
            return True
        job.mapping = mapping_guess(kind, job.header, job.by)
        return False

    def wake(self, job: Any) -> None:
        from salesflow.work.tasks import run_import

        enqueue(run_import, job.pk)

    def chunks(self, job: Any) -> RecordChunks:
        return RecordChunks(self, job)

    def chunk_rows(self) -> int:
        return CHUNK

    def forget_trial(self, job: Any) -> None:
        ImportTrialKey.objects.filter(job_type=Import._meta.label_lower, job_id=job.pk).delete()

    def done(self, job: Any) -> None:
        from salesflow.work.services.imports.finish import import_end

        import_end(job, status=DONE)

    def failed(self, job: Any, error: str) -> None:
        from salesflow.work.services.imports.finish import import_end

        import_end(job, status=FAILED, error=error)

    def undo(self, job: Any, *, seconds: float | None) -> None:
        from salesflow.work.services.imports.undo import import_undo_run

        import_undo_run(job, seconds=seconds)


FLOW = RecordFlow()
