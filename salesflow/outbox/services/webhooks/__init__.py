"""Telling other systems what happens here, by the rules of Standard Webhooks."""

from salesflow.outbox.services.webhooks.feed import webhooks_tell
from salesflow.outbox.services.webhooks.keep import (
    webhook_archive,
    webhook_change,
    webhook_create,
    webhook_restore,
    webhook_rotate,
)
from salesflow.outbox.services.webhooks.log import webhook_replay, webhook_test, webhooks_forget

__all__ = [
    "webhook_archive",
    "webhook_change",
    "webhook_create",
    "webhook_replay",
    "webhook_restore",
    "webhook_rotate",
    "webhook_test",
    "webhooks_forget",
    "webhooks_tell",
]
