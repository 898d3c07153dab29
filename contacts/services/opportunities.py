"""Making, editing and archiving opportunities."""

from typing import Any

from babel.numbers import is_currency
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from contacts import policies
from contacts.models import Customer, Opportunity
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
from salesflow.journal.services import record
from salesflow.lib.errors import Conflict, require
from salesflow.people.models import User
from salesflow.people.services import workspace

FIELDS = ("external_id", "name", "contact", "amount", "currency", "expected_close", "owner", "custom")


def opportunity_draft(
    *, customer: Customer, owner: User | None, values: dict[str, Any], allowed: tuple[str, ...] = FIELDS
) -> Opportunity:
    """An unsaved opportunity of checked values; an amount without a currency is in the workspace's."""
    opportunity = Opportunity(customer=customer, owner=owner)
    values_set(opportunity, values, allowed)
    checked(opportunity)
    return opportunity


@transaction.atomic
def opportunity_create(*, customer: Customer, by: User | None, values: dict[str, Any]) -> Opportunity:
    """Open an opportunity at a customer, owned by who opens it unless `owner` names another within his scope.

    Raises ValidationError, PermissionDenied, Conflict("archived").
    """
    external_lock(Opportunity, [values.get("external_id")])
    customer = locked(customer)
    require(by is None or policies.can_create_opportunity(by, customer))
    if customer.archived_at:
        raise Conflict("archived", _("This customer is archived."))
    owner = values.get("owner", by)
    owner_checked(by, "opportunities.create", owner)
    values = custom_read(Opportunity(), "opportunities", values, by)
    opportunity = opportunity_draft(customer=customer, owner=owner, values=values)
    external_once(opportunity)
    opportunity.save(force_insert=True)
    record("contacts.opportunity_created", subject=opportunity, by=by, data={"customer": customer.pk})
    return opportunity


@transaction.atomic
def opportunity_edit(
    *,
    opportunity: Opportunity,
    by: User | None,
    values: dict[str, Any],
    expected_version: int | None = None,
    of_import: int | None = None,
) -> Opportunity:
    """Change an opportunity (`FIELDS`); `of_import` names the import whose undoing this is.

    Raises ValidationError, PermissionDenied, Conflict("archived" | "stale_version").
    """
    external_lock(Opportunity, [values.get("external_id")])
    opportunity = locked(opportunity, expected_version)
    require(by is None or policies.can_edit_opportunity(by, opportunity))
    if opportunity.archived_at:
        raise Conflict("archived", _("This opportunity is archived."))
    if values.get("owner", opportunity.owner) != opportunity.owner:
        owner_checked(by, "opportunities.edit", values["owner"])
    changes = values_set(opportunity, custom_read(opportunity, "opportunities", values, by), FIELDS)
    if not changes:
        return opportunity
    checked(opportunity)
    if "external_id" in changes:
        external_once(opportunity)
    changed_save(opportunity, {*changes, "currency"})
    record(
        "contacts.opportunity_edited",
        subject=opportunity,
        by=by,
        changes=changes,
        data=edit_data(changes, of_import),
    )
    return opportunity


@transaction.atomic
def opportunity_archive(*, opportunity: Opportunity, by: User | None) -> Opportunity:
    """Take an opportunity out of the lists; archiving twice is no error."""
    opportunity = locked(opportunity)
    require(by is None or policies.can_archive_opportunity(by, opportunity))
    return archived_set(opportunity, archived=True, by=by, event="contacts.opportunity_archived")


@transaction.atomic
def opportunity_restore(*, opportunity: Opportunity, by: User | None) -> Opportunity:
    """Bring an archived opportunity back."""
    opportunity = locked(opportunity)
    require(by is None or policies.can_archive_opportunity(by, opportunity))
    return archived_set(opportunity, archived=False, by=by, event="contacts.opportunity_restored")


def checked(opportunity: Opportunity) -> None:
    """Refuse the person of another customer and a currency that is none; an amount gets a currency."""
    if opportunity.contact is not None and opportunity.contact.customer_id != opportunity.customer_id:
        raise ValidationError(
            {
                "contact": ValidationError(
                    _("This contact belongs to another customer."), code="other_customer"
                )
            }
        )
    opportunity.currency = opportunity.currency.upper()
    if opportunity.amount is not None and not opportunity.currency:
        opportunity.currency = workspace().base_currency
    if opportunity.currency and not is_currency(opportunity.currency):
        raise ValidationError({"currency": ValidationError(_("This is no known currency."), code="unknown")})
