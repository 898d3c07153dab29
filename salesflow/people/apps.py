from typing import Any

from django.apps import AppConfig
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _


def _seed(**kwargs: Any) -> None:
    from salesflow.people.services import people_ensure_defaults

    people_ensure_defaults()


def _idempotency() -> Any:
    """Imported when first asked for: workers and commands do without the REST framework."""
    from salesflow.people.api.idempotency import Store

    return Store()


class PeopleConfig(AppConfig):
    name = "salesflow.people"
    label = "people"
    verbose_name = _("People")

    def ready(self) -> None:
        from salesflow.lib.api.ports import fill_idempotency
        from salesflow.lib.web import ports
        from salesflow.people import navigation, subscribers, texts  # noqa: F401  # heard once imported
        from salesflow.people.services import places, user_change, workspace

        ports.fill(workspace=workspace, keep_preferences=user_change)
        fill_idempotency(_idempotency)
        navigation.register_all()
        texts.register_all()
        places.register_all()
        post_migrate.connect(_seed, sender=self)
