"""Error pages. They ask nothing of the database, so that they work when it does not."""

from http import HTTPStatus

from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from salesflow.lib.web.toasts import toast_header


def problem(request: HttpRequest, status: int, detail: str = "") -> HttpResponse:
    """The page of an error status; to htmx a toast with the same words, to programs a problem document."""
    if not is_page(request):
        return _document(status, detail)
    if request.headers.get("HX-Request"):
        text = detail or _titles().get(status, _("Something went wrong."))
        return toast_header(HttpResponse(status=status), [{"text": text, "kind": "error", "undo": ""}])
    return render(request, f"{status}.html", {"detail": detail}, status=status)


def _document(status: int, detail: str) -> HttpResponse:
    """The fault of what never reached the REST doors, in their form (RFC 9457)."""
    phrase = HTTPStatus(status).phrase
    code = phrase.lower().replace(" ", "_")
    body = {
        "type": f"urn:salesflow:problem:{code}",
        "title": phrase,
        "status": status,
        "detail": detail or HTTPStatus(status).description or phrase,
        "code": code,
    }
    return JsonResponse(body, status=status, content_type="application/problem+json")


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return problem(request, 413 if isinstance(exception, RequestDataTooBig) else 400)


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return problem(request, 403, str(exception or ""))


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return problem(request, 404)


def too_many(request: HttpRequest, detail: str = "", retry_after: int = 60) -> HttpResponse:
    """To be answered by doors that throttle; `retry_after` is in seconds."""
    response = problem(request, 429, detail)
    response["Retry-After"] = str(retry_after)
    return response


def broken(request: HttpRequest) -> HttpResponse:
    return problem(request, 500)


def busy(request: HttpRequest) -> HttpResponse:
    """The database is away or somebody holds the rows: worth another try in a moment."""
    response = problem(request, 503)
    response["Retry-After"] = "3"
    return response


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """A form whose page was open too long or whose cookies were cleared."""
    return problem(
        request,
        403,
        _("This page was open for too long, or cookies are switched off. Load it again and retry."),
    )


def _titles() -> dict[int, str]:
    return {
        400: _("The server did not understand that."),
        403: _("You may not do this."),
        404: _("This is not here, or you may not see it."),
        413: _("That is more than can be sent at once."),
        429: _("Too many tries. Wait a moment."),
        500: _("Something went wrong on our side. Nothing was lost that was saved."),
        503: _("The system is busy. Try again in a moment."),
    }


def is_page(request: HttpRequest) -> bool:
    """Whether people read the answer; the REST surface tells its errors itself."""
    return not request.path.startswith(tuple(settings.NO_PAGE_PATHS))
