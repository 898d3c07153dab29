"""Editing facts of customers, contacts and opportunities in place, in their lists and on their pages."""

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_http_methods

from contacts import policies
from contacts.forms import ContactForm, CustomerForm, OpportunityForm
from contacts.lists import ContactList, CustomerList, OpportunityList
from contacts.models import Contact, Customer, Opportunity
from contacts.services import contact_edit, customer_edit, opportunity_edit
from contacts.views.common import visible
from salesflow.lib.lists.inline import Inline, cell_view


def _customer_form(record: Customer, user: Any, data: Any) -> CustomerForm:
    return CustomerForm(user, data, record=record)


def _contact_form(record: Contact, user: Any, data: Any) -> ContactForm:
    return ContactForm(data, record=record)


def _opportunity_form(record: Opportunity, user: Any, data: Any) -> OpportunityForm:
    return OpportunityForm(user, record.customer, data, record=record)


def _customer_saved(record: Customer, by: Any, values: dict[str, Any], version: int | None) -> Customer:
    return customer_edit(customer=record, by=by, values=values, expected_version=version)


def _contact_saved(record: Contact, by: Any, values: dict[str, Any], version: int | None) -> Contact:
    return contact_edit(contact=record, by=by, values=values, expected_version=version)


def _opportunity_saved(
    record: Opportunity, by: Any, values: dict[str, Any], version: int | None
) -> Opportunity:
    return opportunity_edit(opportunity=record, by=by, values=values, expected_version=version)


CUSTOMERS = Inline((CustomerList(),), policies.can_edit_customer, _customer_form, _customer_saved)
CONTACTS = Inline((ContactList(),), policies.can_edit_contact, _contact_form, _contact_saved)
OPPORTUNITIES = Inline(
    (OpportunityList(),), policies.can_edit_opportunity, _opportunity_form, _opportunity_saved
)


@login_required
@require_http_methods(["GET", "POST"])
def customer_cell(request: HttpRequest, pk: int) -> HttpResponse:
    return cell_view(CUSTOMERS, request, visible(request, Customer.objects.select_related("owner"), pk))


@login_required
@require_http_methods(["GET", "POST"])
def contact_cell(request: HttpRequest, pk: int) -> HttpResponse:
    return cell_view(CONTACTS, request, visible(request, Contact.objects.select_related("customer"), pk))


@login_required
@require_http_methods(["GET", "POST"])
def opportunity_cell(request: HttpRequest, pk: int) -> HttpResponse:
    rows = Opportunity.objects.select_related("customer", "owner", "contact")
    return cell_view(OPPORTUNITIES, request, visible(request, rows, pk))
