"""A lead becomes a customer, a contact there and, if wanted, an opportunity."""

from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from contacts import policies
from contacts.models import Contact, Customer, LeadConversion, Opportunity
from contacts.services.known import Identity, customer_known, identity_lock, keys_set
from contacts.services.opportunities import opportunity_draft
from leads.models import Lead, Ownership
from leads.services.contact import refuse_expired
from leads.services.decide import Decision
from leads.services.first_contact import first_contact_met
from leads.services.place import follow_ups_drop, leads_place
from salesflow.clocks.services import database_now
from salesflow.journal.services import EventDraft, notify, record_many
from salesflow.lib.errors import Conflict, require
from salesflow.lib.records import touched
from salesflow.people.models import User
from salesflow.work.services.custom_values import CustomKinds, custom_carried, custom_kinds

OPPORTUNITY_FIELDS = ("name", "amount", "currency", "expected_close")
CONVERTIBLE = (Lead.Status.NEW, Lead.Status.ASSIGNED, Lead.Status.CONTACTED, Lead.Status.QUALIFIED)


@transaction.atomic
def lead_convert(*, lead: Lead, by: User | None, opportunity: dict[str, Any] | None = None) -> LeadConversion:
    """Turn a lead into a customer and contact, with an opportunity (`OPPORTUNITY_FIELDS`) if one is given.

    A customer with the same credit code or company name is linked, not doubled; two conversions of one company at
    the same moment make one customer. The lead keeps its owner, who also owns what is made; one without an owner
    (only managers of its pool may convert it) goes to who converts it. Converting counts as the first contact.
    Custom fields go to those of the same key of what is made; required ones that the lead lacks are asked for when
    somebody edits it.

    Raises ValidationError, PermissionDenied, Conflict("already_converted" | "invalid_transition" | "archived" |
    "clock_expired" | "changed_meanwhile").
    """
    # the lock order is customer before lead: who the customer is, is read first and looked at again under lock
    identity = Identity.of_lead(Lead.objects.get(pk=lead.pk))
    identity_lock(identity)
    customer = customer_known(identity)
    # not joined with the owner: a lead that changes hands while one waits for it would come without any
    lead = Lead.objects.select_for_update(no_key=True).get(pk=lead.pk)
    _check_right(lead, by)
    _check_state(lead)
    if Identity.of_lead(lead) != identity:
        raise Conflict("changed_meanwhile", _("The lead was changed at this moment. Look at it again."))
    linked = customer is not None
    owner = lead.owner or by
    kinds = custom_kinds("customers", by=by)
    customer = _adopted(customer, owner) if customer else _customer_made(lead, identity, owner, kinds)
    contact, contact_is_new = _contact_of(lead, customer)
    made = None
    if opportunity is not None:
        made = _opportunity_made(
            lead, customer, contact, owner, opportunity, custom_kinds("opportunities", by=by)
        )
    _lead_closed(lead, by)
    conversion = LeadConversion.objects.create(
        lead=lead, customer=customer, contact=contact, opportunity=made, linked_customer=linked, by=by
    )
    _tell(conversion, by, contact_is_new)
    return conversion


def _check_right(lead: Lead, by: User | None) -> None:
    """Who may not is told why: the clock took the lead from him, or it waits in the pool for being claimed."""
    if by is None or policies.can_convert(by, lead):
        return
    if lead.in_pool:
        refuse_expired(lead, by)
    require(False, _("This lead is in the public pool: claim it first.") if lead.in_pool else None)


def _check_state(lead: Lead) -> None:
    if lead.status == Lead.Status.CONVERTED:
        raise Conflict("already_converted", _("This lead has been converted already."))
    if lead.archived_at or lead.merged_into_id:
        raise Conflict("archived", _("This lead is archived."))
    if lead.status not in CONVERTIBLE:
        raise Conflict(
            "invalid_transition", _("A disqualified lead must be reopened before it is converted.")
        )


def _adopted(customer: Customer, owner: User | None) -> Customer:
    """A known customer; one that nobody owns goes to the lead's owner."""
    if customer.owner_id is None and owner is not None:
        customer.owner = owner
        Customer.objects.filter(pk=customer.pk).update(owner=owner, **touched())
    return customer


def _customer_made(lead: Lead, identity: Identity, owner: User | None, kinds: CustomKinds) -> Customer:
    customer = Customer(
        name=lead.company_name or lead.contact_name,
        is_person=identity.is_person,
        credit_code=lead.credit_code,
        industry=lead.industry,
        country=lead.country,
        region=lead.region,
        city=lead.city,
        website=lead.website,
        owner=owner,
        custom={**kinds.defaults, **custom_carried(lead.custom, kinds=kinds, held={})},
    )
    keys_set(customer)
    customer.save(force_insert=True)
    return customer


def _contact_of(lead: Lead, customer: Customer) -> tuple[Contact | None, bool]:
    """The person of the lead, known at the customer by e-mail or made; none when there is neither name nor address."""
    if lead.email_key:
        present = customer.contacts.filter(archived_at=None, email_key=lead.email_key)
        known = present.order_by("pk").first()
        if known is not None:
            return known, False
    if not (lead.contact_name or lead.email or lead.phone or lead.mobile):
        return None, False
    contact = Contact.objects.create(
        customer=customer,
        name=lead.contact_name or lead.company_name[:120],
        title=lead.title,
        email=lead.email,
        phone=lead.phone,
        mobile=lead.mobile,
        email_key=lead.email_key,
    )
    return contact, True


def _opportunity_made(
    lead: Lead,
    customer: Customer,
    contact: Contact | None,
    owner: User | None,
    values: dict[str, Any],
    kinds: CustomKinds,
) -> Opportunity:
    try:
        made = opportunity_draft(customer=customer, owner=owner, values=values, allowed=OPPORTUNITY_FIELDS)
    except ValidationError as error:
        wrong = {f"opportunity.{name}": problems for name, problems in error.error_dict.items()}
        raise ValidationError(wrong) from None
    made.contact = contact
    made.custom = {**kinds.defaults, **custom_carried(lead.custom, kinds=kinds, held={})}
    made.save(force_insert=True)
    return made


def _lead_closed(lead: Lead, by: User | None) -> None:
    """Out of every pool and every deadline, with its owner; converted. What was planned for the lead is called off."""
    if lead.owner_id is None and by is not None:
        decision = Decision.to_owner(by, code="converted")
        leads_place([(lead, decision)], via=Ownership.Via.ASSIGN, by=by, now=database_now(), tell=False)
    first_contact_met(lead, by=by, via="convert")
    Lead.objects.filter(pk=lead.pk).update(
        status=Lead.Status.CONVERTED,
        converted_at=Now(),
        idle_due_at=None,
        next_follow_up_at=None,
        **touched(),
    )
    follow_ups_drop([lead.pk])


def _tell(conversion: LeadConversion, by: User | None, contact_is_new: bool) -> None:
    by_id = getattr(by, "pk", None)
    lead_id, customer = conversion.lead_id, conversion.customer
    made = [] if conversion.linked_customer else [("customer", customer.pk)]
    made += [("contact", conversion.contact_id)] if contact_is_new else []
    made += [("opportunity", conversion.opportunity_id)] if conversion.opportunity_id else []
    told = {
        "customer": customer.pk,
        "contact": conversion.contact_id,
        "opportunity": conversion.opportunity_id,
        "linked_customer": conversion.linked_customer,
    }
    record_many(
        [EventDraft("contacts.lead_converted", "leads.lead", lead_id, by_id, told)]
        + [
            EventDraft(f"contacts.{kind}_created", f"contacts.{kind}", pk, by_id, {"lead": lead_id})
            for kind, pk in made
        ]
        + (
            [
                EventDraft(
                    "contacts.customer_joined", "contacts.customer", customer.pk, by_id, {"lead": lead_id}
                )
            ]
            if conversion.linked_customer
            else []
        )
    )
    if conversion.linked_customer and customer.owner and customer.owner_id != by_id:
        notify(
            [customer.owner],
            "contacts.lead_joined_customer",
            subject=customer,
            params={"customer": customer.name, "lead": lead_id},
            key=f"lead_converted:{lead_id}",
        )
