"""Leads that may be one: the list of them, two side by side, merging them, keeping them apart, and taking it back."""

from typing import Any

from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from leads import policies
from leads.lists import STATUS_KINDS, DuplicatePairList
from leads.models import DuplicatePair, Lead
from leads.services.merge import lead_merge, lead_unmerge, merge_to_undo
from leads.services.merge.compare import fields_compared, kept_first, rows_to_move, visible_pair, warnings_of
from leads.services.merge.fields import CHOICES
from leads.services.pairs import pair_keep_apart, pair_of, pair_reopen, search_ask, search_last
from leads.views.detail import visible_lead
from salesflow.lib.errors import require
from salesflow.lib.lists.page import list_view
from salesflow.lib.web.toasts import toast
from salesflow.people.models import User

_LARGEST = 2**63 - 1


@login_required
def duplicate_list(request: HttpRequest) -> HttpResponse:
    user: User = request.user  # type: ignore[assignment]
    context = {"last": search_last(), "may_search": policies.can_search_duplicates(user)}
    return list_view(DuplicatePairList(), request, template="leads/duplicates.html", context=context)


@login_required
@require_POST
def duplicates_search(request: HttpRequest) -> HttpResponse:
    search_ask(by=request.user)  # type: ignore[arg-type]
    toast(request, _("All leads are being compared. The list is renewed in a few minutes."), "info")
    return redirect("leads:duplicates")


@login_required
def compare(request: HttpRequest, pk: int) -> HttpResponse:
    """Two leads side by side, this one kept; a POST merges them as chosen."""
    user: User = request.user  # type: ignore[assignment]
    lead = visible_lead(request, pk)
    if request.method == "POST":
        require(policies.can_merge(user, lead))
    elif "with" not in request.GET:
        return redirect(lead)
    lead, other = _both(request, lead)
    if request.method != "POST":
        return render(request, "leads/compare.html", _context(request, lead, other, {}))
    chosen = {name: request.POST[f"field-{name}"] for name in CHOICES if f"field-{name}" in request.POST}
    try:
        merge = lead_merge(lead=lead, duplicate=other, by=user, fields=chosen)
    except ValidationError as error:
        context = _context(request, lead, other, chosen) | {"error": " ".join(error.messages)}
        return render(request, "leads/compare.html", context, status=400)
    done = _("“%(other)s” is merged into “%(lead)s”.") % {"other": other, "lead": merge.lead}
    toast(request, done, undo=reverse("leads:unmerge", args=[lead.pk]))
    return _onward(request, lead)


def _both(request: HttpRequest, lead: Lead) -> tuple[Lead, Lead]:
    """This lead and the one it is compared with; 404 for one that is not there or not to be seen."""
    given = request.POST.get("with", "") or request.GET.get("with", "")
    if not (given.isascii() and given.isdigit()) or int(given[:20]) > _LARGEST:
        raise ValidationError(
            {"with": ValidationError(_("Say which two leads are compared."), code="required")}
        )
    if int(given) == lead.pk:
        raise ValidationError(
            {"with": ValidationError(_("A lead cannot be compared with itself."), code="same_lead")}
        )
    found = visible_pair(request.user, lead.pk, int(given))  # type: ignore[arg-type]
    if found is None:
        raise Http404
    return found


def _context(request: HttpRequest, lead: Lead, other: Lead, chosen: dict[str, str]) -> dict[str, Any]:
    user: User = request.user  # type: ignore[assignment]
    fields = [
        {"field": each, "side": chosen.get(each.name, each.side)} for each in fields_compared(lead, other)
    ]
    better, _worse = kept_first(lead, other)
    pair = pair_of(lead.pk, other.pk)
    may = policies.can_merge(user, lead) and policies.can_merge(user, other)
    return {
        "lead": lead,
        "other": other,
        "sides": [(lead, STATUS_KINDS[lead.status]), (other, STATUS_KINDS[other.status])],
        "different": [each for each in fields if not each["field"].is_same],
        "same": [each["field"] for each in fields if each["field"].is_same],
        "warnings": warnings_of(lead, other),
        "moves": rows_to_move(other),
        "pair": pair,
        "is_apart": pair is not None and pair.state == DuplicatePair.State.APART,
        "may_merge": may,
        "swap_is_better": better != lead,
        "queue": "queue" in request.GET or "queue" in request.POST,
        "swap": f"{reverse('leads:compare', args=[other.pk])}?with={lead.pk}",
    }


@login_required
@require_POST
def keep_apart(request: HttpRequest, pk: int) -> HttpResponse:
    """Say that two leads are not the same."""
    user: User = request.user  # type: ignore[assignment]
    lead = visible_lead(request, pk)
    require(policies.can_merge(user, lead))
    lead, other = _both(request, lead)
    pair_keep_apart(one=lead, other=other, by=user)
    undo = f"{reverse('leads:compare-again', args=[lead.pk])}?with={other.pk}"
    toast(request, _("Noted: not a duplicate. Nobody is asked about these two again."), undo=undo)
    return _onward(request, lead)


@login_required
@require_POST
def compare_again(request: HttpRequest, pk: int) -> HttpResponse:
    """Take back that two leads are not the same."""
    user: User = request.user  # type: ignore[assignment]
    lead = visible_lead(request, pk)
    require(policies.can_merge(user, lead))
    lead, other = _both(request, lead)
    pair = pair_of(lead.pk, other.pk)
    if pair is None:
        raise Http404
    pair_reopen(pair=pair, by=user)
    toast(request, _("Whether these two are one is open again."), "info")
    return redirect(f"{reverse('leads:compare', args=[lead.pk])}?with={other.pk}")


@login_required
@require_POST
def unmerge(request: HttpRequest, pk: int) -> HttpResponse:
    """Take the latest merge of this lead, or that of `duplicate`, apart again."""
    user: User = request.user  # type: ignore[assignment]
    lead = visible_lead(request, pk)
    require(policies.can_merge(user, lead))
    given = request.POST.get("duplicate", "")
    known = int(given) if given.isascii() and given.isdigit() and len(given) < 19 else None
    undone = lead_unmerge(merge=merge_to_undo(lead, duplicate_id=known), by=user)
    if undone.stayed:
        toast(
            request, _("The merge is undone. Fields that were changed since stayed as they are."), "warning"
        )
    else:
        toast(
            request,
            _("The merge is undone: “%(lead)s” is a lead of its own again.") % {"lead": undone.duplicate},
        )
    return redirect(lead)


def _onward(request: HttpRequest, lead: Lead) -> HttpResponse:
    """To the next pair of the queue for who works through it, else back to the lead."""
    if "queue" not in request.POST:
        still = Lead.objects.visible_to(request.user).filter(pk=lead.pk).exists()  # type: ignore[arg-type]
        return redirect(lead) if still else redirect("leads:list")
    rows = DuplicatePair.objects.visible_to(request.user).current()  # type: ignore[arg-type]
    following = rows.filter(state=DuplicatePair.State.OPEN).order_by("-score", "-id").first()
    if following is None:
        toast(request, _("No pair is left to be looked at."), "info")
        return redirect("leads:duplicates")
    return redirect(following)
