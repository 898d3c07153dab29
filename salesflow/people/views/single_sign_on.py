"""To the company's identity provider and back."""

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from salesflow.lib.errors import Conflict
from salesflow.people import provider
from salesflow.people.services import throttle
from salesflow.people.services.sign_in import PER_ADDRESS
from salesflow.people.services.single_sign_on import identity_person
from salesflow.people.services.throttle import WINDOW
from salesflow.people.sessions import address_of, begin, wanted_page

#: Where the person wanted to go, kept in the session while he is away.
_WANTED = "single_sign_on_page"


@login_not_required
@never_cache
@require_GET
def leave(request: HttpRequest) -> HttpResponse:
    _there_is_one()
    try:
        throttle(f"single-sign-on:{address_of(request)}", limit=PER_ADDRESS, window=WINDOW)
        request.session[_WANTED] = wanted_page(request)
        return provider.ask(request)
    except Conflict as conflict:
        return _back_to_sign_in(request, conflict)


@login_not_required
@never_cache
@require_GET
def come_back(request: HttpRequest) -> HttpResponse:
    """Signs in whom the provider vouches for; its own second step stands for ours."""
    _there_is_one()
    try:
        throttle(f"single-sign-on-back:{address_of(request)}", limit=PER_ADDRESS, window=WINDOW)
        claims = provider.claims_of(request)
        user = identity_person(issuer=settings.OIDC_ISSUER, claims=claims)
    except Conflict as conflict:
        return _back_to_sign_in(request, conflict)
    page = request.session.pop(_WANTED, "")
    begin(request, user, is_vouched_for=True)
    return redirect(page or "home")


def _there_is_one() -> None:
    if not provider.is_there():
        raise Http404


def _back_to_sign_in(request: HttpRequest, conflict: Conflict) -> HttpResponse:
    messages.error(request, str(conflict.message))
    return redirect("sign-in")
