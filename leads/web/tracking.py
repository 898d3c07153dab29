"""The doors of the tracking script, for strangers: its text, and where it sends views to."""

import json
from collections.abc import Callable
from functools import wraps
from pathlib import Path

from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST, require_safe

from leads.models import WebForm
from leads.querysets import FOLLOWING_VISITS
from leads.web.visits import views_take
from salesflow.people.services import Throttled

#: Ten views need less.
MOST_BYTES = 32 * 1024
SCRIPT = (Path(__file__).parent / "visits.js").read_bytes()
Page = Callable[[HttpRequest, WebForm], HttpResponse]


def _tracked(page: Page) -> Callable[[HttpRequest, str], HttpResponse]:
    """Open to strangers while the form is active and follows visits."""

    @wraps(page)
    def shown(request: HttpRequest, token: str) -> HttpResponse:
        form = get_object_or_404(WebForm, FOLLOWING_VISITS, token=token)
        return page(request, form)

    return login_not_required(shown)


@require_safe
@_tracked
def tracking_script(request: HttpRequest, form: WebForm) -> HttpResponse:
    answer = HttpResponse(SCRIPT, content_type="text/javascript; charset=utf-8")
    answer.headers["Cache-Control"] = "public, max-age=3600"
    answer.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    return answer


@csrf_exempt
@require_POST
@_tracked
def tracking_views(request: HttpRequest, form: WebForm) -> HttpResponse:
    """One batch, from a page of an allowed site; 204 once it is stored, or when the browser asks not to be followed."""
    origin = request.headers.get("Origin", "")
    if origin not in form.allowed_origins:
        return _fault(403, "origin")
    answer = _taken(request, form)
    answer.headers["Access-Control-Allow-Origin"] = origin
    answer.headers["Vary"] = "Origin"
    return answer


def _taken(request: HttpRequest, form: WebForm) -> HttpResponse:
    if request.headers.get("DNT") == "1" or request.headers.get("Sec-GPC") == "1":
        return HttpResponse(status=204)
    length = request.META.get("CONTENT_LENGTH") or "0"
    if not length.isdecimal() or int(length) > MOST_BYTES or len(request.body) > MOST_BYTES:
        return _fault(413, "too_large")
    try:
        sent = json.loads(request.body)
    except (ValueError, RecursionError):
        return _fault(400, "no_json")
    try:
        views_take(form=form, sent=sent, address=request.META.get("REMOTE_ADDR", ""))
    except ValidationError as error:
        return _fault(400, next(iter(error.message_dict)))
    except Throttled as limit:
        answer = _fault(429, "throttled")
        answer.headers["Retry-After"] = str(limit.retry_after)
        return answer
    return HttpResponse(status=204)


def _fault(status: int, code: str) -> HttpResponse:
    return JsonResponse({"error": code}, status=status)
