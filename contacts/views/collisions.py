"""Pages of collisions: the list, a case with both sides beside each other, claiming, and the deeds on a case."""

from typing import Any

from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from contacts import policies
from contacts.collision_lists import COLLISION_KINDS, CollisionList
from contacts.collision_models import CollisionCase
from contacts.forms import ClaimForm, DecideForm, StatementForm
from contacts.models import Customer
from contacts.services.collisions import (
    SIDES,
    collision_decide,
    collision_open,
    collision_state,
    collision_withdraw,
    evidence_of,
    outcomes_barred,
)
from contacts.views.common import posted, visible
from leads.models import Lead
from leads.views.deeds import errors_to, show_form
from salesflow.lib.errors import Conflict, require
from salesflow.lib.lists.page import list_view
from salesflow.lib.web.toasts import toast


@login_required
def collision_list(request: HttpRequest) -> HttpResponse:
    return list_view(CollisionList(), request)


@login_required
@require_safe
def collision_page(request: HttpRequest, pk: int) -> HttpResponse:
    """Both sides beside each other for who decides, one's own for a party."""
    return render(request, "contacts/collision.html", _context(request, _visible(request, pk)))


def _visible(request: HttpRequest, pk: int) -> CollisionCase:
    rows = CollisionCase.objects.select_related(
        "holder", "claimant", "opened_by", "decided_by", "holder_lead", "holder_customer", "claimant_lead",
        "claimant_customer",
    )  # fmt: skip
    return visible(request, rows, pk)


def _context(request: HttpRequest, case: CollisionCase, **forms: Any) -> dict[str, Any]:
    user: Any = request.user
    is_open, evidence = case.state == CollisionCase.State.OPEN, evidence_of(case)
    own = case.side_of(user.pk)
    shown = [side for side in SIDES if policies.sees_side(user, case, side)]
    may_decide = is_open and policies.can_decide(user, case)
    may_state = is_open and policies.can_state(user, case)
    return {
        "case": case,
        "kind": COLLISION_KINDS[case.state],
        "sides": [
            {
                "name": side,
                "owner": getattr(case, side),
                "record": case.side(side),
                "statement": getattr(case, f"{side}_statement"),
                "evidence": evidence[side],
                "open": evidence[side].sums("open"),
                "won": evidence[side].sums("won"),
            }
            for side in shown
        ],
        "may_decide": may_decide,
        "may_withdraw": is_open and policies.can_withdraw(user, case),
        "decide": (forms.get("decide") or DecideForm(_barred(case))) if may_decide else None,
        "statement": (
            forms.get("statement") or StatementForm(initial={"statement": getattr(case, f"{own}_statement")})
        )
        if may_state
        else None,
    }


def _barred(case: CollisionCase) -> dict[str, Any]:
    return {outcome: conflict.message for outcome, conflict in outcomes_barred(case).items()}


@login_required
def collision_of_lead(request: HttpRequest, pk: int) -> HttpResponse:
    return _claim(request, visible(request, Lead.objects.select_related("owner"), pk))


@login_required
def collision_of_customer(request: HttpRequest, pk: int) -> HttpResponse:
    return _claim(request, visible(request, Customer.objects.select_related("owner"), pk))


def _claim(request: HttpRequest, record: Any) -> HttpResponse:
    """Claim the customer of one's own record, which somebody else has too."""
    user: Any = request.user
    require(policies.can_open_collision(user, record))
    form = ClaimForm(posted(request))
    if request.method == "POST" and form.is_valid():
        try:
            case = collision_open(record=record, by=user, reason=form.cleaned_data["reason"])
        except ValidationError as error:
            errors_to(form, error)
        except Conflict as conflict:
            form.add_error(None, ValidationError(conflict.message, code=conflict.code))
        else:
            toast(request, _("The case is opened. A manager of both decides."))
            return redirect(case)
    return show_form(
        request, form, _("This customer is mine too"), submit=_("Open the case"), back=record.get_absolute_url(),
        note=_("The other owner and whoever decides are told."),
    )  # fmt: skip


@login_required
@require_POST
def collision_say(request: HttpRequest, pk: int) -> HttpResponse:
    case, user = _visible(request, pk), request.user
    require(user.may("collisions.edit"))  # type: ignore[union-attr]
    form = StatementForm(request.POST)
    if not form.is_valid():
        return render(request, "contacts/collision.html", _context(request, case, statement=form), status=400)
    collision_state(case=case, by=user, statement=form.cleaned_data["statement"])  # type: ignore[arg-type]
    toast(request, _("Your statement is kept."))
    return redirect(case)


@login_required
@require_POST
def collision_settle(request: HttpRequest, pk: int) -> HttpResponse:
    case, user = _visible(request, pk), request.user
    require(user.may("collisions.decide"))  # type: ignore[union-attr]
    form = DecideForm(_barred(case), request.POST)
    if form.is_valid():
        try:
            collision_decide(case=case, by=user, **form.cleaned_data)  # type: ignore[arg-type]
        except ValidationError as error:
            errors_to(form, error)
        else:
            toast(request, _("The case is decided; both are told."))
            return redirect(case)
    return render(request, "contacts/collision.html", _context(request, case, decide=form), status=400)


@login_required
@require_POST
def collision_take_back(request: HttpRequest, pk: int) -> HttpResponse:
    case = collision_withdraw(case=_visible(request, pk), by=request.user)  # type: ignore[arg-type]
    toast(request, _("The claim is withdrawn."))
    return redirect(case)
