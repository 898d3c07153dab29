"""Where a guest answers an invitation without signing in: whoever holds the link of his mail."""

from datetime import timedelta
from zoneinfo import ZoneInfo

from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_http_methods

from salesflow.lib.errors import Conflict
from salesflow.lib.web.forms import errors_to
from salesflow.people.services import Throttled, throttle, workspace
from salesflow.work.meeting_forms import AnswerForm
from salesflow.work.models import Meeting
from salesflow.work.services import meeting_answer_by_link, meeting_by_link

#: Answers to one meeting in an hour.
ANSWERS = 20


@login_not_required
@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
@sensitive_variables("token")
def meeting_reply(request: HttpRequest, token: str) -> HttpResponse:
    """What one is invited to, and what one answered; by POST the answer. Looking changes nothing.

    The link alone vouches for who answers, and no cookie: mail programs show pages without any.
    """
    meeting = meeting_by_link(token)
    if meeting is None:
        return _private(render(request, "work/meeting_reply_gone.html", status=404))
    form = AnswerForm(request.POST or None, initial={"note": meeting.answer_note})
    status, refusal, headers = 200, "", {}
    if request.method == "POST":
        status = 400
        if form.is_valid():
            try:
                throttle(f"meeting-answer:{meeting.pk}", limit=ANSWERS, window=timedelta(hours=1))
                meeting_answer_by_link(meeting=meeting, **form.cleaned_data)
                return _private(redirect(request.path))
            except ValidationError as error:
                errors_to(form, error)
            except Throttled as limit:
                status, refusal, headers = 429, str(limit.message), {"Retry-After": str(limit.retry_after)}
            except Conflict as conflict:
                status, refusal = 409, str(conflict.message)
    zone = workspace().time_zone
    context = {
        "meeting": meeting,
        "form": form,
        "answers": Meeting.Answer.choices,
        "zone": zone,
        "over": meeting.ends_at <= timezone.now(),
        "refusal": refusal,
    }
    with timezone.override(ZoneInfo(zone)):
        response = render(request, "work/meeting_reply.html", context, status=status)
    for name, value in headers.items():
        response.headers[name] = value
    return _private(response)


def _private(response: HttpResponse) -> HttpResponse:
    """The address is a secret: it is told to no search engine."""
    response.headers["X-Robots-Tag"] = "noindex, nofollow"
    return response
