"""The company's identity provider: authorization code flow with PKCE, state and nonce, by Authlib."""

import logging
from functools import lru_cache
from typing import Any

from authlib.common.errors import AuthlibBaseError
from authlib.integrations.django_client import OAuth
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from joserfc.errors import JoseError
from requests import RequestException

from salesflow.lib.errors import Conflict

log = logging.getLogger(__name__)
SECONDS = 10
#: What the provider, or somebody in its place, can make go wrong; ValueError and KeyError come of broken documents.
_FAULTS = (AuthlibBaseError, JoseError, RequestException, RuntimeError, ValueError, KeyError)


def is_there() -> bool:
    return bool(settings.OIDC_ISSUER and settings.OIDC_CLIENT_ID)


def ask(request: HttpRequest) -> HttpResponse:
    """Send the browser to the provider; raises Conflict("provider_away")."""
    try:
        back = settings.SITE_URL + reverse("single-sign-on-back")
        answer: HttpResponse = _client().authorize_redirect(request, back)
    except _FAULTS as error:
        raise _refused("provider_away", error) from error
    return answer


def claims_of(request: HttpRequest) -> dict[str, Any]:
    """The claims the browser came back with, verified: state, PKCE, signature, issuer, audience, time, nonce.

    Raises Conflict("sign_in_failed"); which of them failed stands in the log alone.
    """
    options = {
        "iss": {"essential": True, "values": [settings.OIDC_ISSUER]},
        "aud": {"essential": True, "values": [settings.OIDC_CLIENT_ID]},
        "sub": {"essential": True},
    }
    try:
        token = _client().authorize_access_token(request, claims_options=options, leeway=60)
        return dict(token["userinfo"])
    except _FAULTS as error:
        raise _refused("sign_in_failed", error) from error


def _refused(code: str, error: Exception) -> Conflict:
    log.warning("single sign-on: %s: %s: %s", code, type(error).__name__, error)
    return Conflict(code, _("Single sign-on did not work. Try again, or use your password."))


def _client() -> Any:
    return _made(settings.OIDC_ISSUER, settings.OIDC_CLIENT_ID, settings.OIDC_CLIENT_SECRET)


@lru_cache(maxsize=4)
def _made(issuer: str, client_id: str, secret: str) -> Any:
    """Keeps the provider's description and keys; a key it does not know yet is fetched when one is met."""
    return OAuth().register(
        "company",
        client_id=client_id,
        client_secret=secret,
        server_metadata_url=f"{issuer.rstrip('/')}/.well-known/openid-configuration",
        client_kwargs={
            "scope": "openid email profile",
            "code_challenge_method": "S256",
            "default_timeout": SECONDS,
        },
    )
