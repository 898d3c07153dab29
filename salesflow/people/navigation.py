"""The way into the admin, for those who may enter it."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from salesflow.lib.web import nav


def administers(user: Any) -> bool:
    return getattr(user, "is_staff", False)


def register_all() -> None:
    nav.register(
        nav.NavItem("admin", _("Administration"), "settings", "admin:index", nav.ADMIN, administers, order=10)
    )
