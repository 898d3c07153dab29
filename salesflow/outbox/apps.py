from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class OutboxConfig(AppConfig):
    name = "salesflow.outbox"
    label = "outbox"
    verbose_name = _("Outgoing messages")

    def ready(self) -> None:
        from salesflow.outbox import texts
        from salesflow.outbox.services import mails
        from salesflow.outbox.services.chat import calls as chats
        from salesflow.outbox.services.server import mail_now
        from salesflow.outbox.services.webhooks import calls
        from salesflow.people.services.mail import fill_mail_server

        texts.register_all()
        mails.register()
        calls.register()
        chats.register()
        fill_mail_server(mail_now)
