"""Customers, contacts and opportunities: to be looked at, never to be changed here."""

from typing import ClassVar

from django.contrib import admin
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import AutocompleteSelectFilter

from contacts.models import CollisionCase, Contact, Customer, Opportunity
from salesflow.lib.admin.pages import LookingPage
from salesflow.lib.admin.places import RECORDS, Place


class RecordPage(LookingPage):
    """Newest first, as the index has them."""

    ordering: ClassVar = ("-created_at", "-id")
    search_help_text = _("Part of a name")


@admin.register(Customer)
class CustomerPage(RecordPage):
    place = Place(RECORDS, "apartment", 50)
    list_display = ("name", "is_person", "industry", "city", "owner", "made")
    list_filter = (("owner", AutocompleteSelectFilter),)
    list_filter_submit = True
    list_select_related = ("owner",)
    fragments = Customer.SEARCHED
    fields = (
        "name", "is_person", "credit_code", "industry", "country", "region", "city", "website", "owner", "made",
        "put_away",
    )  # fmt: skip


@admin.register(Contact)
class ContactPage(RecordPage):
    place = Place(RECORDS, "contacts", 60)
    list_display = ("name", "title", "customer", "email", "phone", "mobile", "made")
    list_select_related = ("customer",)
    fragments = Contact.SEARCHED
    fields = ("name", "title", "customer", "email", "phone", "mobile", "made", "put_away")


@admin.register(Opportunity)
class OpportunityPage(RecordPage):
    place = Place(RECORDS, "target", 70)
    list_display = ("name", "customer", "amount", "currency", "expected_close", "state", "owner", "made")
    list_select_related = ("customer", "owner")
    fragments = Opportunity.SEARCHED
    fields = (
        "name", "customer", "contact", "amount", "currency", "expected_close", "state", "owner", "made", "put_away",
    )  # fmt: skip


@admin.register(CollisionCase)
class CollisionPage(RecordPage):
    """Two claims on one customer; they are decided on their own page."""

    place = Place(RECORDS, "balance", 80)
    list_display = ("title", "holder", "claimant", "cause", "state", "outcome", "decided_by", "made")
    list_select_related = ("holder", "claimant", "decided_by")
    search_fields = ("title",)
    fields = (
        "title", "cause", "reason", "opened_by", "holder", "claimant", "holder_statement", "claimant_statement",
        "state", "outcome", "note", "decided_by", "decided_at", "made",
    )  # fmt: skip
