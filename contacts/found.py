"""How the search box finds customers, the people there, and possible sales."""

from django.utils.translation import gettext_lazy as _

from contacts.models import Contact, Customer, Opportunity
from salesflow.lib.search import search
from salesflow.lib.search_registry import Hit, Searched
from salesflow.lib.search_registry import register as register_search
from salesflow.people.models import User


def customers_found(user: User, query: str, limit: int) -> list[Hit]:
    rows = search(
        Customer.objects.visible_to(user).current(), query, fields=Customer.SEARCHED, limit=limit
    ).select_related("owner")
    return [
        Hit(each.pk, each.name, each.get_absolute_url(), each.city, each.owner.name if each.owner else "")
        for each in rows.only("name", "city", "owner__name")
    ]


def contacts_found(user: User, query: str, limit: int) -> list[Hit]:
    rows = search(
        Contact.objects.visible_to(user).filter(archived_at=None), query, fields=Contact.SEARCHED, limit=limit
    ).select_related("customer")
    return [
        Hit(each.pk, each.name, each.get_absolute_url(), each.customer.name, each.title)
        for each in rows.only("name", "title", "customer__name")
    ]


def opportunities_found(user: User, query: str, limit: int) -> list[Hit]:
    rows = search(
        Opportunity.objects.visible_to(user).filter(archived_at=None),
        query,
        fields=Opportunity.SEARCHED,
        limit=limit,
    ).select_related("customer")
    return [
        Hit(each.pk, each.name, each.get_absolute_url(), each.customer.name, each.get_state_display())
        for each in rows.only("name", "state", "customer__name")
    ]


def register() -> None:
    for key, label, icon, find, order in (
        ("customers", _("Customers"), "building", customers_found, 20),
        ("contacts", _("Contacts"), "users", contacts_found, 30),
        ("opportunities", _("Opportunities"), "target-arrow", opportunities_found, 40),
    ):
        register_search(Searched(key, label, icon, find=find, order=order, list_url_name=f"contacts:{key}"))
