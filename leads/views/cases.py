"""Example cases: the list, one of them, marking a won lead, and its review."""

from typing import Any

from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from leads import policies
from leads.forms import CaseForm, ReviewForm
from leads.lists import ExampleCaseList
from leads.models import ExampleCase, Lead
from leads.services.cases import case_archive, case_change, case_mark, case_restore, case_review
from leads.views.deeds import show_form
from leads.views.detail import visible_lead
from salesflow.lib.errors import require
from salesflow.lib.lists.page import list_view
from salesflow.lib.web.forms import errors_to
from salesflow.lib.web.toasts import toast


def visible_case(request: HttpRequest, pk: int) -> ExampleCase:
    rows = ExampleCase.objects.visible_to(request.user).select_related("lead", "lead__owner", "keeper")  # type: ignore[arg-type]
    return get_object_or_404(rows, pk=pk)


@login_required
def case_list(request: HttpRequest) -> HttpResponse:
    return list_view(ExampleCaseList(), request)


@login_required
@require_safe
def case_page(request: HttpRequest, pk: int) -> HttpResponse:
    case, user = visible_case(request, pk), request.user
    reviews = case.reviews.select_related("by").prefetch_related("actions__task__assignee").order_by("-pk")
    may_edit = policies.can_edit_case(user, case)  # type: ignore[arg-type]
    context = {
        "case": case,
        "reviews": reviews[:50],
        "lead_seen": Lead.objects.visible_to(user).filter(pk=case.lead_id).exists(),  # type: ignore[arg-type]
        "may_edit": may_edit and case.archived_at is None,
        "may_archive": policies.can_archive_case(user, case),  # type: ignore[arg-type]
    }
    return render(request, "leads/case.html", context)


@login_required
def case_new(request: HttpRequest, pk: int) -> HttpResponse:
    """Make an example of a won lead."""
    lead, user = visible_lead(request, pk), request.user
    require(policies.can_mark_case(user, lead))  # type: ignore[arg-type]
    form = CaseForm(request.POST or None, initial={"title": str(lead), "review_every_days": 90})
    return _kept(
        request, form, _("Mark as an example case"),
        lambda: case_mark(lead=lead, by=user, **form.cleaned_data), lead.get_absolute_url(),  # type: ignore[arg-type]
    )  # fmt: skip


@login_required
def case_edit(request: HttpRequest, pk: int) -> HttpResponse:
    case = visible_case(request, pk)
    require(policies.can_edit_case(request.user, case))  # type: ignore[arg-type]
    form = CaseForm(
        request.POST or None, initial={name: getattr(case, name) for name in CaseForm.base_fields}
    )
    return _kept(
        request, form, _("Edit the example case"),
        lambda: case_change(case=case, by=request.user, **form.cleaned_data), case.get_absolute_url(),  # type: ignore[arg-type]
    )  # fmt: skip


def _kept(request: HttpRequest, form: Any, title: str, act: Any, back: str) -> HttpResponse:
    if request.method == "POST" and form.is_valid():
        try:
            case = act()
        except ValidationError as error:
            errors_to(form, error)
        else:
            toast(request, _("The example case is kept."))
            return redirect(case)
    return show_form(request, form, title, back=back)


@login_required
def case_look_back(request: HttpRequest, pk: int) -> HttpResponse:
    """Note what a review came to, with up to three action items."""
    case = visible_case(request, pk)
    require(policies.can_edit_case(request.user, case))  # type: ignore[arg-type]
    form = ReviewForm(request.user, request.POST or None)  # type: ignore[arg-type]
    if request.method == "POST" and form.is_valid():
        try:
            case_review(
                case=case, by=request.user, summary=form.cleaned_data["summary"], actions=form.actions()
            )  # type: ignore[arg-type]
        except ValidationError as error:
            errors_to(form, error)
        else:
            toast(request, _("The review is noted."))
            return redirect(case)
    return show_form(
        request, form, _("Review the example case"), submit=_("Note the review"), back=case.get_absolute_url()
    )


@login_required
@require_POST
def case_put_away(request: HttpRequest, pk: int) -> HttpResponse:
    case_archive(case=visible_case(request, pk), by=request.user)  # type: ignore[arg-type]
    toast(request, _("The example case is archived."))
    return redirect("leads:cases")


@login_required
@require_POST
def case_bring_back(request: HttpRequest, pk: int) -> HttpResponse:
    return redirect(case_restore(case=visible_case(request, pk), by=request.user))  # type: ignore[arg-type]
