"""How signing in is described in OpenAPI."""

from typing import Any

from django.conf import settings
from drf_spectacular.extensions import OpenApiAuthenticationExtension


class BearerScheme(OpenApiAuthenticationExtension):
    target_class = "salesflow.people.api.sign_in.BearerToken"
    name = "token"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        words = "Scopes: `read`, `write` or `<resource>:read|write`. Tokens are made by `create_token`."
        return {"type": "http", "scheme": "bearer", "description": words}


class SessionScheme(OpenApiAuthenticationExtension):
    target_class = "salesflow.people.api.sign_in.Session"
    name = "session"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        words = "The signed-in browser; writes need the header `X-CSRFToken`."
        return {"type": "apiKey", "in": "cookie", "name": settings.SESSION_COOKIE_NAME, "description": words}
