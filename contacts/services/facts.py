"""What the app of leads asks about customers (its ports)."""

from collections.abc import Iterable

from contacts.models import Customer, LeadConversion, Opportunity
from leads.models import Lead
from leads.ports import Converted


def conversions_of(lead_ids: Iterable[int]) -> dict[int, Converted]:
    """What these leads became, for those that became something; one query."""
    rows = LeadConversion.objects.filter(lead_id__in=list(lead_ids))
    return {
        lead_id: Converted(customer, contact, opportunity)
        for lead_id, customer, contact, opportunity in rows.values_list(
            "lead_id", "customer_id", "contact_id", "opportunity_id"
        )
    }


def customer_owner_of(lead: Lead) -> int | None:
    """The active owner of the present customer with the lead's credit code, else with its company name."""
    owned = Customer.objects.current().filter(owner__is_active=True).order_by("pk")
    if lead.credit_code_key:
        owner = owned.filter(credit_code_key=lead.credit_code_key).values_list("owner_id", flat=True).first()
        if owner is not None:
            return owner
    if not lead.company_key:
        return None
    same = owned.filter(name_key=lead.company_key)
    if lead.credit_code_key:
        same = same.filter(credit_code_key=None)
    return same.values_list("owner_id", flat=True).first()


def leads_with_open_opportunity(lead_ids: Iterable[int]) -> set[int]:
    """Which of these leads were converted into an opportunity that is still open."""
    rows = LeadConversion.objects.filter(
        lead_id__in=list(lead_ids), opportunity__state=Opportunity.State.OPEN, opportunity__archived_at=None
    )
    return set(rows.values_list("lead_id", flat=True))
