"""Celery's door onto the sweeps."""

from celery import shared_task

from salesflow.lib.sweeps import sweep_named
from salesflow.runtime.sweeping import sweep_run


@shared_task(name="runtime.sweep")
def run_sweep(name: str) -> None:
    """Run one sweep; harmless when late, repeated, or done by another process meanwhile."""
    sweep_run(sweep=sweep_named(name), by="worker")
