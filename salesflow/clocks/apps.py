from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ClocksConfig(AppConfig):
    name = "salesflow.clocks"
    label = "clocks"
    verbose_name = _("Clocks")

    def ready(self) -> None:
        from salesflow.clocks import texts
        from salesflow.lib.relations import follows_any

        texts.register_all()
        follows_any("clocks.clock")
