from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class RuntimeConfig(AppConfig):
    name = "salesflow.runtime"
    label = "runtime"
    verbose_name = _("Runtime")

    def ready(self) -> None:
        import salesflow.celery  # noqa: F401  # shared tasks find the application from here on
