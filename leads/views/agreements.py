"""Pages of revenue-share agreements: what was agreed, and what it would pay."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from leads import policies
from leads.models import PartnerAgreement
from leads.partner_forms import AgreementForm, RevenueForm
from leads.services.agreements import agreement_change, agreement_create
from leads.shares import bands_of, share_of
from leads.views.partners import kept, visible_partner
from salesflow.lib.errors import require


def visible_agreement(request: HttpRequest, pk: int) -> PartnerAgreement:
    rows = PartnerAgreement.objects.visible_to(request.user).select_related("partner")  # type: ignore[arg-type]
    return get_object_or_404(rows, pk=pk)


@login_required
@require_safe
def agreement_page(request: HttpRequest, pk: int) -> HttpResponse:
    """The terms with their paper, and the share of a revenue that one types in."""
    agreement = visible_agreement(request, pk)
    terms, form = agreement.terms, RevenueForm(request.GET or None)
    revenue = form.cleaned_data["revenue"] if form.is_bound and form.is_valid() else None
    context = {
        "agreement": agreement,
        "tiers": terms.tiers,
        "form": form,
        "revenue": revenue,
        "bands": bands_of(revenue, terms) if revenue is not None else [],
        "share": share_of(revenue, terms) if revenue is not None else None,
        "may_edit": policies.can_edit_agreement(request.user) and agreement.archived_at is None,  # type: ignore[arg-type]
    }
    return render(request, "leads/agreement.html", context)


@login_required
def agreement_new(request: HttpRequest, pk: int) -> HttpResponse:
    partner = visible_partner(request, pk)
    require(policies.can_create_agreement(request.user))  # type: ignore[arg-type]
    form = AgreementForm(request.POST or None)
    return kept(
        request, form, _("New agreement"),
        lambda values: agreement_create(by=request.user, partner=partner, **values),  # type: ignore[arg-type]
        _("The agreement is entered. Add its paper as a file."), back=partner.get_absolute_url(),
    )  # fmt: skip


@login_required
def agreement_edit(request: HttpRequest, pk: int) -> HttpResponse:
    agreement = visible_agreement(request, pk)
    require(policies.can_edit_agreement(request.user))  # type: ignore[arg-type]
    return kept(
        request, AgreementForm.of(agreement, request.POST or None), _("Edit the agreement"),
        lambda values: agreement_change(agreement=agreement, by=request.user, **values),  # type: ignore[arg-type]
        _("The changes are saved."), back=agreement.get_absolute_url(),
    )  # fmt: skip
