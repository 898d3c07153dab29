"""What the app of leads asks about customers (its ports)."""

from collections.abc import Iterable, Sequence

from contacts.models import LeadConversion, Opportunity
from leads.models import Lead
from leads.ports import Converted
from salesflow.lib.prepared import Statement


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
    return customer_owners_of([lead])[0]


_OWNERS = Statement(
    """
    SELECT c.credit_code_key, c.name_key, c.owner_id FROM contacts_customer c JOIN people_user u ON u.id = c.owner_id
    WHERE (c.credit_code_key = ANY(%s) OR c.name_key = ANY(%s)) AND c.archived_at IS NULL AND u.is_active
    ORDER BY c.id DESC
    """
)


def customer_owners_of(leads: Sequence[Lead]) -> list[int | None]:
    """`customer_owner_of` many leads, stored or not, in their order; one query.

    As in `customer_known`, a company of the same name whose credit code is known to be another is another company.
    """
    codes = {lead.credit_code_key for lead in leads} - {None}
    names = {lead.company_key for lead in leads} - {None}
    if not codes and not names:
        return [None] * len(leads)
    by_code: dict[str, int] = {}
    by_name: dict[str, int] = {}
    by_name_alone: dict[str, int] = {}
    # the oldest is read last, and stays
    for code, name, owner in _OWNERS.rows(list(codes), list(names)):
        by_name[name] = owner
        if code is None:
            by_name_alone[name] = owner
        else:
            by_code[code] = owner
    found = []
    for lead in leads:
        named = by_name_alone if lead.credit_code_key else by_name
        found.append(by_code.get(lead.credit_code_key or "") or named.get(lead.company_key or ""))
    return found


def leads_with_open_opportunity(lead_ids: Iterable[int]) -> set[int]:
    """Which of these leads were converted into an opportunity that is still open."""
    rows = LeadConversion.objects.filter(
        lead_id__in=list(lead_ids), opportunity__state=Opportunity.State.OPEN, opportunity__archived_at=None
    )
    return set(rows.values_list("lead_id", flat=True))
