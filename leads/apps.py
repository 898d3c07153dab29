from typing import Any

from django.apps import AppConfig
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _


def _seed(**kwargs: Any) -> None:
    from leads.services.defaults import leads_ensure_defaults

    leads_ensure_defaults()


class LeadsConfig(AppConfig):
    name = "leads"
    label = "leads"
    verbose_name = _("Leads")

    def ready(self) -> None:
        from leads import subjects

        subjects.register_all()
        from salesflow.clocks.registry import register

        register("first_contact")
        post_migrate.connect(_seed, sender=self)
