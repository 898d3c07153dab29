"""How the search box finds leads."""

from django.utils.translation import gettext_lazy as _

from leads.models import Lead
from leads.models.lead import SEARCHED
from leads.services.reveal import lead_veil
from salesflow.lib.search import search
from salesflow.lib.search_registry import Hit, Searched
from salesflow.lib.search_registry import register as register_search
from salesflow.people.models import User


def leads_found(user: User, query: str, limit: int) -> list[Hit]:
    """The leads one may see that contain the words: equal names first, then beginnings, then fragments."""
    rows = Lead.objects.visible_to(user).current()
    veil = lead_veil(user)
    rows = search(rows, query, fields=SEARCHED, column="searched__search", limit=limit, veil=veil)
    wanted = rows.select_related("owner").only("contact_name", "company_name", "status", "owner__name")
    return [_hit(lead) for lead in wanted]


def _hit(lead: Lead) -> Hit:
    note = lead.company_name if lead.contact_name else ""
    end = " · ".join(filter(None, [lead.get_status_display(), lead.owner.name if lead.owner else ""]))
    return Hit(id=lead.pk, title=str(lead), url=lead.get_absolute_url(), note=note, end=end)


def register() -> None:
    register_search(
        Searched("leads", _("Leads"), "user-search", find=leads_found, order=10, list_url_name="leads:list")
    )
