from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class PerformanceConfig(AppConfig):
    name = "performance"
    label = "performance"
    verbose_name = _("Performance")

    def ready(self) -> None:
        from performance import policies
        from salesflow.lib.web import nav

        nav.register(
            nav.NavItem(
                "home", _("Home"), "layout-dashboard", "home", nav.TOP, order=1, keys="G H", phone=True
            )
        )
        nav.register(
            nav.NavItem(
                "figures", _("Figures"), "chart-bar", "figures", nav.INSIGHT,
                visible=policies.can_see_figures, order=10, keys="G F",
            )
        )  # fmt: skip
