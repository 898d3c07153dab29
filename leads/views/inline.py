"""Editing facts of a lead in place, in its lists and on its page."""

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_http_methods

from leads import policies
from leads.forms import LeadEditForm
from leads.lists import LeadList, PoolLeadList
from leads.models import Lead
from leads.services import lead_edit
from leads.services.reveal import masked_ids
from leads.views.detail import visible_lead
from salesflow.lib.lists.inline import Inline, cell_view
from salesflow.people.models import User


def _may(user: User, lead: Lead) -> bool:
    """Who may edit the lead and is shown all of it: half an address must not be saved as one."""
    return policies.can_edit(user, lead) and not masked_ids(user, [lead])


def _saved(lead: Lead, by: User, values: dict[str, Any], version: int | None) -> Lead:
    return lead_edit(lead=lead, by=by, values=values, expected_version=version)


LEADS = Inline((LeadList(), PoolLeadList()), may=_may, form=LeadEditForm.of, save=_saved)


@login_required
@require_http_methods(["GET", "POST"])
def lead_cell(request: HttpRequest, pk: int) -> HttpResponse:
    return cell_view(LEADS, request, visible_lead(request, pk))
