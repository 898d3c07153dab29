"""Deeds on several leads at once: one POST, an answer for each row."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from leads import policies
from leads.forms import AssignForm
from leads.lists import BY_RULES
from leads.models import Lead
from leads.services import Assigned, leads_assign, leads_auto_assign
from leads.services.claim import leads_claim
from salesflow.lib.errors import require
from salesflow.lib.lists.page import picked_ids
from salesflow.lib.web.toasts import toast
from salesflow.people.models import User
from salesflow.work.views.back import way_back

#: One request changes no more rows than this.
MOST = 200


@dataclass(frozen=True)
class Outcome:
    """One row of the answer: the lead, if it may be seen, and why nothing came of it."""

    lead: Lead | None
    refusal: str = ""


@login_required
@require_POST
def claim_many(request: HttpRequest) -> HttpResponse:
    """Claim the ticked leads, as many as the limits allow."""
    require(policies.can_claim(request.user))  # type: ignore[arg-type]
    ids = picked_ids(request, most=MOST)
    answers = leads_claim(lead_ids=ids, by=request.user, partial=True)  # type: ignore[arg-type]
    seen = _seen(request, ids)
    outcomes = [Outcome(seen.get(answer.lead_id), answer.message) for answer in answers]
    return _answer(
        request, _("Claim leads"), outcomes, reverse("leads:pool"),
        lambda number: ngettext("%(n)s lead is yours.", "%(n)s leads are yours.", number),
    )  # fmt: skip


@login_required
@require_POST
def assign_many(request: HttpRequest) -> HttpResponse:
    """Give the ticked leads to a person (`to`), or let the rules decide about each."""
    require(request.user.may("leads.assign"))  # type: ignore[union-attr]
    ids = picked_ids(request, most=MOST)
    seen = _seen(request, ids)
    mine = [id_ for id_ in ids if id_ in seen]
    if request.POST.get("to") == BY_RULES:
        answers = leads_auto_assign(lead_ids=mine, by=request.user)  # type: ignore[arg-type]
    else:
        answers = leads_assign(lead_ids=mine, by=request.user, owner=_person(request))  # type: ignore[arg-type]
    outcomes = [Outcome(answer.lead, _why(answer)) for answer in answers]
    outcomes += [Outcome(None, _("This lead is no longer yours to see.")) for id_ in ids if id_ not in seen]
    return _answer(
        request, _("Assign leads"), outcomes, way_back(request, reverse("leads:list")),
        lambda number: ngettext("%(n)s lead is assigned.", "%(n)s leads are assigned.", number),
    )  # fmt: skip


def _person(request: HttpRequest) -> User:
    form = AssignForm(request.user, {"owner": request.POST.get("to", "")})  # type: ignore[arg-type]
    if not form.is_valid():
        raise ValidationError(_("Choose whom the leads go to."), code="required")
    return form.cleaned_data["owner"]


def _why(answer: Assigned) -> str:
    if answer.refusal is None and answer.owner_id is None:
        return _("Nobody could take it now; it waits in the public pool.")
    return answer.message


def _seen(request: HttpRequest, ids: Iterable[int]) -> dict[int, Lead]:
    return Lead.objects.visible_to(request.user).defer("need").in_bulk(list(ids))  # type: ignore[arg-type]


def _answer(
    request: HttpRequest, title: str, outcomes: Sequence[Outcome], back: str, done: Callable[[int], str]
) -> HttpResponse:
    """Back with a toast when all went well; else a page that says of each lead what came of it."""
    good = [outcome for outcome in outcomes if not outcome.refusal]
    bad = [outcome for outcome in outcomes if outcome.refusal]
    words = done(len(good)) % {"n": len(good)}
    if not bad:
        toast(request, words)
        return redirect(back)
    context = {"title": title, "good": good, "bad": bad, "back": back, "done": words if good else ""}
    return render(request, "leads/bulk_result.html", context)
