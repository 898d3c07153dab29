from typing import Any

from django.apps import AppConfig
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _


def _seed(**kwargs: Any) -> None:
    from salesflow.people.services import people_ensure_defaults

    people_ensure_defaults()


class PeopleConfig(AppConfig):
    name = "salesflow.people"
    label = "people"
    verbose_name = _("People")

    def ready(self) -> None:
        post_migrate.connect(_seed, sender=self)
