"""Splitting the credit for an opportunity on a page."""

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from contacts import policies
from contacts.credit_forms import CreditForm
from contacts.models import Opportunity
from contacts.services.credit import credit_split
from contacts.views.common import edited, posted, visible
from salesflow.lib.errors import require


@login_required
def opportunity_credit(request: HttpRequest, pk: int) -> HttpResponse:
    """Who gets which part; empty lines count for nothing, and without any it is the owner's alone."""
    user: Any = request.user
    opportunity = visible(request, Opportunity.objects.select_related("customer", "owner"), pk)
    require(policies.can_split_credit(user, opportunity, []))
    form = CreditForm(user, opportunity, posted(request))
    return edited(
        request, form, _("Split the credit"),
        lambda: credit_split(
            opportunity=opportunity, by=user, parts=form.parts(), expected_version=form.cleaned_data["version"]
        ),
        opportunity, back=opportunity.get_absolute_url(),
    )  # fmt: skip
