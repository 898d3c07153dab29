"""Who may do what with customers, contacts and opportunities: pure questions, asked by services and templates."""

from contacts.models import Contact, Customer, Opportunity
from leads import policies as lead_policies
from leads.models import Lead
from salesflow.people.models import User


def _within(user: User, right: str, owner_id: int | None) -> bool:
    """Whether a record of this owner lies within the scope of the right; one without an owner only within all."""
    if not user.may(right):
        return False
    people = user.people_in_scope[user.scope(right)]
    return people is None or (owner_id is not None and owner_id in people)


def can_convert(user: User, lead: Lead) -> bool:
    """The lead's owner and those above him; a lead that waits in a pool: who manages that pool.

    Reps claim first: converting straight out of the pool would go round the claim limits.
    """
    return lead_policies.can_change_status(user, lead, "leads.convert")


def can_create_customer(user: User) -> bool:
    return user.may("customers.create")


def can_edit_customer(user: User, customer: Customer) -> bool:
    return _within(user, "customers.edit", customer.owner_id)


def can_archive_customer(user: User, customer: Customer) -> bool:
    return _within(user, "customers.archive", customer.owner_id)


def can_own(user: User, right: str, owner_id: int | None) -> bool:
    """Whether `user` may put a record into the hands of this person: oneself, or people within his scope."""
    return _within(user, right, owner_id)


def can_create_contact(user: User, customer: Customer) -> bool:
    return _within(user, "contacts.create", customer.owner_id)


def can_edit_contact(user: User, contact: Contact) -> bool:
    """People are worked on by whoever works on their customer."""
    return _within(user, "contacts.edit", contact.customer.owner_id)


def can_archive_contact(user: User, contact: Contact) -> bool:
    return _within(user, "contacts.archive", contact.customer.owner_id)


def can_create_opportunity(user: User, customer: Customer) -> bool:
    """At a customer of one's own, or of those one leads."""
    return _within(user, "opportunities.create", customer.owner_id)


def can_edit_opportunity(user: User, opportunity: Opportunity) -> bool:
    return _within(user, "opportunities.edit", opportunity.owner_id)


def can_archive_opportunity(user: User, opportunity: Opportunity) -> bool:
    return _within(user, "opportunities.archive", opportunity.owner_id)
