"""Writing a note on any record."""

from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from salesflow.lib.subjects import subject_of, visible_subject
from salesflow.lib.web.toasts import toast
from salesflow.work.services import note_add
from salesflow.work.views.back import way_back


@login_required
@require_POST
def note_new(request: HttpRequest) -> HttpResponse:
    """Put a note (`body`) on the record named by `subject_type` and `subject_id`, and go back there."""
    type_, id_ = request.POST.get("subject_type", ""), request.POST.get("subject_id", "")
    if not (id_.isascii() and id_.isdigit() and len(id_) < 19):
        raise Http404
    try:
        subject = visible_subject(request.user, type_, int(id_))
        note_add(subject=subject, by=request.user, body=request.POST.get("body", ""))  # type: ignore[arg-type]
    except ValidationError as error:
        toast(request, " ".join(error.messages), "error")
        return redirect(way_back(request))
    return redirect(subject_of(type_).url(subject.pk))
