"""What the events of outgoing messages say."""

from collections.abc import Mapping
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from salesflow.journal.texts import register_config_events, register_event, register_notice

EVENTS = {
    "outbox.mail_server_changed": (_("Mail server changed"), "mail"),
    "outbox.mails_sent_again": (_("Mails that were given up are tried again"), "mail"),
    "outbox.notice_settings_changed": (_("Chose what to be told"), "bell"),
    "outbox.webhook_secret_renewed": (_("Secret of a webhook renewed"), "key"),
    "outbox.webhook_replayed": (_("Message to a webhook sent again"), "refresh"),
    "outbox.webhook_ended": (_("Webhook switched off by itself"), "unlink"),
}
NOTICES = {
    "outbox.webhook_failing": _(
        "The webhook “%(name)s” could not be reached for three days and is switched off"
    ),
    "outbox.webhook_gone": _("The receiver of the webhook “%(name)s” says it is gone; it is switched off"),
}


def register_all() -> None:
    for kind, (text, icon) in EVENTS.items():
        register_event(kind, text, icon)
    register_config_events("outbox.webhook", _("Webhook"))
    register_config_events("outbox.chat_group", _("Chat group"))
    for kind, said in NOTICES.items():
        register_notice(kind, said, "alert-triangle", to=_webhook_page, right="webhooks.edit", mail="now")


def _webhook_page(params: Mapping[str, Any], pk: int | None) -> str:
    return reverse("admin:outbox_webhook_change", args=[pk]) if pk else ""
