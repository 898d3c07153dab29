"""How an import ends: its state, its event, and the news for its person."""

from django.db import transaction

from salesflow.journal.services import notify, record
from salesflow.people.models import User
from salesflow.work.models import Import
from salesflow.work.services.imports.jobs import job_ended
from salesflow.work.services.imports.records import FLOW

COUNTS = ("processed", "created", "updated", "skipped", "rejected")
_EVENTS = {"done": "work.import_done", "failed": "work.import_failed", "cancelled": "work.import_cancelled"}


@transaction.atomic
def import_end(job: Import, *, status: str, error: str = "", by: User | None = None) -> None:
    """Mark an import as done, failed or cancelled with `error`, and tell its person.

    Nothing happens when it has ended already.
    """
    waiting = ("queued", "running", *(("needs_mapping",) if status == "cancelled" else ()))
    now = job_ended(FLOW, job, status=status, error=error, waiting=waiting)
    if now is None:
        return
    FLOW.forget_trial(job)
    counts = {name: getattr(now, name) for name in COUNTS}
    private = {"error": error[:1000]} if error else None
    data = {**counts, "resource": job.resource, "dry_run": now.dry_run}
    record(_EVENTS[status], subject=now, by=by, data=data, private=private)
    if by is None or by.pk != job.by_id:
        kind = "work.import_tried" if now.dry_run and status == "done" else _EVENTS[status]
        notify([job.by], kind, subject=now, params=counts, key=f"record-import:{job.pk}:{now.version}")
