"""Where customers and opportunities stand in the navigation."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from contacts import policies
from salesflow.lib.web import nav


def _sees(right: str) -> Any:
    return lambda user: user.may(right)


def register() -> None:
    for key, label, icon, right, order, keys in (
        ("customers", _("Customers"), "building", "customers.view", 30, "G C"),
        ("contacts", _("Contacts"), "users", "contacts.view", 35, ""),
        ("opportunities", _("Opportunities"), "target-arrow", "opportunities.view", 40, "G O"),
        ("collisions", _("Collisions"), "arrows-diff", "collisions.view", 95, ""),
    ):
        nav.register(
            nav.NavItem(
                key, label, icon, f"contacts:{key}", nav.PIPELINE, _sees(right), order=order, keys=keys
            )
        )
    nav.register_action(
        nav.Action(
            "customer-new", _("New customer"), "plus", "contacts:customer-new", policies.can_create_customer
        )
    )
