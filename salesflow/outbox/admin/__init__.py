"""The admin's pages of outgoing messages."""

from salesflow.outbox.admin import mail

__all__ = ["mail"]
