"""What holds for every page: headers, the reader's language and zone, faults told kindly."""

import zoneinfo
from collections.abc import Callable
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.messages import get_messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import InterfaceError, OperationalError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils import timezone, translation
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _

from salesflow.lib.errors import Conflict
from salesflow.lib.web import errors, ports
from salesflow.lib.web.context import address
from salesflow.lib.web.toasts import toast, toast_header, told

Answer = Callable[[HttpRequest], HttpResponse]

#: Scripts and styles from our own files only, nothing inline, no framing.
OWN_POLICY = (
    "default-src 'self'; img-src 'self' data: blob:; object-src 'none'; base-uri 'self'; "
    "form-action 'self'; frame-ancestors 'none'"
)
#: The admin and the API browser are third-party pages with inline scripts; they too load nothing from elsewhere.
THIRD_PARTY_POLICY = (
    "default-src 'self'; script-src 'self' 'unsafe-inline' 'unsafe-eval'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data: blob:; font-src 'self' data:; worker-src 'self' blob:; object-src 'none'; "
    "base-uri 'self'; form-action 'self'; frame-ancestors 'none'"
)
#: PostgreSQL: lock timeout, statement timeout, serialization failure, deadlock.
BUSY_CODES = {"55P03", "57014", "40001", "40P01"}


class SecurityHeaders:
    """Content policy by kind of page, and no page with private content in any cache. A view's own header stays."""

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        third_party = request.path.startswith(tuple(settings.THIRD_PARTY_PAGES))
        response.headers.setdefault(
            "Content-Security-Policy", THIRD_PARTY_POLICY if third_party else OWN_POLICY
        )
        response.headers.setdefault("X-Content-Type-Options", "nosniff")
        response.headers.setdefault("Referrer-Policy", "same-origin")
        response.headers.setdefault("Permissions-Policy", "camera=(self), geolocation=(self), microphone=()")
        response.headers.setdefault("Cache-Control", "no-store, private")
        return response


class ReaderPreferences:
    """Language, zone and theme of the signed-in user, else of the workspace; without a session the cookies say."""

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.method not in ("GET", "HEAD"):
            return self._answer(request)
        with ports.workspace_read_once():
            return self._answer(request)

    def _answer(self, request: HttpRequest) -> HttpResponse:
        request.theme = request.COOKIES.get("theme", "")  # type: ignore[attr-defined]
        try:
            if settings.SESSION_COOKIE_NAME in request.COOKIES and request.user.is_authenticated:
                self._apply(request)
        except (OperationalError, InterfaceError):
            return errors.busy(request)
        try:
            return self.get_response(request)
        finally:
            timezone.deactivate()

    def _apply(self, request: HttpRequest) -> None:
        user = request.user
        language, zone = getattr(user, "language", ""), getattr(user, "time_zone", "")
        if not zone or not language:
            shared = ports.workspace()
            zone, language = zone or shared.time_zone, language or _cookie(request) or shared.language
        request.theme = request.theme or getattr(user, "theme", "")  # type: ignore[attr-defined]
        if language in dict(settings.LANGUAGES):
            translation.activate(language)
            request.LANGUAGE_CODE = language  # type: ignore[attr-defined]
        try:
            timezone.activate(zoneinfo.ZoneInfo(zone))
        except (zoneinfo.ZoneInfoNotFoundError, ValueError):
            timezone.deactivate()


def _cookie(request: HttpRequest) -> str:
    return request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME, "")


class KindFaults:
    """Tells a refusal of state or input, a missing right and a busy database; the REST surface has its own handler."""

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if not errors.is_page(request):
            return None
        if isinstance(exception, Conflict):
            return _sent_back(request, 409, str(exception.message))
        if isinstance(exception, ValidationError):
            return _sent_back(request, 400, " ".join(exception.messages))
        if isinstance(exception, OperationalError | InterfaceError) and _passing(exception):
            return errors.busy(request)
        if request.headers.get("HX-Request"):
            if isinstance(exception, PermissionDenied):
                return errors.forbidden(request, exception)
            if isinstance(exception, Http404):
                return errors.not_found(request, exception)
        return None


def _sent_back(request: HttpRequest, status: int, message: str) -> HttpResponse:
    """Back to where the user came from with a message; a toast to htmx; a page of its own when there is no way back."""
    back = request.headers.get("Referer", "")
    safe = url_has_allowed_host_and_scheme(back, {request.get_host()}, require_https=request.is_secure())
    if request.headers.get("HX-Request") or request.method in ("GET", "HEAD") or not safe:
        return errors.problem(request, status, message)
    toast(request, message, "error")
    return HttpResponseRedirect(back)


def _passing(exception: Exception) -> bool:
    """Whether another try may go well: somebody held the rows, or the database is away (then there is no code)."""
    code = getattr(exception.__cause__, "pgcode", None)
    return code is None or code in BUSY_CODES


class HtmxManners:
    """Lets plain views serve htmx: messages become toasts, a redirect out of the drawer moves the whole page."""

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if not request.headers.get("HX-Request"):
            return response
        response.headers["Vary"] = ", ".join(
            filter(None, [response.headers.get("Vary", ""), "HX-Request, HX-Target"])
        )
        if response.status_code in (301, 302, 303):
            return self._redirect(request, response)
        if "HX-Redirect" not in response and "HX-Refresh" not in response:
            return self._tell(request, response)
        return response

    def _redirect(self, request: HttpRequest, response: HttpResponse) -> HttpResponse:
        target = response.headers["Location"]
        if urlsplit(target).path == address(settings.LOGIN_URL, "/sign-in/"):
            words = _("Your session has ended. Sign in again in another tab; what you typed here stays.")
            return toast_header(HttpResponse(status=401), [{"text": words, "kind": "error", "undo": ""}])
        if request.headers.get("HX-Target") == "drawer-body":
            moved = HttpResponse(status=204, headers={"HX-Redirect": target})
            moved.cookies = response.cookies
            return moved
        return response

    def _tell(self, request: HttpRequest, response: HttpResponse) -> HttpResponse:
        waiting = get_messages(request)
        if getattr(waiting, "used", True) or not len(waiting):
            return response
        return toast_header(response, [told(message) for message in waiting])
