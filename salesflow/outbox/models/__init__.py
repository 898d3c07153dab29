"""What leaves the house: mails, and later messages to other systems."""

from salesflow.outbox.models.mail import Mail, MailServer

__all__ = ["Mail", "MailServer"]
