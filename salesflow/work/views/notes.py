"""Writing on any record: what was said to somebody, or a note."""

from typing import Any

from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from salesflow.lib.subjects import subject_of, visible_subject
from salesflow.lib.web.forms import errors_to
from salesflow.lib.web.toasts import toast
from salesflow.work.forms import LogForm
from salesflow.work.services import activity_log, note_add


@login_required
@require_POST
def log_new(request: HttpRequest) -> HttpResponse:
    """Put a communication or a note on the record named by `subject_type` and `subject_id`, and go back there.

    What cannot be kept as it was typed is shown again with the reason. A stage whose contacts mean more than an
    entry, such as leads with their clocks, has a door of its own.
    """
    type_, id_ = request.POST.get("subject_type", ""), request.POST.get("subject_id", "")
    if not (id_.isascii() and id_.isdigit() and len(id_) < 19):
        raise Http404
    subject = visible_subject(request.user, type_, int(id_))
    form = LogForm(request.POST)
    if not form.is_valid():
        raise ValidationError(" ".join(str(each) for problems in form.errors.values() for each in problems))
    try:
        _write(request, form, subject)
    except ValidationError as error:
        errors_to(form, error)
        context = {"log": form, "subject": subject, "subject_type": type_, "subject_id": subject.pk}
        return render(request, "work/log_again.html", context, status=400)
    return redirect(subject_of(type_).url(subject.pk))


def _write(request: HttpRequest, form: LogForm, subject: Any) -> None:
    summary = form.cleaned_data["summary"]
    if form.is_note:
        note_add(subject=subject, by=request.user, body=summary)  # type: ignore[arg-type]
        toast(request, _("The note is kept."))
    else:
        said = {name: form.cleaned_data[name] for name in ("channel", "direction", "outcome")}
        activity_log(subject=subject, by=request.user, summary=summary, **said)  # type: ignore[arg-type]
        toast(request, _("It stands on the timeline."))
