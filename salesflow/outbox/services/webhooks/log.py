"""What was told to webhooks: tried out, told again, forgotten."""

import secrets
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext as _

from salesflow.journal.services import record
from salesflow.lib.errors import Conflict, require
from salesflow.outbox.models import Webhook, WebhookDelivery
from salesflow.outbox.policies import can_edit_webhook
from salesflow.outbox.services.errands import wake
from salesflow.outbox.services.webhooks.kinds import TEST

State = WebhookDelivery.State
#: How long deliveries are kept to be looked at.
KEPT = timedelta(days=30)


def new_message_id() -> str:
    return f"msg_{secrets.token_hex(16)}"


@transaction.atomic
def webhook_test(*, webhook: Webhook, by: Any) -> WebhookDelivery:
    """Put a message of kind `webhook.test` on its way, also to an inactive webhook; it is tried once."""
    require(can_edit_webhook(by, webhook))
    delivery = WebhookDelivery.objects.create(
        webhook=webhook,
        message_id=new_message_id(),
        kind=TEST,
        payload={
            "type": TEST,
            "timestamp": timezone.now(),
            "data": {"id": webhook.pk, "resource": "webhooks"},
        },
    )
    wake()
    return delivery


@transaction.atomic
def webhook_replay(*, delivery: WebhookDelivery, by: Any) -> WebhookDelivery:
    """Send a delivery again from the beginning, under the same message id.

    Raises Conflict("still_waiting") while it is on its way, Conflict("webhook_inactive") where nothing is sent.
    """
    webhook = Webhook.objects.select_for_update().get(pk=delivery.webhook_id)
    require(can_edit_webhook(by, webhook))
    if webhook.archived_at is not None or not (webhook.is_active or delivery.kind == TEST):
        raise Conflict("webhook_inactive", _("This webhook is not active."))
    ended = WebhookDelivery.objects.filter(pk=delivery.pk).exclude(state=State.WAITING)
    if not ended.update(state=State.WAITING, attempts=0, delivered_at=None, due_at=Now(), error=""):
        raise Conflict("still_waiting", _("This message is still on its way."))
    record("outbox.webhook_replayed", subject=webhook, by=by, data={"delivery": delivery.pk})
    wake()
    return WebhookDelivery.objects.get(pk=delivery.pk)


def webhooks_forget() -> int:
    """Remove deliveries that need not be looked at any more."""
    return WebhookDelivery.objects.filter(created_at__lt=Now() - KEPT).delete()[0]
