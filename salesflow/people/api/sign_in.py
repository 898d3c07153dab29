"""Who asks over REST: the holder of a token, or the person signed in to the pages."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from itertools import islice
from typing import Any

from django.db.models import Model
from django.db.models.functions import Now
from django.utils.translation import gettext as _
from rest_framework import exceptions
from rest_framework.authentication import BaseAuthentication, SessionAuthentication
from rest_framework.request import Request

from salesflow.lib.prepared import Statement
from salesflow.people.models import ApiToken, Role, Team, User
from salesflow.people.services import throttle
from salesflow.people.services.tokens import token_digest
from salesflow.people.sessions import DUE

#: How fresh "last used" is kept; oftener would be a write for every read.
USE_NOTED_EVERY = timedelta(minutes=1)


@dataclass(frozen=True)
class _Holder:
    user: User
    token: ApiToken
    limit: int | None
    note_use: bool


class BearerToken(BaseAuthentication):
    """`Authorization: Bearer <token>`: one statement finds token, person, roles and the limit of calls.

    Only the digest is stored and looked up, so that neither a dump nor the time of the answer gives a token away.
    """

    def authenticate(self, request: Request) -> tuple[User, ApiToken] | None:
        word, _space, secret = request.META.get("HTTP_AUTHORIZATION", "").partition(" ")
        if word.lower() != "bearer":
            return None
        holder = _holder_of(token_digest(secret.strip()))
        if holder is None:
            raise exceptions.AuthenticationFailed(
                _("This token is unknown, revoked or expired."), "invalid_token"
            )
        if holder.limit is not None:
            throttle(f"token:{holder.token.pk}", limit=holder.limit, window=timedelta(minutes=1))
        if holder.note_use:
            ApiToken.objects.filter(pk=holder.token.pk).update(last_used_at=Now())
        return holder.user, holder.token

    def authenticate_header(self, request: Request) -> str:
        return 'Bearer realm="salesflow"'


class Session(SessionAuthentication):
    """The signed-in browser, with its CSRF token on every write."""

    def authenticate(self, request: Request) -> Any:
        found = super().authenticate(request)
        if found is not None and request._request.session.get(DUE):
            raise exceptions.PermissionDenied(
                _("Set up the second step of your sign-in first."), code="second_factor_due"
            )
        return found

    def enforce_csrf(self, request: Request) -> None:
        try:
            super().enforce_csrf(request)
        except exceptions.PermissionDenied as refusal:
            raise exceptions.PermissionDenied(str(refusal.detail), code="csrf_failed") from None


_WHO = """
    SELECT {columns},
        (SELECT coalesce(jsonb_agg(to_jsonb(r)), '[]') FROM people_role r
            JOIN people_user_roles ur ON ur.role_id = r.id WHERE ur.user_id = u.id)::text,
        (SELECT api_requests_per_minute FROM people_workspace),
        t.last_used_at IS NULL OR t.last_used_at <= now() - %s::interval
    FROM people_apitoken t JOIN people_user u ON u.id = t.user_id LEFT JOIN people_team g ON g.id = u.team_id
    WHERE t.digest = %s AND t.revoked_at IS NULL AND (t.expires_at IS NULL OR t.expires_at > now()) AND u.is_active
"""


def _holder_of(digest: str) -> _Holder | None:
    """Who holds the live token with this digest; one statement, written out since every request pays for it."""
    rows = _statement().rows(USE_NOTED_EVERY, digest)
    if not rows:
        return None
    values = iter(rows[0])
    token, user, team = (_made(model, values) for model in (ApiToken, User, Team))
    roles, limit, note_use = values
    token.user = user
    user.team = team if team.pk else None
    user._prefetched_objects_cache = {"roles": [Role(**role) for role in json.loads(roles)]}  # type: ignore[attr-defined]
    return _Holder(user, token, limit, note_use)


@cache
def _statement() -> Statement:
    aliases = {"t": ApiToken, "u": User, "g": Team}
    names = (f"{alias}.{column}" for alias, model in aliases.items() for column in _columns(model))
    return Statement(_WHO.format(columns=", ".join(names)))


def _columns(model: type[Model]) -> list[str]:
    return [field.column for field in model._meta.concrete_fields]


def _made(model: type[Model], values: Iterator[Any]) -> Any:
    fields = model._meta.concrete_fields
    return model.from_db("default", [field.attname for field in fields], list(islice(values, len(fields))))
