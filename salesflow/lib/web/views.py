"""Preferences everybody may set, and the style page."""

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import check_for_language
from django.views.decorators.http import require_POST

from salesflow.lib.web import ports
from salesflow.lib.web.context import THEMES

YEAR = 365 * 86_400


@login_not_required
@require_POST
def set_language(request: HttpRequest) -> HttpResponse:
    """Change the language of the pages: kept with the user, and in a cookie for the sign-in page."""
    code = request.POST.get("language", "")
    response = _back(request)
    if code in dict(settings.LANGUAGES) and check_for_language(code):
        ports.keep_preferences(request.user, language=code)
        response.set_cookie(settings.LANGUAGE_COOKIE_NAME, code, max_age=YEAR, samesite="Lax")
    return response


@login_not_required
@require_POST
def set_theme(request: HttpRequest) -> HttpResponse:
    """Change light or dark, or follow the system; the cookie lets the server send the right page at once."""
    theme = request.POST.get("theme", "")
    response = _back(request)
    if theme in (*THEMES, "system"):
        ports.keep_preferences(request.user, theme=theme)
        response.set_cookie("theme", theme, max_age=YEAR, samesite="Lax")
    return response


def _back(request: HttpRequest) -> HttpResponse:
    if request.headers.get("HX-Request"):
        return HttpResponse(status=204)
    target = request.POST.get("next") or request.headers.get("Referer", "/")
    safe = url_has_allowed_host_and_scheme(target, {request.get_host()}, require_https=request.is_secure())
    return HttpResponseRedirect(target if safe else "/")
