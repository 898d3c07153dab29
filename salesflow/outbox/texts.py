"""What the events of outgoing messages say."""

from django.utils.translation import gettext_lazy as _

from salesflow.journal.texts import register_event

EVENTS = {
    "outbox.mail_server_changed": (_("Mail server changed"), "mail"),
    "outbox.mails_sent_again": (_("Mails that were given up are tried again"), "mail"),
}


def register_all() -> None:
    for kind, (text, icon) in EVENTS.items():
        register_event(kind, text, icon)
