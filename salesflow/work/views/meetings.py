"""Pages of meetings: planned, changed, called off, and the invitation as a file or by mail."""

from datetime import datetime, time
from typing import Any

from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from salesflow.lib.errors import require
from salesflow.lib.subjects import subject_of, type_of, visible_subjects
from salesflow.lib.web.downloads import as_attachment
from salesflow.lib.web.forms import MOMENT, errors_to
from salesflow.lib.web.toasts import toast
from salesflow.work import policies
from salesflow.work.meeting_forms import AnswerForm, MeetingForm
from salesflow.work.models import Meeting
from salesflow.work.services import (
    day_of,
    meeting_answer,
    meeting_cancel,
    meeting_change,
    meeting_file,
    meeting_invite,
    meeting_plan,
)
from salesflow.work.views.stale import change_tried
from salesflow.work.views.tasks import subject_named


def _visible(request: HttpRequest, pk: int) -> Meeting:
    rows = Meeting.objects.visible_to(request.user).select_related("organiser")  # type: ignore[arg-type]
    return get_object_or_404(rows, pk=pk, archived_at=None)


@login_required
def meeting_new(request: HttpRequest) -> HttpResponse:
    """A new meeting on the record named by `on` (leads.lead:12), whose person is its guest, or on none; on `day`."""
    require(request.user.may("tasks.create"))  # type: ignore[union-attr]
    subject = subject_named(request, request.GET.get("on", ""))
    form = MeetingForm(request.POST or None, initial=_at_first(request, subject))
    if request.method == "POST" and form.is_valid():
        try:
            meeting = meeting_plan(by=request.user, subject=subject, **form.values())  # type: ignore[arg-type]
        except ValidationError as error:
            errors_to(form, error)
        else:
            toast(request, _("“%(meeting)s” is planned.") % {"meeting": meeting})
            return redirect(meeting)
    back = subject_of(type_of(subject)).url(subject.pk) if subject is not None else reverse("calendar")
    context = {
        "form": form,
        "title": _("New meeting"),
        "submit": _("Plan it"),
        "subject": subject,
        "back": back,
    }
    return render(request, "work/task_new.html", context, status=400 if form.errors else 200)


def _at_first(request: HttpRequest, subject: Any) -> dict[str, Any]:
    found: dict[str, Any] = {}
    if day := request.GET.get("day", ""):
        found["starts_at"] = f"{datetime.combine(day_of(day), time(10)):{MOMENT}}"
    if subject is not None and policies.can_work_on(request.user, type_of(subject), subject):  # type: ignore[arg-type]
        found["guest_email"] = getattr(subject, "email", "")
        found["guest_name"] = getattr(subject, "contact_name", "") or str(subject)
    return found


@login_required
def meeting_page(request: HttpRequest, pk: int) -> HttpResponse:
    """One meeting, to be changed while it is planned; a stale change shows what the other wrote."""
    meeting = _visible(request, pk)
    may_edit = policies.can_edit_meeting(request.user, meeting)  # type: ignore[arg-type]
    require(may_edit or request.method != "POST")
    form = MeetingForm.of(meeting, request.POST or None)
    theirs: dict[str, Any] | None = {}
    if request.method == "POST" and form.is_valid():
        values, version = form.values(), form.cleaned_data["version"]
        theirs = change_tried(
            form,
            meeting,
            typed=values,
            change=lambda: meeting_change(
                meeting=meeting,
                by=request.user,
                expected_version=version,
                **values,  # type: ignore[arg-type]
            ),
        )
        if theirs is None:
            toast(request, _("The changes are saved."))
            return redirect(meeting)
    asked = meeting.guest_id == request.user.pk and meeting.told is not None
    named = (meeting.subject_type, meeting.subject_id)
    subject = visible_subjects(request.user, [named]).get(named)  # type: ignore[call-overload]
    context = {
        "meeting": meeting,
        "form": form,
        "theirs": theirs,
        "subject": subject,
        "subject_url": subject_of(type_of(subject)).url(subject.pk) if subject is not None else "",
        "may_edit": may_edit,
        "answer_form": AnswerForm(initial={"note": meeting.answer_note}) if asked else None,
        "answers": Meeting.Answer.choices,
        "open": meeting.state == Meeting.State.PLANNED,
    }
    return render(request, "work/meeting.html", context, status=400 if form.errors else 200)


@login_required
@require_POST
def meeting_asked(request: HttpRequest, pk: int) -> HttpResponse:
    meeting = meeting_invite(meeting=_visible(request, pk), by=request.user)  # type: ignore[arg-type]
    toast(request, _("The invitation is on its way to %(guest)s.") % {"guest": meeting.guest_email})
    return redirect(meeting)


@login_required
@require_POST
def meeting_answered(request: HttpRequest, pk: int) -> HttpResponse:
    """The answer of a guest who is one of us."""
    values = {"answer": request.POST.get("answer", ""), "note": request.POST.get("note", "")}
    meeting = meeting_answer(meeting=_visible(request, pk), by=request.user, **values)  # type: ignore[arg-type]
    toast(request, _("Your answer: %(answer)s") % {"answer": meeting.get_answer_display()})
    return redirect(meeting)


@login_required
@require_POST
def meeting_off(request: HttpRequest, pk: int) -> HttpResponse:
    meeting = meeting_cancel(meeting=_visible(request, pk), by=request.user)  # type: ignore[arg-type]
    toast(request, _("“%(meeting)s” is called off.") % {"meeting": meeting})
    return redirect(meeting)


@login_required
@require_safe
def meeting_download(request: HttpRequest, pk: int) -> HttpResponse:
    """The invitation as a file, to be sent by whatever way one likes."""
    meeting = _visible(request, pk)
    method = "REQUEST" if meeting.state == Meeting.State.PLANNED else "CANCEL"
    content = meeting_file(meeting=meeting, method=method)
    answer = HttpResponse(content, content_type=f"text/calendar; method={method}; charset=utf-8")
    return as_attachment(answer, f"{meeting.title}.ics")
