"""Whether a company or person is a customer already, and making sure that only one of two deeds finds out “no”."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.db import connection

from contacts.models import Contact, Customer
from contacts.querysets import CustomerQuerySet
from leads.models import Lead
from salesflow.lib.text import company_key, domain_key, uscc_key


@dataclass(frozen=True)
class Identity:
    """What tells a customer from all others; None where nothing is known."""

    is_person: bool = False
    name_key: str | None = None
    credit_code_key: str | None = None
    email_key: str | None = None

    @classmethod
    def of_lead(cls, lead: Lead) -> "Identity":
        """A lead without a company is a private person, known again by e-mail alone."""
        is_person = not lead.company_name
        return cls(
            is_person=is_person,
            name_key=None if is_person else lead.company_key,
            credit_code_key=lead.credit_code_key,
            email_key=lead.email_key if is_person else None,
        )

    @classmethod
    def of_customer(cls, customer: Customer) -> "Identity":
        return cls(customer.is_person, customer.name_key, customer.credit_code_key)

    def keys(self) -> list[str]:
        parts = {"name": self.name_key, "code": self.credit_code_key, "email": self.email_key}
        return sorted(f"{kind} {key}" for kind, key in parts.items() if key)


def keys_set(customer: Customer) -> None:
    """Compute the normalised keys from what the customer is called now."""
    customer.name_key = None if customer.is_person else company_key(customer.name)
    customer.credit_code_key = uscc_key(customer.credit_code)
    customer.domain_key = domain_key(customer.website)


def identity_lock(identity: Identity) -> None:
    """Wait until nobody else is making or changing a customer of this identity; held until the transaction ends.

    A unique index cannot do this: customers may share a name when a person says so (`allow_duplicate`).
    """
    identities_lock([identity])


def identities_lock(identities: Iterable[Identity]) -> None:
    """As `identity_lock`, for many at once."""
    keys = sorted({key for identity in identities for key in Identity.keys(identity)})
    if not keys:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_advisory_xact_lock(hashtextextended('customer ' || key, 0)) FROM unnest(%s::text[]) AS key",
            [keys],
        )


def customer_known(identity: Identity) -> Customer | None:
    """`customer_like`, locked; to be asked after `identity_lock`."""
    return _first(identity, Customer.objects.select_for_update(of=("self",), no_key=True))


def customer_like(identity: Identity) -> Customer | None:
    """The present customer with the same credit code, else the oldest with the same company name.

    One of the same name whose credit code is known to be another is another company. A private person is found by
    the e-mail address of a contact.
    """
    return _first(identity, Customer.objects.all())


def _first(identity: Identity, customers: CustomerQuerySet) -> Customer | None:
    rows = customers.current().order_by("pk")
    if identity.credit_code_key:
        found = rows.filter(credit_code_key=identity.credit_code_key).first()
        if found is not None:
            return found
    if identity.name_key:
        same = rows.filter(name_key=identity.name_key)
        if identity.credit_code_key:
            same = same.filter(credit_code_key=None)
        return same.first()
    if identity.email_key:
        there = Contact.objects.filter(email_key=identity.email_key, archived_at=None).values("customer_id")
        return rows.filter(is_person=True, pk__in=there).first()
    return None
