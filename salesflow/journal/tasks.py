"""Celery's door onto the journal: it only wakes what a sweep would do anyway."""

from celery import shared_task

from salesflow.journal.services.deliver import deliveries_carry
from salesflow.lib.queue import enqueue


@shared_task
def carry_deliveries() -> dict[str, int]:
    """Carry due deliveries; safe to run late, twice, or in two workers at once."""
    return deliveries_carry()


def wake() -> None:
    """After commit, ask a worker to carry deliveries now instead of at the next sweep."""
    enqueue(carry_deliveries)
