"""Celery's doors onto the services of leads, and their timers: ids in, everything re-read, safe to run twice."""

from celery import shared_task

from leads.services.imports.run import import_run, imports_sweep
from leads.services.score import rescore_sweep
from salesflow.lib.sweeps import sweep


@shared_task(time_limit=6 * 3600, soft_time_limit=6 * 3600 - 60)
def run_import(job_id: int) -> bool:
    """Read one import to its end, or leave it to the worker that holds it."""
    return import_run(job_id=job_id)


@sweep("leads.imports", every=30)
def take_up_imports() -> dict[str, int]:
    """Go on with imports whose start was lost or whose worker vanished."""
    return imports_sweep()


@shared_task
def rescore_due() -> dict[str, int]:
    """Score what is due now instead of at the next sweep."""
    return rescore_sweep()


@sweep("leads.rescore", every=15)
def sweep_scores() -> dict[str, int]:
    """Score what happened, faded or waited; go on regrading after an activation."""
    return rescore_sweep()
