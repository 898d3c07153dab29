"""The admin's pages of outgoing messages."""

from salesflow.outbox.admin import chat, mail, webhooks

__all__ = ["chat", "mail", "webhooks"]
