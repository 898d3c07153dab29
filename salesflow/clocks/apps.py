from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ClocksConfig(AppConfig):
    name = "salesflow.clocks"
    label = "clocks"
    verbose_name = _("Clocks")

    def ready(self) -> None:
        from salesflow.clocks import texts

        texts.register_all()
