"""Making, editing and archiving customers."""

from copy import copy
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from contacts import policies
from contacts.models import Customer
from contacts.services.change import (
    archived_set,
    changed_save,
    custom_read,
    edit_data,
    external_lock,
    external_once,
    locked,
    owner_checked,
    values_set,
)
from contacts.services.known import Identity, identity_lock, keys_set
from salesflow.journal.services import record
from salesflow.lib.errors import Conflict, require
from salesflow.people.models import User

FIELDS = (
    "external_id",
    "name",
    "is_person",
    "credit_code",
    "industry",
    "country",
    "region",
    "city",
    "website",
    "owner",
    "custom",
)
KEYS = ("name_key", "credit_code_key", "domain_key")


@transaction.atomic
def customer_create(*, by: User | None, values: dict[str, Any], allow_duplicate: bool = False) -> Customer:
    """Enter a customer, owned by who enters it unless `owner` names another within his scope.

    Raises ValidationError, PermissionDenied, and Conflict("duplicate") when the credit code is known, or the company
    name unless `allow_duplicate`.
    """
    require(by is None or policies.can_create_customer(by))
    values = {"owner": by, **values}
    owner_checked(by, "customers.create", values.get("owner"))
    customer = Customer()
    values_set(customer, custom_read(customer, "customers", values, by), FIELDS)
    keys_checked(customer)
    external_lock(Customer, [customer.external_id])
    external_once(customer)
    _once(customer, by, allow_duplicate)
    customer.save(force_insert=True)
    record("contacts.customer_created", subject=customer, by=by)
    if allow_duplicate and customer_of_name(customer):
        record("contacts.customer_entered_again", subject=customer, by=by)
    return customer


@transaction.atomic
def customer_edit(
    *,
    customer: Customer,
    by: User | None,
    values: dict[str, Any],
    expected_version: int | None = None,
    allow_duplicate: bool = False,
    of_import: int | None = None,
) -> Customer:
    """Change facts of a customer (`FIELDS`); `expected_version` is the one the editor saw.

    `of_import` names the import whose undoing this is.

    Raises ValidationError, PermissionDenied, Conflict("archived" | "duplicate" | "stale_version").
    """
    external_lock(Customer, [values.get("external_id")])
    _identity_lock_ahead(customer, values)
    customer = locked(customer, expected_version)
    require(by is None or policies.can_edit_customer(by, customer))
    if customer.archived_at:
        raise Conflict("archived", _("This customer is archived."))
    if values.get("owner", customer.owner) != customer.owner:
        owner_checked(by, "customers.edit", values["owner"])
    before = Identity.of_customer(customer)
    changes = values_set(customer, custom_read(customer, "customers", values, by), FIELDS)
    if not changes:
        return customer
    keys_checked(customer, "credit_code" in changes)
    if "external_id" in changes:
        external_once(customer)
    if Identity.of_customer(customer) != before:
        _once(customer, by, allow_duplicate)
    changed_save(customer, [*changes, *KEYS])
    data = edit_data(changes, of_import)
    record("contacts.customer_edited", subject=customer, by=by, changes=changes, data=data)
    return customer


@transaction.atomic
def customer_archive(*, customer: Customer, by: User | None) -> Customer:
    """Take a customer out of the lists; archiving twice is no error. Nothing of it is destroyed."""
    customer = locked(customer)
    require(by is None or policies.can_archive_customer(by, customer))
    return archived_set(customer, archived=True, by=by, event="contacts.customer_archived")


@transaction.atomic
def customer_restore(*, customer: Customer, by: User | None) -> Customer:
    """Bring an archived customer back; Conflict("duplicate") when its credit code has been entered anew."""
    customer = locked(customer)
    require(by is None or policies.can_archive_customer(by, customer))
    if customer.archived_at:
        _once(customer, by, allow_duplicate=True)
    return archived_set(customer, archived=False, by=by, event="contacts.customer_restored")


def customer_of_name(customer: Customer) -> bool:
    """Whether there is another present customer of this name."""
    same = Customer.objects.current().filter(name_key=customer.name_key).exclude(pk=customer.pk)
    return customer.name_key is not None and same.exists()


def _identity_lock_ahead(customer: Customer, values: dict[str, Any]) -> None:
    """Wait for the identity the edit leads to before the row is locked, as those do who enter and convert."""
    wanted = copy(customer)
    for name in ("name", "is_person", "credit_code", "website"):
        if name in values:
            setattr(wanted, name, values[name])
    if any(name in values for name in ("name", "is_person", "credit_code")):
        keys_set(wanted)
        identity_lock(Identity.of_customer(wanted))


def keys_checked(customer: Customer, code_is_new: bool = True) -> None:
    """Compute the keys; raises ValidationError for a credit code that is none."""
    keys_set(customer)
    if code_is_new and customer.credit_code and customer.credit_code_key is None:
        raise ValidationError(
            {"credit_code": ValidationError(_("This is no valid credit code."), code="invalid")}
        )


def _once(customer: Customer, by: User | None, allow_duplicate: bool) -> None:
    """Refuse a second customer of one identity; what the asker may not see is named without its id."""
    identity_lock(Identity.of_customer(customer))
    same = Q(pk=None)
    if customer.credit_code_key:
        same |= Q(credit_code_key=customer.credit_code_key)
    if customer.name_key and not allow_duplicate:
        same |= Q(name_key=customer.name_key)
    ids = list(
        Customer.objects.current().filter(same).exclude(pk=customer.pk).values_list("pk", flat=True)[:10]
    )
    if not ids:
        return
    seen = set(ids) if by is None else set(
        Customer.objects.visible_to(by).filter(pk__in=ids).values_list("pk", flat=True)
    )  # fmt: skip
    matches = [{"id": pk if pk in seen else None, "visible": pk in seen} for pk in ids]
    raise Conflict("duplicate", _("There is such a customer already."), {"matches": matches})
