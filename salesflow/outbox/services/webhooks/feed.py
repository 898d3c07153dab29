"""Writing deliveries for what the journal has sealed since, once for each event and webhook.

The seals are the only order in which no event comes to light late, so that a place in them says what has been told.
Nobody who works here waits for this or pays for it.
"""

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from django.db import transaction
from django.db.models import Max

from salesflow.journal.models import Event, Seal
from salesflow.journal.services import events_seal
from salesflow.lib.resources import resource_of
from salesflow.outbox.models import Webhook, WebhookDelivery, WebhookFeed
from salesflow.outbox.services.errands import wake
from salesflow.outbox.services.webhooks.kinds import is_told
from salesflow.outbox.services.webhooks.log import new_message_id

#: Seals of one pass; each holds 5,000 events at most.
SEALS = 20
#: Deliveries of one statement.
BATCH = 1000


def webhooks_tell() -> int:
    """Write what webhooks are to be told; gives how many deliveries. Harmless late, twice, or in two processes."""
    if _listening().exists():
        events_seal()
    told = 0
    for _turn in range(SEALS):
        written = _tell_next_seal()
        if written is None:
            break
        told += written
    return told


def _listening() -> Any:
    return Webhook.objects.filter(is_active=True, archived_at=None, owner__is_active=True)


@transaction.atomic
def _tell_next_seal() -> int | None:
    WebhookFeed.objects.get_or_create(pk=1)
    feed = WebhookFeed.objects.select_for_update(skip_locked=True).filter(pk=1).first()
    if feed is None:  # another process is at it
        return None
    webhooks = list(_listening().select_related("owner").order_by("pk"))
    seals = Seal.objects.filter(pk__gt=feed.seal_id)
    seal = seals.aggregate(last=Max("pk"))["last"] if not webhooks else None
    if webhooks:
        seal = seals.order_by("pk").values_list("pk", flat=True).first()
    if seal is None:
        return None
    WebhookFeed.objects.filter(pk=1).update(seal_id=seal)
    if not webhooks:
        return None
    events = [
        event for event in Event.objects.filter(sealed__seal_id=seal).order_by("pk") if is_told(event.kind)
    ]
    made = [delivery for webhook in webhooks for delivery in _deliveries(webhook, events)]
    WebhookDelivery.objects.bulk_create(made, ignore_conflicts=True, batch_size=BATCH)
    if made:
        wake()
    return len(made)


def _deliveries(webhook: Webhook, events: Iterable[Event]) -> list[WebhookDelivery]:
    wanted = [
        event
        for event in events
        if event.at >= webhook.created_at and (not webhook.kinds or event.kind in webhook.kinds)
    ]
    seen = _seen_by(webhook.owner, wanted)
    return [
        WebhookDelivery(
            webhook=webhook,
            message_id=new_message_id(),
            event_id=event.pk,
            kind=event.kind,
            payload=_payload(event),
        )
        for event in wanted
        if (event.subject_type, event.subject_id) in seen
    ]


def _seen_by(owner: Any, events: Iterable[Event]) -> set[tuple[str, int]]:
    """Those of the records that have an address and that the owner may see, with one statement per kind."""
    ids: dict[str, set[int]] = defaultdict(set)
    for event in events:
        ids[event.subject_type].add(event.subject_id)
    seen = set()
    for type_, wanted in ids.items():
        resource = resource_of(type_)
        if resource is not None:
            found = resource.visible(owner).filter(pk__in=wanted).values_list("pk", flat=True)
            seen |= {(type_, pk) for pk in found}
    return seen


def _payload(event: Event) -> dict[str, Any]:
    """Thin: what happened to which record, and where to read it; nothing of what the record says."""
    resource = resource_of(event.subject_type)
    assert resource is not None
    return {
        "type": event.kind,
        "timestamp": event.at,
        "data": {
            "id": event.subject_id,
            "resource": resource.name,
            "url": resource.address(event.subject_id),
            "event": event.pk,
            "actor": event.actor_id,
        },
    }
