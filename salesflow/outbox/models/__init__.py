"""What leaves the house: mails, and messages to other systems."""

from salesflow.outbox.models.chat import ChatGroup, ChatMessage
from salesflow.outbox.models.mail import Mail, MailServer
from salesflow.outbox.models.notices import NoticeMail, NoticeSettings
from salesflow.outbox.models.webhook import Webhook, WebhookDelivery, WebhookFeed

__all__ = [
    "ChatGroup",
    "ChatMessage",
    "Mail",
    "MailServer",
    "NoticeMail",
    "NoticeSettings",
    "Webhook",
    "WebhookDelivery",
    "WebhookFeed",
]
