"""How an import ends: its state, its event, and the news for its person."""

from typing import Any

from django.db import transaction
from django.db.models import F
from django.db.models.functions import Now

from salesflow.journal.services import notify, record
from salesflow.lib.records import touched
from salesflow.people.models import User
from salesflow.work.models import Import, ImportTrialKey

COUNTS = ("processed", "created", "updated", "skipped", "rejected")
_EVENTS = {"done": "work.import_done", "failed": "work.import_failed", "cancelled": "work.import_cancelled"}


@transaction.atomic
def import_end(job: Import, *, status: str, error: str = "", by: User | None = None) -> None:
    """Mark an import as done, failed or cancelled with `error`, and tell its person.

    Nothing happens when it has ended already.
    """
    waiting = ("queued", "running", *(("needs_mapping",) if status == "cancelled" else ()))
    read: dict[str, Any] = {"total": F("processed"), "read_percent": 100} if status == "done" else {}
    ended = Import.objects.filter(pk=job.pk, status__in=waiting, undoing_by=None).update(
        status=status, error=error[:1000], finished_at=Now(), leased_until=None, **read, **touched()
    )
    if not ended:
        return
    trial_forget(job)
    now = Import.objects.get(pk=job.pk)
    counts = {name: getattr(now, name) for name in COUNTS}
    private = {"error": error[:1000]} if error else None
    data = {**counts, "resource": job.resource, "dry_run": now.dry_run}
    record(_EVENTS[status], subject=now, by=by, data=data, private=private)
    if by is None or by.pk != job.by_id:
        kind = "work.import_tried" if now.dry_run and status == "done" else _EVENTS[status]
        notify([job.by], kind, subject=now, params=counts, key=f"record-import:{job.pk}:{now.version}")


def import_waits(job: Import) -> None:
    """Tell the person of an import that a worker has looked at that its columns need a meaning."""
    notify([job.by], "work.import_needs_mapping", subject=job, key=f"record-import:{job.pk}:{job.version}")


def trial_forget(job: Import) -> None:
    """The keys of a dry run are of no more use."""
    ImportTrialKey.objects.filter(job_type=Import._meta.label_lower, job_id=job.pk).delete()
