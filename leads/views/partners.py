"""Pages of partners: who refers leads to us, what was agreed, and which leads came from them."""

from collections.abc import Callable
from typing import Any

from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from leads import policies
from leads.lists import PartnerList
from leads.models import Lead, Nda, Partner, PartnerAgreement
from leads.partner_forms import NdaForm, PartnerForm
from leads.services.partners import partner_day, partners_creditable
from leads.views.deeds import show_form
from salesflow.lib.errors import require
from salesflow.lib.lists.page import list_view
from salesflow.lib.web.forms import errors_to
from salesflow.lib.web.toasts import toast
from salesflow.people.services import config_record_change, config_record_create
from salesflow.work.policies import can_import_list

RIGHTS = "partners"
SHOWN = 50


def visible_partner(request: HttpRequest, pk: int) -> Partner:
    rows = Partner.objects.visible_to(request.user).select_related("owner")  # type: ignore[arg-type]
    return get_object_or_404(rows, pk=pk)


def visible_nda(request: HttpRequest, pk: int) -> Nda:
    rows = Nda.objects.visible_to(request.user).select_related("partner")  # type: ignore[arg-type]
    return get_object_or_404(rows, pk=pk)


@login_required
def partner_list(request: HttpRequest) -> HttpResponse:
    context = {
        "may_enter": policies.can_create_partner(request.user),  # type: ignore[arg-type]
        "may_import": can_import_list(request.user, "partners"),  # type: ignore[arg-type]
    }
    return list_view(PartnerList(), request, template="leads/partners.html", context=context)


@login_required
@require_safe
def partner_page(request: HttpRequest, pk: int) -> HttpResponse:
    """Facts, agreements, and the leads one may see that are credited to it."""
    partner, user = visible_partner(request, pk), request.user
    leads = Lead.objects.visible_to(user).current().filter(partner=partner).select_related("owner")  # type: ignore[arg-type]
    context = {
        "partner": partner,
        "covered": bool(partners_creditable([pk])),
        "today": partner_day(),
        "ndas": partner.ndas.filter(archived_at=None).order_by("-signed_on", "-pk")[:SHOWN],
        "agreements": PartnerAgreement.objects.visible_to(user)  # type: ignore[arg-type]
        .filter(partner=partner, archived_at=None)
        .order_by("-valid_from", "-pk")[:SHOWN],
        "may_see_terms": user.may("partner_agreements.view"),  # type: ignore[union-attr]
        "may_agree": policies.can_create_agreement(user) and partner.archived_at is None,  # type: ignore[arg-type]
        "leads": leads.defer("need").order_by("-pk")[:SHOWN],
        "may_edit": policies.can_edit_partner(user, partner) and partner.archived_at is None,  # type: ignore[arg-type]
        "may_promise": policies.can_create_partner(user) and partner.archived_at is None,  # type: ignore[arg-type]
    }
    return render(request, "leads/partner.html", context)


@login_required
def partner_new(request: HttpRequest) -> HttpResponse:
    require(policies.can_create_partner(request.user))  # type: ignore[arg-type]
    form = PartnerForm(request.POST or None)
    return kept(
        request, form, _("New partner"),
        lambda values: config_record_create(Partner, by=request.user, rights=RIGHTS, **values),  # type: ignore[arg-type]
        _("The partner is entered."), back=reverse("leads:partners"),
    )  # fmt: skip


@login_required
def partner_edit(request: HttpRequest, pk: int) -> HttpResponse:
    partner = visible_partner(request, pk)
    require(policies.can_edit_partner(request.user, partner))  # type: ignore[arg-type]
    return kept(
        request, PartnerForm.of(partner, request.POST or None), _("Edit partner"),
        lambda values: config_record_change(partner, by=request.user, rights=RIGHTS, **values),  # type: ignore[arg-type]
        _("The changes are saved."), back=partner.get_absolute_url(),
    )  # fmt: skip


@login_required
@require_safe
def nda_page(request: HttpRequest, pk: int) -> HttpResponse:
    """What was promised, with its paper."""
    nda = visible_nda(request, pk)
    context = {
        "nda": nda,
        "in_force": Nda.objects.in_force(partner_day()).filter(pk=pk).exists(),
        "may_edit": policies.can_edit_partner(request.user, nda.partner) and nda.archived_at is None,  # type: ignore[arg-type]
    }
    return render(request, "leads/nda.html", context)


@login_required
def nda_new(request: HttpRequest, pk: int) -> HttpResponse:
    partner = visible_partner(request, pk)
    require(policies.can_create_partner(request.user))  # type: ignore[arg-type]
    return kept(
        request, NdaForm(request.POST or None), _("New non-disclosure agreement"),
        lambda values: config_record_create(Nda, by=request.user, rights=RIGHTS, partner=partner, **values),  # type: ignore[arg-type]
        _("The agreement is entered. Add its paper as a file."), back=partner.get_absolute_url(),
    )  # fmt: skip


@login_required
def nda_edit(request: HttpRequest, pk: int) -> HttpResponse:
    nda = visible_nda(request, pk)
    require(policies.can_edit_partner(request.user, nda.partner))  # type: ignore[arg-type]
    return kept(
        request, NdaForm.of(nda, request.POST or None), _("Edit the agreement"),
        lambda values: config_record_change(nda, by=request.user, rights=RIGHTS, **values),  # type: ignore[arg-type]
        _("The changes are saved."), back=nda.get_absolute_url(),
    )  # fmt: skip


def kept(
    request: HttpRequest,
    form: Form,
    title: str,
    act: Callable[[dict[str, Any]], Any],
    done: str,
    *,
    back: str = "",
) -> HttpResponse:
    """A form whose values one service takes; then the page of what it gave."""
    if request.method == "POST" and form.is_valid():
        try:
            made = act(form.cleaned_data)
        except ValidationError as error:
            errors_to(form, error)
        else:
            toast(request, done)
            return redirect(made)
    return show_form(request, form, title, back=back)
