from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class LibConfig(AppConfig):
    name = "salesflow.lib"
    label = "lib"
    verbose_name = _("Library")

    def ready(self) -> None:
        from salesflow.lib.web import nav

        nav.register(
            nav.NavItem(
                "style",
                _("Style"),
                "palette",
                "style",
                nav.ADMIN,
                order=990,
                visible=lambda user: user.is_staff,
                keys="G Y",
            )
        )
