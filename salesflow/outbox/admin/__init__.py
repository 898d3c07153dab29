"""The admin's pages of outgoing messages."""

from salesflow.outbox.admin import mail, webhooks

__all__ = ["mail", "webhooks"]
