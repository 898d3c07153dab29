"""A form posted to as JSON by a script on a page of an allowed site."""

import json
from typing import Any

from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.translation import gettext as _

from leads.models import WebForm
from leads.web.submit import TRAP, Sent, form_submit, page_of
from salesflow.people.services import Throttled

#: More than a form can hold is not read.
MOST_BYTES = 64 * 1024
#: What may be said beside the fields the form asks; anything else is not taken, as of a form.
_TEXTS = ("page_url", "visitor")


def is_json(request: HttpRequest) -> bool:
    return request.method == "POST" and request.content_type == "application/json"


def before_posting(request: HttpRequest, form: WebForm) -> HttpResponse:
    """What a browser asks before it lets a page of another site send JSON."""
    return _to(request, form, HttpResponse(status=204))


def json_taken(request: HttpRequest, form: WebForm) -> HttpResponse:
    """201 once it is stored, the same for a person who is known; else `errors` by field, or `error`."""
    if request.headers.get("Origin", "") not in form.allowed_origins:
        return JsonResponse({"error": "origin"}, status=403)
    return _to(request, form, _taken(request, form))


def _taken(request: HttpRequest, form: WebForm) -> HttpResponse:
    length = request.META.get("CONTENT_LENGTH") or "0"
    if not length.isdecimal() or int(length) > MOST_BYTES:
        return JsonResponse({"error": "too_large"}, status=413)
    try:
        said = json.loads(request.body.decode())
    except (ValueError, RecursionError):
        return JsonResponse({"error": "no_json"}, status=400)
    try:
        form_submit(form=form, sent=_sent(request, form, said))
    except ValidationError as error:
        return JsonResponse({"errors": error.message_dict}, status=400)
    except Throttled as limit:
        return JsonResponse(
            {"error": "throttled"}, status=429, headers={"Retry-After": str(limit.retry_after)}
        )
    return JsonResponse({"result": "accepted"}, status=201)


def _sent(request: HttpRequest, form: WebForm, said: Any) -> Sent:
    """Reads the object strictly; raises ValidationError by field."""
    names = [item["name"] for item in form.fields]
    known = {**dict.fromkeys((*names, *_TEXTS, TRAP), str), "consent": bool}
    if not isinstance(said, dict):
        raise ValidationError({"form": ValidationError(_("A JSON object is needed here."), code="invalid")})
    wrong = {
        name: ValidationError(_("This cannot be read."), code="invalid")
        for name, kind in known.items()
        if not isinstance(said.get(name, kind()), kind)
    }
    if wrong:
        raise ValidationError(wrong)
    page_url, utm = page_of(said.get("page_url", ""))
    return Sent(
        values={name: said.get(name, "") for name in names},
        origin=request.headers["Origin"],
        address=request.META.get("REMOTE_ADDR", ""),
        user_agent=request.headers.get("User-Agent", ""),
        consented=said.get("consent", False),
        trapped=bool(said.get(TRAP)),
        page_url=page_url,
        visitor=said.get("visitor", ""),
        utm=utm,
    )


def _to(request: HttpRequest, form: WebForm, answer: HttpResponse) -> HttpResponse:
    """For the eyes of allowed sites only."""
    origin = request.headers.get("Origin", "")
    if origin in form.allowed_origins:
        answer.headers["Access-Control-Allow-Origin"] = origin
        answer.headers["Access-Control-Allow-Methods"] = "POST"
        answer.headers["Access-Control-Allow-Headers"] = "Content-Type"
        answer.headers["Access-Control-Max-Age"] = "600"
    answer.headers["Vary"] = "Origin"
    return answer
