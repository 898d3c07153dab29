"""Celery's door onto the journal: it only wakes what a sweep would do anyway."""

from time import monotonic

from celery import shared_task

from salesflow.journal.services.deliver import deliveries_carry
from salesflow.journal.services.seal import events_seal
from salesflow.lib.queue import enqueue
from salesflow.lib.sweeps import sweep

#: How long one pass of the sealer may take.
SEAL_SECONDS = 15


@sweep("journal.deliveries", every=5)
def sweep_deliveries() -> dict[str, int]:
    """Carry deliveries whose waking was lost or whose repetition is due."""
    counts = deliveries_carry()
    return {"delivered": counts["processed"], "failed": counts["failed"]}


@sweep("journal.seal", every=30)
def sweep_seal() -> dict[str, int]:
    """Chain what has been recorded since, batch by batch until nothing is left or the time is up."""
    until, sealed = monotonic() + SEAL_SECONDS, 0
    while batch := events_seal()["processed"]:
        sealed += batch
        if monotonic() > until:
            break
    return {"sealed": sealed}


@shared_task
def carry_deliveries() -> dict[str, int]:
    """Carry due deliveries; safe to run late, twice, or in two workers at once."""
    return deliveries_carry()


def wake() -> None:
    """After commit, ask a worker to carry deliveries now instead of at the next sweep."""
    enqueue(carry_deliveries)
