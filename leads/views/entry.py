"""Entering a lead by hand: what is known already is told while one types, and again before a second is made."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_safe

from leads import policies
from leads.forms import QuickLeadForm
from leads.models import Lead
from leads.services import duplicates_of, lead_create_with_photo
from leads.services.clean import draft_of
from leads.services.duplicates import Match
from leads.services.terms import policies_now
from leads.services.told import matches_told
from leads.views.card import card_form, card_taken, errors_shared, photo_aside, photo_of
from leads.views.deeds import show_form
from salesflow.lib.errors import Conflict, require
from salesflow.lib.uploads import Allowance, takes_files
from salesflow.lib.web import times
from salesflow.lib.web.toasts import toast
from salesflow.people.models import User
from salesflow.people.services import workspace

#: What likeness is found by.
TELLING = ("company_name", "contact_name", "phone", "mobile", "email")
SHOWN = 5


@dataclass
class Alike:
    """Leads like the one being entered: those one may see, with how like they are, and how many one may not."""

    seen: list[tuple[Lead, int]] = field(default_factory=list)
    hidden: int = 0


@takes_files(Allowance("FILE_MAX_BYTES", files=2))
@login_required
def lead_new(request: HttpRequest) -> HttpResponse:
    """Quick entry; a duplicate is shown and may be entered all the same. A business card fills in the form first."""
    user: User = request.user  # type: ignore[assignment]
    require(policies.can_create(user))
    if "read" in request.POST:
        return _show(request, **card_taken(request))
    form, card = QuickLeadForm(user, request.POST or None), card_form(request)
    if request.method != "POST":
        return _show(request, form=form, card=card)
    near = None
    if form.is_valid():
        try:
            lead = lead_create_with_photo(
                by=user,
                photo=photo_of(request),
                values=form.values(),
                via=Lead.EnteredVia.PAGE,
                assignment=form.cleaned_data["assignment"] or "rules",
                allow_duplicate="allow_duplicate" in request.POST,
            )
        except ValidationError as error:
            errors_shared(form, card, error)
        except Conflict as conflict:
            if conflict.code != "duplicate":
                raise
            ids = [match["id"] for match in conflict.extra["matches"]]
            near = _alike(user, [Match(id_, "") for id_ in ids if id_])
            near.hidden += sum(id_ is None for id_ in ids)
        else:
            return _entered(request, lead)
    kept = photo_aside(request, card)
    return _show(request, form=form, card=card, status=400, refused=near is not None, alike=near, kept=kept)


def _show(request: HttpRequest, *, form: QuickLeadForm, **context: Any) -> HttpResponse:
    return show_form(
        request, form, _("New lead"), submit=_("Create lead"), template="leads/new.html",
        note=_first_contact_note(), **context,
    )  # fmt: skip


def _entered(request: HttpRequest, lead: Lead) -> HttpResponse:
    user: User = request.user  # type: ignore[assignment]
    toast(request, _("“%(lead)s” is entered.") % {"lead": lead})
    if Lead.objects.visible_to(user).filter(pk=lead.pk).exists():
        return redirect(lead)
    return redirect("leads:list" if user.may("leads.view") else "home")


@login_required
@require_safe
def alike(request: HttpRequest) -> HttpResponse:
    """The part of the form that tells, while one types, whom one may be entering a second time."""
    user: User = request.user  # type: ignore[assignment]
    require(policies.can_create(user))
    found = duplicates_of(_draft(request.GET))
    # likeness to leads out of sight is not told; that the same person is known, is
    near = _alike(user, [*found.hard, *found.similar], counted=len(found.hard))
    return render(request, "leads/_alike.html", {"alike": near})


def _draft(typed: Mapping[str, str]) -> Lead:
    shared = workspace()
    values = {name: typed.get(name, "") for name in TELLING}
    return draft_of(values, region=shared.phone_region, base_currency=shared.base_currency).lead


def _alike(user: User, matches: list[Match], counted: int | None = None) -> Alike:
    """The matches one may know; of the first `counted`, or all, how many one may not."""
    told = matches_told(matches, user)
    shown = [(each.lead, each.match.score) for each in told if each.lead is not None]
    return Alike(shown[:SHOWN], sum(each.lead is None for each in told[:counted]))


def _first_contact_note() -> str:
    """How long whoever gets the lead has for the first contact; nothing where that depends on the grade."""
    limits = {policy.limit_seconds for policy in policies_now().values()}
    if len(limits) != 1:
        return ""
    seconds = limits.pop()
    if seconds % times.HOUR:
        return _("First contact due within %(time)s") % {"time": times.span(seconds)}
    hours = seconds // times.HOUR
    return ngettext("First contact due within %(n)s hour", "First contact due within %(n)s hours", hours) % {
        "n": hours
    }
