"""Who else has the customer that a lead or customer record is about."""

from collections.abc import Iterable

from django.db.models import Q

from contacts.models import Customer, LeadConversion
from contacts.services.known import Identity, customer_like
from leads.models import Lead
from leads.services.candidates import OPEN_STATES
from leads.services.duplicates import hard_matches, matches_of

Record = Lead | Customer


def rival_of(record: Record) -> Record | None:
    """The record of somebody else that is the same customer; of several the one that was there first.

    A lead meets the customer it became or would join, else a lead in work with the same hard key; a customer meets
    another of its identity, else a lead in work that would join it.
    """
    if record.owner_id is None:
        return None
    return _rival_of_lead(record) if isinstance(record, Lead) else _rival_of_customer(record)


def _rival_of_lead(lead: Lead) -> Record | None:
    became = LeadConversion.objects.filter(lead=lead).select_related("customer").first()
    customer = became.customer if became is not None else customer_like(Identity.of_lead(lead))
    if customer is not None and customer.owner_id not in (None, lead.owner_id):
        return customer
    matches = matches_of(lead, hard_matches([lead]))
    return _first_lead(Q(pk__in=[match.lead_id for match in matches]), lead.owner_id)


def _rival_of_customer(customer: Customer) -> Record | None:
    same = Q(pk=None)
    if customer.credit_code_key:
        same |= Q(credit_code_key=customer.credit_code_key)
    if customer.name_key:
        same |= Q(name_key=customer.name_key)
    others = Customer.objects.current().filter(same, owner__isnull=False).exclude(owner=customer.owner_id)
    found = others.exclude(pk=customer.pk).order_by("pk").first()
    return found or _first_lead(_joins(customer), customer.owner_id)


def _joins(customer: Customer) -> Q:
    """Leads that would join this customer when they are converted."""
    same = Q(pk=None)
    if customer.credit_code_key:
        same |= Q(credit_code_key=customer.credit_code_key)
    if customer.name_key:
        same |= Q(company_key=customer.name_key)
    return same


def _first_lead(same: Q, but: int | None) -> Lead | None:
    rows = Lead.objects.current().filter(same, status__in=OPEN_STATES).exclude(owner=but)
    return rows.order_by("owned_since", "pk").first()


def records_lock(records: Iterable[Record]) -> dict[str, Record]:
    """These records as they are now, by `kind id`, locked: customers before leads, each by their ids."""
    wanted = list(records)
    found: dict[str, Record] = {}
    for model in (Customer, Lead):
        ids = [record.pk for record in wanted if isinstance(record, model)]
        rows = model._default_manager.filter(pk__in=ids).order_by("pk")
        for record in rows.select_for_update(of=("self",), no_key=True):
            found[key_of(record)] = record
    return found


def key_of(record: Record) -> str:
    return f"{record._meta.label_lower} {record.pk}"
