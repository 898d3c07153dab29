"""Timers of what people plan."""

from celery import shared_task

from salesflow.lib.queue import enqueue
from salesflow.lib.sweeps import sweep
from salesflow.work.models import Import
from salesflow.work.services.bulk_jobs import bulk_job_run, bulk_jobs_sweep
from salesflow.work.services.custom_indexes import custom_indexes_settle
from salesflow.work.services.export_writing import export_run, exports_sweep
from salesflow.work.services.exports import exports_expire
from salesflow.work.services.follow_news import followers_tell
from salesflow.work.services.handovers import handover_run, handovers_sweep
from salesflow.work.services.imports import import_run, imports_sweep
from salesflow.work.services.reminders import reminders_send


@sweep("work.reminders", every=15)
def send_reminders() -> dict[str, int]:
    """Remind of tasks whose time has come."""
    return reminders_send()


@sweep("work.followers", every=30)
def tell_followers() -> dict[str, int]:
    """Tell followers what happened on their records."""
    return {"told": followers_tell()}


#: How long a worker does one bulk job before it does what else waits.
BULK_SECONDS = 60.0


@shared_task(time_limit=3600, soft_time_limit=3500)
def run_bulk_job(job_id: int) -> None:
    """Go on with one bulk job for a while, and queue again behind others."""
    bulk_job_run(job_id=job_id, seconds=BULK_SECONDS)


@sweep("work.bulk_jobs", every=10)
def sweep_bulk_jobs() -> dict[str, int]:
    """Go on with bulk jobs whose start was lost or whose worker vanished."""
    return bulk_jobs_sweep()


@shared_task(time_limit=7200, soft_time_limit=7100)
def settle_custom_indexes() -> None:
    """Make and drop the indexes of custom fields that wait for it."""
    custom_indexes_settle()


@sweep("work.custom_indexes", every=15)
def sweep_custom_indexes() -> dict[str, int]:
    """Indexes whose task was lost, or whose worker vanished while it made them."""
    return custom_indexes_settle()


@shared_task(time_limit=3600, soft_time_limit=3500)
def run_handover(handover_id: int) -> None:
    """Go on with one handover for a while, and queue again behind others."""
    handover_run(handover_id=handover_id, seconds=BULK_SECONDS)


@sweep("work.handovers", every=10)
def sweep_handovers() -> dict[str, int]:
    """Go on with handovers whose start was lost or whose worker vanished."""
    return handovers_sweep()


@shared_task(time_limit=3600, soft_time_limit=3500)
def run_export(export_id: int) -> None:
    """Write one export."""
    export_run(job_id=export_id)


@sweep("work.exports", every=10)
def sweep_exports() -> dict[str, int]:
    """Write exports whose start was lost or whose worker vanished."""
    return exports_sweep()


@shared_task(time_limit=3600, soft_time_limit=3500)
def run_import(job_id: int) -> None:
    """Go on with one import for a while and queue again behind others, or leave it to the worker that holds it."""
    if import_run(job_id=job_id, seconds=BULK_SECONDS):
        waits = Import.objects.filter(
            pk=job_id, status__in=(Import.Status.QUEUED, Import.Status.RUNNING), leased_until=None
        )
        if waits.exists():
            enqueue(run_import, job_id)


@sweep("work.imports", every=10)
def sweep_imports() -> dict[str, int]:
    """Go on with imports whose start was lost or whose worker vanished."""
    return imports_sweep()


@sweep("work.exports_expire", every=600)
def sweep_expired_exports() -> dict[str, int]:
    """Remove the files of exports whose time is over."""
    return exports_expire()
