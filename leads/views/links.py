"""Links for the mails to a lead, from its page: made, shown and copied."""

from typing import Any

from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from leads import policies
from leads.link_forms import LinkForm
from leads.models import TrackedLink
from leads.services.links import sites_followed, tracked_link_make, tracked_links
from leads.views.detail import visible_lead
from salesflow.lib.errors import require
from salesflow.lib.web.forms import errors_to


@login_required
def lead_links(request: HttpRequest, pk: int) -> HttpResponse:
    """The links of a lead with their clicks, and a field for the page of one more; the drawer stays open to copy it."""
    lead = visible_lead(request, pk)
    user: Any = request.user
    require(policies.can_contact(user, lead))
    sites = sites_followed()
    form = LinkForm(request.POST or None, initial={"page_url": f"{sites[0]}/" if sites else ""})
    made: TrackedLink | None = None
    if request.method == "POST" and form.is_valid():
        try:
            made = tracked_link_make(lead=lead, by=user, **form.cleaned_data)
        except ValidationError as error:
            errors_to(form, error)
    links = tracked_links(lead=lead, user=user) if policies.can_see_path(user, lead) else []
    context = {
        "form": form,
        "lead": lead,
        "sites": sites,
        "made": made,
        "links": [link for link in links if link != made],
        "back": lead.get_absolute_url(),
    }
    return render(request, "leads/links.html", context, status=400 if form.errors else 200)
