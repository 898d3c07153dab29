"""The lists of leads, the public pool, imports, and what came by web forms."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse

from leads import policies
from leads.lists import LeadImportList, LeadList, PoolLeadList, SubmissionList
from salesflow.lib.lists.page import list_view


def _offers(request: HttpRequest) -> dict[str, bool]:
    user = request.user
    return {"may_import": policies.can_import(user), "may_enter": policies.can_create(user)}  # type: ignore[arg-type]


@login_required
def lead_list(request: HttpRequest) -> HttpResponse:
    return list_view(LeadList(), request, template="leads/list.html", context=_offers(request))


@login_required
def pool_list(request: HttpRequest) -> HttpResponse:
    return list_view(PoolLeadList(), request)


@login_required
def import_list(request: HttpRequest) -> HttpResponse:
    return list_view(LeadImportList(), request, template="leads/imports.html", context=_offers(request))


@login_required
def submission_list(request: HttpRequest) -> HttpResponse:
    return list_view(SubmissionList(), request)
