"""Carrying events to their subscribers: leased, repeated with back-off, given up after a number of attempts."""

import logging
import random
from datetime import timedelta

from django.db import transaction
from django.db.models.functions import Now

from salesflow.journal.models import Delivery
from salesflow.journal.registry import handler_of

log = logging.getLogger(__name__)
ATTEMPTS = 12
FIRST_WAIT_SECONDS = 5
LONGEST_WAIT_SECONDS = 3600


def deliveries_carry(*, limit: int = 200) -> dict[str, int]:
    """Carry what is due, one transaction per delivery; safe to run late, twice, or in two workers at once."""
    counts = {"processed": 0, "failed": 0}
    for _turn in range(limit):
        done = _carry_one()
        if done is None:
            break
        counts["processed" if done else "failed"] += 1
    return counts


def deliveries_drain(*, dead: bool = False) -> dict[str, int]:
    """Carry everything that is due now, until nothing is: `delivered`, `failed`, and how many are left `waiting`.

    With `dead`, those that were given up begin anew. What fails waits for its next turn and is not tried again here.
    """
    if dead:
        Delivery.objects.filter(state=Delivery.State.DEAD).update(
            state=Delivery.State.WAITING, attempts=0, due_at=Now()
        )
    total = {"delivered": 0, "failed": 0}
    while True:
        counts = deliveries_carry()
        total["delivered"] += counts["processed"]
        total["failed"] += counts["failed"]
        if not any(counts.values()):
            break
    return {**total, "waiting": Delivery.objects.filter(state=Delivery.State.WAITING).count()}


def _carry_one() -> bool | None:
    with transaction.atomic():
        delivery = (
            Delivery.objects.select_for_update(skip_locked=True, of=("self",))
            .filter(state=Delivery.State.WAITING, due_at__lte=Now())
            .select_related("event")
            .order_by("due_at", "id")
            .first()
        )
        if delivery is None:
            return None
        handler = handler_of(delivery.subscriber)
        try:
            if handler is None:
                raise LookupError(f"no subscriber {delivery.subscriber}")
            with transaction.atomic():
                handler(delivery.event)
        except Exception as error:  # one bad subscriber must not stop the others
            log.exception("delivery %s failed", delivery.pk)
            _set_back(delivery, error)
            return False
        Delivery.objects.filter(pk=delivery.pk).update(
            state=Delivery.State.DONE, done_at=Now(), attempts=delivery.attempts + 1, error=""
        )
        return True


def _set_back(delivery: Delivery, error: Exception) -> None:
    attempts = delivery.attempts + 1
    wait = min(LONGEST_WAIT_SECONDS, FIRST_WAIT_SECONDS * 2**attempts) * random.uniform(0.8, 1.2)  # noqa: S311
    Delivery.objects.filter(pk=delivery.pk).update(
        attempts=attempts,
        state=Delivery.State.DEAD if attempts >= ATTEMPTS else Delivery.State.WAITING,
        due_at=Now() + timedelta(seconds=wait),
        error=repr(error)[:2000],
    )
