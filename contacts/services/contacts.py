"""Making, editing and archiving the people at a customer."""

from collections.abc import Iterable
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from contacts import policies
from contacts.models import Contact, Customer
from contacts.services.change import (
    archived_set,
    changed_save,
    edit_data,
    external_lock,
    external_once,
    locked,
    values_set,
)
from salesflow.journal.services import record
from salesflow.lib.errors import Conflict, require
from salesflow.lib.text import email_key, phone_key
from salesflow.people.models import User
from salesflow.people.services import workspace

FIELDS = ("external_id", "name", "title", "email", "phone", "mobile")


@transaction.atomic
def contact_create(*, customer: Customer, by: User | None, values: dict[str, Any]) -> Contact:
    """Enter a person at a customer; raises ValidationError, PermissionDenied, Conflict("archived")."""
    external_lock(Contact, [values.get("external_id")])
    customer = locked(customer)
    require(by is None or policies.can_create_contact(by, customer))
    if customer.archived_at:
        raise Conflict("archived", _("This customer is archived."))
    contact = Contact(customer=customer)
    values_set(contact, values, FIELDS)
    reachable(contact, values)
    external_once(contact)
    contact.save(force_insert=True)
    record("contacts.contact_created", subject=contact, by=by, data={"customer": customer.pk})
    return contact


@transaction.atomic
def contact_edit(
    *,
    contact: Contact,
    by: User | None,
    values: dict[str, Any],
    expected_version: int | None = None,
    of_import: int | None = None,
) -> Contact:
    """Change what is known of a person; `of_import` names the import whose undoing this is.

    Raises ValidationError, PermissionDenied, Conflict("archived" | "stale_version").
    """
    external_lock(Contact, [values.get("external_id")])
    contact = locked(contact, expected_version)
    require(by is None or policies.can_edit_contact(by, contact))
    if contact.archived_at:
        raise Conflict("archived", _("This contact is archived."))
    changes = values_set(contact, values, FIELDS)
    if not changes:
        return contact
    reachable(contact, changes)
    if "external_id" in changes:
        external_once(contact)
    changed_save(contact, [*changes, "email_key"])
    data = edit_data(changes, of_import)
    record("contacts.contact_edited", subject=contact, by=by, changes=changes, data=data)
    return contact


@transaction.atomic
def contact_archive(*, contact: Contact, by: User | None) -> Contact:
    """Take a person out of the lists; archiving twice is no error."""
    contact = locked(contact)
    require(by is None or policies.can_archive_contact(by, contact))
    return archived_set(contact, archived=True, by=by, event="contacts.contact_archived")


@transaction.atomic
def contact_restore(*, contact: Contact, by: User | None) -> Contact:
    """Bring an archived person back."""
    contact = locked(contact)
    require(by is None or policies.can_archive_contact(by, contact))
    return archived_set(contact, archived=False, by=by, event="contacts.contact_restored")


def reachable(contact: Contact, given: Iterable[str]) -> None:
    """Bring the addresses just given into their one notation; those that are none are refused."""
    wrong = {}
    contact.email_key = email_key(contact.email)
    if "email" in given and contact.email and contact.email_key is None:
        wrong["email"] = ValidationError(_("This is no e-mail address."), code="invalid")
    for name in {"phone", "mobile"} & set(given):
        raw = getattr(contact, name)
        number = phone_key(raw, workspace().phone_region) if raw else ""
        if number is None:
            wrong[name] = ValidationError(_("This is no telephone number."), code="invalid")
        else:
            setattr(contact, name, number)
    if wrong:
        raise ValidationError(wrong)
