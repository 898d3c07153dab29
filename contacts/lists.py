"""How customers, contacts and opportunities are listed."""

from collections.abc import Sequence
from typing import Any, ClassVar

from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from contacts import policies
from contacts.models import Contact, Customer, Opportunity
from salesflow.lib.lists import Column, Deed, ListSpec, Search, Step
from salesflow.lib.lists.filters import (
    After,
    AtLeast,
    AtMost,
    Before,
    Choices,
    DayBefore,
    DayFrom,
    Filters,
    Flag,
    Ids,
    Words,
)
from salesflow.lib.lists.sheet import named_columns, person_said
from salesflow.lib.search import matching
from salesflow.people.models import User
from salesflow.work.filters import Followed

#: Where customers and opportunities come from.
CONVERT = Step(
    _("Convert a lead"),
    "leads:list",
    lambda user: user.may("leads.convert"),
    query="status=qualified,contacted",
)
CUSTOMERS = Step(_("Open the customers"), "contacts:customers", lambda user: user.may("customers.view"))


def _set(right: str) -> Deed:
    """Setting a field of many, by who may edit one."""
    return Deed(
        "set", _("Set a field"), "pencil", "bulk-set", allowed=lambda user: user.may(right), to_all=True
    )


def people_to_choose(user: User) -> list[tuple[int, str]]:
    """Colleagues whose records the person may see."""
    people = user.people_in_scope[user.scope("customers.view")]
    rows = User.objects.active().order_by("name")
    return list((rows if people is None else rows.filter(pk__in=people)).values_list("pk", "name")[:200])


def _customers_found(rows: QuerySet[Customer], query: str) -> QuerySet[Customer]:
    return matching(rows, query, fields=Customer.SEARCHED)


def _contacts_found(rows: QuerySet[Contact], query: str) -> QuerySet[Contact]:
    return matching(rows, query, fields=Contact.SEARCHED)


def _opportunities_found(rows: QuerySet[Opportunity], query: str) -> QuerySet[Opportunity]:
    """By the name of the opportunity or of its customer."""
    named = matching(Opportunity.objects.all(), query, fields=Opportunity.SEARCHED)
    customers = matching(Customer.objects.all(), query, fields=Customer.SEARCHED)
    return rows.filter(Q(pk__in=named.values("pk")) | Q(customer_id__in=customers.values("pk")))


class CustomerFilters(Filters):
    external_id = Words("external_id", label=_("External id"))
    owner = Ids("owner", people=True, choices=people_to_choose, label=_("Owner"))
    industry = Words("industry", label=_("Industry"))
    country = Words("country", label=_("Country"))
    region = Words("region", label=_("Province or state"))
    city = Words("city", label=_("City"))
    credit_code = Words("credit_code_key", label=_("Unified social credit code"))
    is_person = Flag("is_person", label=_("Private person"))
    created_after = After("created_at", label=_("Entered from"))
    created_before = Before("created_at", label=_("Entered before"))
    updated_after = After("updated_at", label=_("Changed from"))
    updated_before = Before("updated_at", label=_("Changed before"))
    followed = Followed(label=_("Followed by me"))


class CustomerList(ListSpec):
    key, model, filterset, title, icon = "customers", Customer, CustomerFilters, _("Customers"), "building"
    bar = ("owner", "industry", "city")
    orderings: ClassVar = {"created_at": "created_at", "id": "id"}
    default_ordering = "-created_at"
    search = Search(find=_customers_found)
    exports, imports = "customers.export", True
    cell_url, edit_right = "contacts:customer-cell", "customers.edit"
    deeds = (_set("customers.edit"),)
    empty_title = _("No customers yet")
    empty_text = _("Customers come from converted leads, or are entered by hand.")
    steps = (
        Step(_("New customer"), "contacts:customer-new", policies.can_create_customer, drawer=True),
        CONVERT,
    )
    columns: ClassVar = [
        Column("name", _("Customer"), kind="company", link=True, phone="1l", edit="name"),
        Column("industry", _("Industry"), phone="2l", edit="industry"),
        Column("city", _("City"), edit="city"),
        Column("owner", _("Owner"), kind="person", phone="2r", edit="owner"),
        Column("created_at", _("Entered"), kind="ago", sort="created_at", first="-", phone="1r"),
    ]

    def tabs(self, user: User) -> list[tuple[Any, str]]:
        return [(_("Mine"), "owner=me")] if user.may("customers.edit") else []

    def for_import(self, user: User) -> Sequence[Column]:
        names = "id external_id name is_person credit_code industry country region city website owner"
        return named_columns(
            self,
            user,
            names,
            owner=person_said("owner"),
            is_person=lambda row: "yes" if row.is_person else "no",
        )

    def for_page(self, rows: QuerySet[Customer]) -> QuerySet[Customer]:
        return rows.select_related("owner").defer("search")


class ContactFilters(Filters):
    external_id = Words("external_id", label=_("External id"))
    customer = Ids("customer", label=_("Customer"))
    email = Words("email_key", label=_("E-mail"))
    owner = Ids("customer__owner", people=True, choices=people_to_choose, label=_("Owner"))
    created_after = After("created_at", label=_("Entered from"))
    created_before = Before("created_at", label=_("Entered before"))
    updated_after = After("updated_at", label=_("Changed from"))
    updated_before = Before("updated_at", label=_("Changed before"))
    followed = Followed(label=_("Followed by me"))


class ContactList(ListSpec):
    key, model, filterset, title, icon = "contacts", Contact, ContactFilters, _("Contacts"), "users"
    bar = ("owner",)
    orderings: ClassVar = {"created_at": "created_at", "id": "id"}
    default_ordering = "-created_at"
    search = Search(find=_contacts_found)
    exports, imports = "contacts.export", True
    cell_url, edit_right = "contacts:contact-cell", "contacts.edit"
    deeds = (_set("contacts.edit"),)
    empty_title = _("No contacts yet")
    empty_text = _("The people at your customers stand here.")
    steps = (CUSTOMERS, CONVERT)
    columns: ClassVar = [
        Column("name", _("Contact"), kind="person", link=True, phone="1l", edit="name"),
        Column("title", _("Position"), edit="title"),
        Column("customer", _("Customer"), kind="company", phone="2l"),
        Column("email", _("E-mail"), phone="2r", edit="email"),
        Column("phone", _("Phone"), edit="phone"),
        Column("created_at", _("Entered"), kind="ago", sort="created_at", first="-", phone="1r"),
    ]

    def for_import(self, user: User) -> Sequence[Column]:
        names = "id external_id customer_id customer name title email phone mobile"
        return named_columns(self, user, names)

    def for_page(self, rows: QuerySet[Contact]) -> QuerySet[Contact]:
        return rows.select_related("customer").defer("search", "customer__search")


class OpportunityFilters(Filters):
    external_id = Words("external_id", label=_("External id"))
    customer = Ids("customer", label=_("Customer"))
    contact = Ids("contact", label=_("Contact"))
    owner = Ids("owner", people=True, choices=people_to_choose, label=_("Owner"))
    state = Choices("state", choices=Opportunity.State.choices, label=_("State"))
    currency = Words("currency", label=_("Currency"))
    amount_min = AtLeast("amount", label=_("Amount from"))
    amount_max = AtMost("amount", label=_("Amount up to"))
    expected_close_after = DayFrom("expected_close", label=_("Expected close from"))
    expected_close_before = DayBefore("expected_close", label=_("Expected close before"))
    created_after = After("created_at", label=_("Entered from"))
    created_before = Before("created_at", label=_("Entered before"))
    updated_after = After("updated_at", label=_("Changed from"))
    updated_before = Before("updated_at", label=_("Changed before"))
    followed = Followed(label=_("Followed by me"))


class OpportunityList(ListSpec):
    key, model, filterset = "opportunities", Opportunity, OpportunityFilters
    title, icon = _("Opportunities"), "target-arrow"
    bar = ("owner", "state")
    orderings: ClassVar = {"created_at": "created_at", "id": "id"}
    default_ordering = "-created_at"
    search = Search(find=_opportunities_found)
    exports, imports = "opportunities.export", True
    cell_url, edit_right = "contacts:opportunity-cell", "opportunities.edit"
    deeds = (_set("opportunities.edit"),)
    empty_title = _("No opportunities yet")
    empty_text = _("Opportunities are opened when a lead is converted, or at a customer.")
    steps = (CONVERT, CUSTOMERS)
    columns: ClassVar = [
        Column("name", _("Opportunity"), link=True, phone="1l", edit="name"),
        Column("customer", _("Customer"), kind="company", phone="2l"),
        Column("amount", _("Amount"), kind="money", phone="1r", edit="amount currency"),
        Column("expected_close", _("Expected close"), kind="datetime", edit="expected_close"),
        Column("state", _("State"), kind="badge", phone="2r",
               options={"kinds": {"open": "info", "won": "ok", "lost": "neutral"}}),
        Column("owner", _("Owner"), kind="person", edit="owner"),
        Column("created_at", _("Entered"), kind="ago", sort="created_at", first="-"),
    ]  # fmt: skip

    def tabs(self, user: User) -> list[tuple[Any, str]]:
        mine = [(_("Mine"), "owner=me&state=open")] if user.may("opportunities.edit") else []
        return [*mine, (_("Open"), "state=open")]

    def for_import(self, user: User) -> Sequence[Column]:
        names = (
            "id external_id customer_id customer name contact_id contact amount currency expected_close owner"
        )
        return named_columns(self, user, names, owner=person_said("owner"))

    def for_columns(self, rows: QuerySet[Opportunity], columns: Sequence[Column]) -> QuerySet[Opportunity]:
        rows = self.for_page(rows)
        if any(column.key == "contact" for column in columns):
            rows = rows.select_related("contact").defer("search", "customer__search", "contact__search")
        return rows

    def for_page(self, rows: QuerySet[Opportunity]) -> QuerySet[Opportunity]:
        return rows.select_related("customer", "owner").defer("search", "customer__search")
