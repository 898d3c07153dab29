from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class OutboxConfig(AppConfig):
    name = "salesflow.outbox"
    label = "outbox"
    verbose_name = _("Outgoing messages")

    def ready(self) -> None:
        from salesflow.outbox import texts
        from salesflow.outbox.services import mails

        texts.register_all()
        mails.register()
