"""Pages of opportunities, and the crossing from a lead."""

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from contacts import policies
from contacts.forms import ConvertForm, OpportunityForm
from contacts.lists import OpportunityList
from contacts.models import Customer, Opportunity
from contacts.services import (
    lead_convert,
    opportunity_archive,
    opportunity_create,
    opportunity_edit,
    opportunity_restore,
)
from contacts.services.credit import credits_of
from contacts.services.known import Identity, customer_like
from contacts.views.common import edited, entered, list_with_import, older_entries, posted, visible, work_on
from leads.models import Lead
from salesflow.lib.errors import require
from salesflow.lib.recent import looked_at
from salesflow.lib.web.toasts import toast
from salesflow.work.services.custom_facts import custom_facts

STATE_KINDS = {"open": "info", "won": "ok", "lost": "neutral"}


@login_required
def opportunity_list(request: HttpRequest) -> HttpResponse:
    return list_with_import(OpportunityList(), request)


@login_required
@require_safe
def opportunity_page(request: HttpRequest, pk: int) -> HttpResponse:
    user = request.user
    rows = Opportunity.objects.select_related("customer", "contact", "owner").defer("search")
    rows = rows.prefetch_related("credit_splits__user")
    opportunity = visible(request, rows, pk)
    open_ = opportunity.archived_at is None
    looked_at(user, opportunity)
    return render(
        request,
        "contacts/opportunity.html",
        {
            "opportunity": opportunity,
            "custom": custom_facts("opportunities", opportunity.custom),
            "customer_seen": Customer.objects.visible_to(user).filter(pk=opportunity.customer_id).exists(),
            "state_kind": STATE_KINDS[opportunity.state],
            "credits": credits_of(opportunity),
            "may": {
                "edit": open_ and policies.can_edit_opportunity(user, opportunity),
                "split": open_ and policies.can_split_credit(user, opportunity, []),
                "archive": open_ and policies.can_archive_opportunity(user, opportunity),
                "restore": not open_ and policies.can_archive_opportunity(user, opportunity),
            },
            **work_on(request, opportunity, may_work=policies.can_edit_opportunity(user, opportunity)),
        },
    )


@login_required
@require_safe
def opportunity_timeline(request: HttpRequest, pk: int) -> HttpResponse:
    """Older entries, for the button at the end of the timeline."""
    return older_entries(request, visible(request, Opportunity.objects, pk))


@login_required
def opportunity_new(request: HttpRequest, pk: int) -> HttpResponse:
    customer = visible(request, Customer.objects, pk)
    require(policies.can_create_opportunity(request.user, customer))
    form = OpportunityForm(request.user, customer, posted(request))
    return entered(
        request, form, _("New opportunity"),
        lambda: opportunity_create(customer=customer, by=request.user, values=form.values()),
        done=_("The opportunity is opened."), back=customer.get_absolute_url(),
    )  # fmt: skip


@login_required
def opportunity_change(request: HttpRequest, pk: int) -> HttpResponse:
    opportunity = visible(request, Opportunity.objects.select_related("customer", "owner", "contact"), pk)
    require(policies.can_edit_opportunity(request.user, opportunity))
    form = OpportunityForm(request.user, opportunity.customer, posted(request), record=opportunity)
    return edited(
        request, form, _("Edit opportunity"),
        lambda: opportunity_edit(
            opportunity=opportunity, by=request.user, values=form.values(),
            expected_version=form.cleaned_data["version"],
        ),
        opportunity, back=opportunity.get_absolute_url(),
    )  # fmt: skip


@login_required
@require_POST
def opportunity_put_away(request: HttpRequest, pk: int) -> HttpResponse:
    opportunity = visible(request, Opportunity.objects, pk)
    opportunity_archive(opportunity=opportunity, by=request.user)
    toast(request, _("The opportunity is archived."), undo=reverse("contacts:opportunity-restore", args=[pk]))
    return redirect("contacts:opportunities")


@login_required
@require_POST
def opportunity_bring_back(request: HttpRequest, pk: int) -> HttpResponse:
    opportunity = visible(request, Opportunity.objects, pk)
    opportunity_restore(opportunity=opportunity, by=request.user)
    return redirect(opportunity)


@login_required
def convert(request: HttpRequest, pk: int) -> HttpResponse:
    """Turn a lead into a customer; says beforehand which customer it will join, if there is one."""
    user: Any = request.user
    lead = visible(request, Lead.objects.select_related("owner"), pk)
    if request.method != "POST":  # the service says why not
        require(policies.can_convert(user, lead))
    form = ConvertForm(lead, posted(request))
    known = customer_like(Identity.of_lead(lead))
    known_seen = known is not None and Customer.objects.visible_to(user).filter(pk=known.pk).exists()

    def act() -> Customer | Lead:
        made = lead_convert(lead=lead, by=user, opportunity=form.opportunity())
        seen = Customer.objects.visible_to(user).filter(pk=made.customer_id).first()
        return seen or Lead.objects.get(pk=lead.pk)

    return entered(
        request, form, _("Convert the lead"), act, done=_("The lead is converted."),
        back=lead.get_absolute_url(), submit=_("Convert"), template="contacts/convert.html", lead=lead,
        known=known, known_seen=known_seen,
    )  # fmt: skip
