"""What can be set of many customers, contacts and opportunities at once; each is changed by its own service."""

from typing import Any

from contacts.forms import ContactForm, CustomerForm, OpportunityForm
from contacts.lists import ContactList, CustomerList, OpportunityList
from contacts.models import Contact, Customer, Opportunity
from contacts.services import contact_edit, customer_edit, opportunity_edit
from salesflow.people.models import User
from salesflow.work.bulk_set import Settable, register_set


def _customer(record: Customer, by: User, values: dict[str, Any]) -> Customer:
    return customer_edit(customer=record, by=by, values=values)


def _contact(record: Contact, by: User, values: dict[str, Any]) -> Contact:
    return contact_edit(contact=record, by=by, values=values)


def _opportunity(record: Opportunity, by: User, values: dict[str, Any]) -> Opportunity:
    return opportunity_edit(opportunity=record, by=by, values=values)


CUSTOMERS = Settable(
    "customers", Customer, ("industry", "country", "region", "city"), CustomerForm, _customer
)
CONTACTS = Settable("contacts", Contact, ("title",), ContactForm, _contact)
OPPORTUNITIES = Settable("opportunities", Opportunity, ("expected_close",), OpportunityForm, _opportunity)


def register_all() -> None:
    register_set(CustomerList(), CUSTOMERS, allowed=lambda user: user.may("customers.edit"))
    register_set(ContactList(), CONTACTS, allowed=lambda user: user.may("contacts.edit"))
    register_set(OpportunityList(), OPPORTUNITIES, allowed=lambda user: user.may("opportunities.edit"))
