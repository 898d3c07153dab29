"""What people do with a lead, from its page: each parses, calls one service and goes back."""

from collections.abc import Callable
from typing import Any

from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from leads import policies
from leads.forms import AssignForm, DisqualifyForm, LeadEditForm, ReturnForm, VerifyForm
from leads.models import Lead
from leads.services import (
    lead_archive,
    lead_assign,
    lead_auto_assign,
    lead_claim,
    lead_disqualify,
    lead_edit,
    lead_log_contact,
    lead_qualify,
    lead_reopen,
    lead_restore,
    lead_return,
    lead_verify,
)
from leads.services.claim import lead_for_claim
from leads.services.reveal import contacts_reveal
from leads.services.verify import can_verify, checklist_now
from leads.views.detail import lead_context, visible_lead
from salesflow.lib.errors import Conflict, require
from salesflow.lib.web.forms import chosen_said, errors_to
from salesflow.lib.web.toasts import toast
from salesflow.people.models import User
from salesflow.work.forms import LogForm
from salesflow.work.services import note_add

Allowed = Callable[[User, Lead], bool]


def show_form(request: HttpRequest, form: Form, title: str, **context: Any) -> HttpResponse:
    status = context.pop("status", 400 if form.errors else 200)
    template = context.pop("template", "form_page.html")
    return render(request, template, {"form": form, "title": title, **context}, status=status)


@login_required
def lead_change(request: HttpRequest, pk: int) -> HttpResponse:
    """Edit the facts; a stale edit shows what the other wrote beside what was typed."""
    lead = visible_lead(request, pk)
    require(policies.can_edit(request.user, lead))  # type: ignore[arg-type]
    form = LeadEditForm.of(lead, request.user, request.POST if request.method == "POST" else None)  # type: ignore[arg-type]
    theirs: dict[str, Any] = {}
    if request.method == "POST" and form.is_valid():
        try:
            lead_edit(
                lead=lead,
                by=request.user,  # type: ignore[arg-type]
                values=form.values(),
                expected_version=form.cleaned_data["version"],
            )
        except ValidationError as error:
            errors_to(form, error)
        except Conflict as conflict:
            form.add_error(None, ValidationError(conflict.message, code=conflict.code))
            if conflict.code == "stale_version":
                theirs = _theirs(form, Lead.objects.get(pk=lead.pk))
        else:
            toast(request, _("The changes are saved."))
            return redirect(lead)
    return show_form(
        request, form, _("Edit lead"), back=lead.get_absolute_url(), theirs=theirs, template="leads/edit.html"
    )


def _theirs(form: LeadEditForm, lead: Lead) -> dict[str, Any]:
    """Label -> present value, where it differs from what was typed; the form then holds the present version."""
    now = LeadEditForm.shown(lead)
    form.data = form.data.copy()
    form.data["version"] = lead.version
    return {
        str(field.label): chosen_said(field, now[name])
        for name, field in form.fields.items()
        if name != "version" and _typed(now[name]) != _typed(_sent(form.data, name, now[name]))
    }


def _sent(data: Any, name: str, now: Any) -> Any:
    return data.getlist(name) if isinstance(now, list) else data.get(name)


def _typed(value: Any) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else str(getattr(value, "pk", value) or "")


def _deed(
    request: HttpRequest,
    pk: int,
    may: Allowed,
    form: Form,
    title: str,
    act: Any,
    done: str,
    *,
    submit: str = "",
) -> HttpResponse:
    """A form for one deed, offered to those who may do it; of a lead that was lost meanwhile the service tells more."""
    lead = visible_lead(request, pk)
    if request.method != "POST" or not form.is_valid():
        require(may(request.user, lead))  # type: ignore[arg-type]
    if request.method == "POST" and form.is_valid():
        try:
            act(lead)
        except ValidationError as error:
            errors_to(form, error)
        else:
            toast(request, done)
            still = Lead.objects.visible_to(request.user).filter(pk=pk).exists()  # type: ignore[arg-type]
            return redirect(lead) if still else redirect("leads:list")
    return show_form(request, form, title, submit=submit or title, back=lead.get_absolute_url(), lead=lead)


@login_required
def lead_contact(request: HttpRequest, pk: int) -> HttpResponse:
    """Log what was said with the next follow-up, or a note; the form stands on the page of the lead."""
    lead = visible_lead(request, pk)
    if request.method != "POST":
        return redirect(f"{lead.get_absolute_url()}#log")
    form = LogForm(request.POST, follows_up=True)
    if form.is_valid():
        try:
            done = _logged(request, lead, form)
        except ValidationError as error:
            errors_to(form, error)
        else:
            toast(request, done)
            still = Lead.objects.visible_to(request.user).filter(pk=pk).exists()  # type: ignore[arg-type]
            return redirect(lead) if still else redirect("leads:list")
    return render(request, "leads/lead.html", lead_context(request, lead, form), status=400)


def _logged(request: HttpRequest, lead: Lead, form: LogForm) -> str:
    said = dict(form.cleaned_data)
    if form.is_note:
        note_add(subject=lead, by=request.user, body=said["summary"])  # type: ignore[arg-type]
        return _("The note is kept.")
    lead_log_contact(lead=lead, by=request.user, **said)  # type: ignore[arg-type]
    return _("The contact is logged.")


@login_required
def lead_give(request: HttpRequest, pk: int) -> HttpResponse:
    form = AssignForm(request.user, request.POST or None)  # type: ignore[arg-type]
    return _deed(
        request, pk, policies.can_assign, form, _("Assign"),
        lambda lead: lead_assign(lead=lead, by=request.user, **form.cleaned_data),  # type: ignore[arg-type]
        _("The lead is assigned."),
    )  # fmt: skip


@login_required
def lead_give_back(request: HttpRequest, pk: int) -> HttpResponse:
    form = ReturnForm(request.user, request.POST or None)  # type: ignore[arg-type]
    return _deed(
        request, pk, policies.can_return, form, _("Return to the public pool"),
        lambda lead: lead_return(
            lead=lead, by=request.user, reason=form.reason_text(), pool=form.cleaned_data.get("pool")  # type: ignore[arg-type]
        ),
        _("The lead is back in the public pool."), submit=_("Return"),
    )  # fmt: skip


@login_required
def lead_out(request: HttpRequest, pk: int) -> HttpResponse:
    form = DisqualifyForm(request.POST or None)
    return _deed(
        request, pk, policies.can_disqualify, form, _("Disqualify"),
        lambda lead: lead_disqualify(lead=lead, by=request.user, **form.cleaned_data),  # type: ignore[arg-type]
        _("The lead is disqualified."),
    )  # fmt: skip


@login_required
def lead_check(request: HttpRequest, pk: int) -> HttpResponse:
    """Note the result of one item of the checklist; the form opens on the one that was asked for."""
    checklist = checklist_now()
    form = VerifyForm(checklist.items, request.POST or None, initial={"item": request.GET.get("item", "")})
    return _deed(
        request, pk, lambda user, lead: can_verify(user, lead, checklist), form, _("Verify the lead"),
        lambda lead: lead_verify(lead=lead, by=request.user, **form.cleaned_data),  # type: ignore[arg-type]
        _("The result is noted."), submit=_("Note the result"),
    )  # fmt: skip


@login_required
@require_POST
def claim(request: HttpRequest, pk: int) -> HttpResponse:
    """Take a lead out of the pool; who lost the race is told who was faster, kindly."""
    lead = lead_for_claim(lead_id=pk, by=request.user)  # type: ignore[arg-type]
    lead_claim(lead=lead, by=request.user)  # type: ignore[arg-type]
    toast(request, _("“%(lead)s” is yours.") % {"lead": lead})
    return redirect(lead)


@login_required
@require_POST
def reveal(request: HttpRequest, pk: int) -> HttpResponse:
    """Show the contact details of a lead whose pool masks them."""
    lead = visible_lead(request, pk)
    require(policies.can_claim(request.user))  # type: ignore[arg-type]
    contacts_reveal(lead=lead, by=request.user)  # type: ignore[arg-type]
    return redirect(lead)


@login_required
@require_POST
def auto_assign(request: HttpRequest, pk: int) -> HttpResponse:
    lead = visible_lead(request, pk)
    lead_auto_assign(lead=lead, by=request.user)  # type: ignore[arg-type]
    toast(request, _("The rules have decided."))
    return redirect(lead)


@login_required
@require_POST
def qualify(request: HttpRequest, pk: int) -> HttpResponse:
    lead = visible_lead(request, pk)
    lead_qualify(lead=lead, by=request.user)  # type: ignore[arg-type]
    toast(request, _("The lead is qualified."))
    return redirect(lead)


@login_required
@require_POST
def reopen(request: HttpRequest, pk: int) -> HttpResponse:
    lead = visible_lead(request, pk)
    lead_reopen(lead=lead, by=request.user)  # type: ignore[arg-type]
    toast(request, _("The lead is new again and waits in the public pool."))
    still = Lead.objects.visible_to(request.user).filter(pk=pk).exists()  # type: ignore[arg-type]
    return redirect(lead) if still else redirect("leads:list")


@login_required
@require_POST
def archive(request: HttpRequest, pk: int) -> HttpResponse:
    lead = visible_lead(request, pk)
    lead_archive(lead=lead, by=request.user)  # type: ignore[arg-type]
    toast(request, _("“%(lead)s” is archived.") % {"lead": lead}, undo=reverse("leads:restore", args=[pk]))
    return redirect("leads:list")


@login_required
@require_POST
def restore(request: HttpRequest, pk: int) -> HttpResponse:
    lead = visible_lead(request, pk)
    lead_restore(lead=lead, by=request.user)  # type: ignore[arg-type]
    return redirect(lead)
