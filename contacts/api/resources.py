"""REST doors of customers, contacts and opportunities, and the crossing from leads to them."""

from typing import Any

from django.db.models import QuerySet

from contacts.api import shapes
from contacts.lists import ContactList, CustomerList, OpportunityList
from contacts.models import Contact, Customer, Opportunity
from contacts.services import (
    contact_archive,
    contact_create,
    contact_edit,
    contact_restore,
    customer_archive,
    customer_create,
    customer_edit,
    customer_restore,
    lead_convert,
    opportunity_archive,
    opportunity_create,
    opportunity_edit,
    opportunity_restore,
)
from contacts.services.credit import credit_split
from leads.api.leads import LeadResource
from leads.models import Lead
from salesflow.lib.api.records import Archiving, Changing, Creating, Records, deed, standard_rights
from salesflow.people.models import User
from salesflow.work.follow_api import Followed


class CustomerResource(Creating, Changing, Archiving, Followed, Records):
    """Companies (and private persons) sold to."""

    resource, spec, shape = "customers", CustomerList(), shapes.CustomerShape
    rights = standard_rights("customers")

    def add(self, *, by: User, allow_duplicate: bool = False, **values: Any) -> Customer:
        return customer_create(by=by, values=values, allow_duplicate=allow_duplicate)

    def change(self, record: Customer, *, by: User, allow_duplicate: bool = False, **values: Any) -> Customer:
        return customer_edit(customer=record, by=by, values=values, allow_duplicate=allow_duplicate)

    def archive(self, record: Customer, *, by: User) -> None:
        customer_archive(customer=record, by=by)

    def unarchive(self, record: Customer, *, by: User) -> None:
        customer_restore(customer=record, by=by)


class ContactResource(Creating, Changing, Archiving, Followed, Records):
    """The people at customers."""

    resource, spec, shape = "contacts", ContactList(), shapes.ContactShape
    new_shape = shapes.NewContactShape
    rights = standard_rights("contacts")

    def add(self, *, by: User, customer: Customer, **values: Any) -> Contact:
        return contact_create(customer=customer, by=by, values=values)

    def change(self, record: Contact, *, by: User, **values: Any) -> Contact:
        return contact_edit(contact=record, by=by, values=values)

    def archive(self, record: Contact, *, by: User) -> None:
        contact_archive(contact=record, by=by)

    def unarchive(self, record: Contact, *, by: User) -> None:
        contact_restore(contact=record, by=by)


class OpportunityResource(Creating, Changing, Archiving, Followed, Records):
    """Possible sales."""

    resource, spec, shape = "opportunities", OpportunityList(), shapes.OpportunityShape
    new_shape = shapes.NewOpportunityShape
    rights = standard_rights("opportunities")

    def for_shape(self, rows: QuerySet[Opportunity]) -> QuerySet[Opportunity]:
        return rows.select_related("owner").prefetch_related("credit_splits__user")

    def add(self, *, by: User, customer: Customer, **values: Any) -> Opportunity:
        return opportunity_create(customer=customer, by=by, values=values)

    def change(self, record: Opportunity, *, by: User, **values: Any) -> Opportunity:
        return opportunity_edit(opportunity=record, by=by, values=values)

    @deed("opportunities.split", body=shapes.CreditBody, path="credit-splits", method="put")
    def credit_splits(self, record: Opportunity, data: dict[str, Any]) -> None:
        """Split the credit among people, in percent that make 100; no parts leave it to the owner."""
        credit_split(opportunity=record, by=self.request.user, parts=data["parts"])

    def archive(self, record: Opportunity, *, by: User) -> None:
        opportunity_archive(opportunity=record, by=by)

    def unarchive(self, record: Opportunity, *, by: User) -> None:
        opportunity_restore(opportunity=record, by=by)


@deed("leads.convert", body=shapes.ConvertBody, status=201)
def convert(leads: LeadResource, record: Lead, data: dict[str, Any]) -> None:
    """Turn a lead into a customer and contact, with an opportunity if one is given."""
    lead_convert(lead=record, by=leads.request.user, **data)
