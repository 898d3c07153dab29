"""Pages of customers and of the people there."""

from typing import Any

from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from contacts import policies
from contacts.forms import ContactForm, CustomerForm
from contacts.lists import ContactList, CustomerList
from contacts.models import Contact, Customer, Opportunity
from contacts.services import (
    contact_archive,
    contact_create,
    contact_edit,
    contact_restore,
    customer_archive,
    customer_create,
    customer_edit,
    customer_restore,
)
from contacts.views.common import edited, entered, list_with_import, older_entries, posted, visible, work_on
from salesflow.lib.errors import Conflict, require
from salesflow.lib.recent import looked_at
from salesflow.lib.web.toasts import toast
from salesflow.work.services.custom_facts import custom_facts

#: A page shows so many of each; the lists show all.
SHOWN = 50


@login_required
def customer_list(request: HttpRequest) -> HttpResponse:
    may = {"may_enter": policies.can_create_customer(request.user)}
    return list_with_import(CustomerList(), request, **may)


@login_required
def contact_list(request: HttpRequest) -> HttpResponse:
    return list_with_import(ContactList(), request)


@login_required
@require_safe
def customer_page(request: HttpRequest, pk: int) -> HttpResponse:
    """Facts, people, opportunities, what happened, what is next."""
    user = request.user
    customer = visible(request, Customer.objects.select_related("owner").defer("search"), pk)
    looked_at(user, customer)
    opportunities = Opportunity.objects.visible_to(user).filter(customer=customer, archived_at=None)
    leads = customer.conversions.filter(lead__in=_leads_seen(user)).select_related("lead").order_by("-pk")
    return render(
        request,
        "contacts/customer.html",
        {
            "customer": customer,
            "custom": custom_facts("customers", customer.custom),
            "contacts": customer.contacts.filter(archived_at=None).defer("search").order_by("name")[:SHOWN],
            "opportunities": opportunities.select_related("owner").order_by("-pk")[:SHOWN],
            "conversions": leads[:SHOWN],
            "may": _may(user, customer),
            **work_on(request, customer, may_work=policies.can_edit_customer(user, customer)),
        },
    )


def _leads_seen(user: Any) -> Any:
    from leads.models import Lead

    return Lead.objects.visible_to(user)


def _may(user: Any, customer: Customer) -> dict[str, bool]:
    """Which deeds to offer; the services decide."""
    open_ = customer.archived_at is None
    return {
        "edit": open_ and policies.can_edit_customer(user, customer),
        "archive": open_ and policies.can_archive_customer(user, customer),
        "restore": not open_ and policies.can_archive_customer(user, customer),
        "claim": open_ and policies.can_open_collision(user, customer),
        "add_contact": open_ and policies.can_create_contact(user, customer),
        "add_opportunity": open_ and policies.can_create_opportunity(user, customer),
    }


@login_required
@require_safe
def customer_timeline(request: HttpRequest, pk: int) -> HttpResponse:
    """Older entries, for the button at the end of the timeline."""
    return older_entries(request, visible(request, Customer.objects, pk))


@login_required
def customer_new(request: HttpRequest) -> HttpResponse:
    """Enter a customer; one that is known already is shown and may be entered all the same."""
    require(policies.can_create_customer(request.user))
    again = "allow_duplicate" in request.POST
    form = CustomerForm(request.user, posted(request))
    known: dict[str, list[Customer]] = {}

    def act() -> Customer:
        try:
            return customer_create(by=request.user, values=form.values(), allow_duplicate=again)
        except Conflict as conflict:
            if conflict.code != "duplicate":
                raise
            ids = [match["id"] for match in conflict.extra["matches"] if match["visible"]]
            known["matches"] = list(Customer.objects.filter(pk__in=ids).select_related("owner"))
            raise ValidationError(conflict.message, code="duplicate") from None

    return entered(
        request, form, _("New customer"), act, done=_("The customer is entered."),
        back=reverse("contacts:customers"), known=known, template="contacts/new.html",
    )  # fmt: skip


@login_required
def customer_change(request: HttpRequest, pk: int) -> HttpResponse:
    customer = visible(request, Customer.objects.select_related("owner"), pk)
    require(policies.can_edit_customer(request.user, customer))
    form = CustomerForm(request.user, posted(request), record=customer)
    return edited(
        request, form, _("Edit customer"),
        lambda: customer_edit(
            customer=customer, by=request.user, values=form.values(), expected_version=form.cleaned_data["version"]
        ),
        customer, back=customer.get_absolute_url(),
    )  # fmt: skip


@login_required
@require_POST
def customer_put_away(request: HttpRequest, pk: int) -> HttpResponse:
    customer = visible(request, Customer.objects, pk)
    customer_archive(customer=customer, by=request.user)
    toast(request, _("The customer is archived."), undo=reverse("contacts:customer-restore", args=[pk]))
    return redirect("contacts:customers")


@login_required
@require_POST
def customer_bring_back(request: HttpRequest, pk: int) -> HttpResponse:
    customer = visible(request, Customer.objects, pk)
    customer_restore(customer=customer, by=request.user)
    return redirect(customer)


@login_required
def contact_new(request: HttpRequest, pk: int) -> HttpResponse:
    customer = visible(request, Customer.objects, pk)
    require(policies.can_create_contact(request.user, customer))
    form = ContactForm(posted(request))
    return entered(
        request, form, _("New contact"),
        lambda: contact_create(customer=customer, by=request.user, values=form.values()),
        done=_("The contact is entered."), back=customer.get_absolute_url(),
    )  # fmt: skip


@login_required
def contact_change(request: HttpRequest, pk: int) -> HttpResponse:
    contact = visible(request, Contact.objects.select_related("customer"), pk)
    require(policies.can_edit_contact(request.user, contact))
    form = ContactForm(posted(request), record=contact)
    return edited(
        request, form, _("Edit contact"),
        lambda: contact_edit(
            contact=contact, by=request.user, values=form.values(), expected_version=form.cleaned_data["version"]
        ),
        contact, back=contact.get_absolute_url(),
    )  # fmt: skip


@login_required
@require_POST
def contact_put_away(request: HttpRequest, pk: int) -> HttpResponse:
    contact = visible(request, Contact.objects.select_related("customer"), pk)
    contact_archive(contact=contact, by=request.user)
    toast(request, _("The contact is archived."), undo=reverse("contacts:contact-restore", args=[pk]))
    return redirect(contact.customer)


@login_required
@require_POST
def contact_bring_back(request: HttpRequest, pk: int) -> HttpResponse:
    contact = visible(request, Contact.objects, pk)
    contact_restore(contact=contact, by=request.user)
    return redirect(contact)
