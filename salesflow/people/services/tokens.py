"""Keys for other systems."""

import hashlib
import re
import secrets
from collections.abc import Iterable
from datetime import datetime, timedelta

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext as _

from salesflow.journal.services import record
from salesflow.lib.errors import require
from salesflow.people.models import ApiToken, User

LIFE = timedelta(days=365)
_SCOPE = re.compile(r"^(read|write|[a-z-]+:(read|write))$")


def token_digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


@transaction.atomic
def token_issue(
    *, user: User, scopes: Iterable[str], name: str = "", expires_at: datetime | None = None, by: User | None
) -> tuple[ApiToken, str]:
    """Make a token for `user` and give it with its secret, which is never to be had again.

    Scopes are `read`, `write` or `<resource>:read|write`; without any, the token reads only. It expires after a
    year unless told otherwise. Own tokens for everybody; those of others by administrators.
    """
    require(by is None or by.pk == user.pk or by.scope("tokens.edit") == "all")
    wanted = sorted(set(scopes)) or ["read"]
    wrong = [scope for scope in wanted if not _SCOPE.match(scope)]
    if wrong:
        raise ValidationError(
            {"scopes": ValidationError(_("Unknown scope: %s.") % wrong[0], code="unknown_scope")}
        )
    if expires_at is not None and expires_at <= timezone.now():
        raise ValidationError({"expires_at": ValidationError(_("This is past."), code="past")})
    prefix = secrets.token_hex(4)
    secret = f"crm_{prefix}_{secrets.token_urlsafe(32)}"
    token = ApiToken.objects.create(
        user=user,
        name=name,
        prefix=prefix,
        digest=token_digest(secret),
        scopes=wanted,
        expires_at=expires_at or timezone.now() + LIFE,
    )
    record("people.token_issued", subject=token, by=by, data={"user": user.pk, "scopes": wanted})
    return token, secret


@transaction.atomic
def token_revoke(*, token: ApiToken, by: User) -> None:
    """End a token at once; ending it twice is no error."""
    require(by.pk == token.user_id or by.scope("tokens.edit") == "all")
    if ApiToken.objects.filter(pk=token.pk, revoked_at=None).update(revoked_at=Now()):
        record("people.token_revoked", subject=token, by=by, data={"user": token.user_id})
