"""The lists of leads, the public pool and imports."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse

from leads.lists import LeadImportList, LeadList, PoolLeadList
from salesflow.lib.lists.page import list_view


@login_required
def lead_list(request: HttpRequest) -> HttpResponse:
    return list_view(LeadList(), request)


@login_required
def pool_list(request: HttpRequest) -> HttpResponse:
    return list_view(PoolLeadList(), request)


@login_required
def import_list(request: HttpRequest) -> HttpResponse:
    return list_view(LeadImportList(), request)
