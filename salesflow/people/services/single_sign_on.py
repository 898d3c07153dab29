"""Who it is that the company's identity provider (OpenID Connect) vouches for."""

from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from salesflow.journal.services import record
from salesflow.lib.errors import Conflict
from salesflow.people.models import Identity, User
from salesflow.people.services.users import user_create


def identity_person(*, issuer: str, claims: Mapping[str, Any]) -> User:
    """The person of these claims, whose token has been verified.

    Known by the provider's own name (`sub`); the first time by a verified address, which links the account for good.
    Nobody's address makes a new person with the role `OIDC_CREATE_ROLE`, or nobody where that is empty.
    Raises Conflict("email_not_verified" | "domain_not_allowed" | "identity_unknown" | "identity_of_another" |
    "switched_off").
    """
    subject, email = str(claims["sub"]), _verified_address(claims)
    known = Identity.objects.filter(issuer=issuer, subject=subject).select_related("user").first()
    if known is not None:
        return _active(known.user)
    try:
        return _linked(issuer, subject, email, str(claims.get("name") or email)[:120])
    except IntegrityError:  # two windows made the person, one was first
        return _active(User.objects.get(identities__issuer=issuer, identities__subject=subject))


@transaction.atomic
def _linked(issuer: str, subject: str, email: str, name: str) -> User:
    user = User.objects.select_for_update().filter(email=email).first()
    if user is None:
        if not settings.OIDC_CREATE_ROLE:
            raise Conflict("identity_unknown", _("Nobody here has this address. Ask an administrator."))
        user = user_create(by=None, email=email, password=None, name=name, roles=[settings.OIDC_CREATE_ROLE])
    elif (linked := Identity.objects.filter(user=user, issuer=issuer).first()) is not None:
        if linked.subject == subject:  # his other window was first
            return _active(user)
        # an address given to somebody new at the provider does not open what the one before him had
        raise Conflict(
            "identity_of_another", _("This address belongs to another account. Ask an administrator.")
        )
    _active(user)
    Identity.objects.create(user=user, issuer=issuer, subject=subject)
    record("people.identity_linked", subject=user, by=user, data={"issuer": issuer})
    return user


def _verified_address(claims: Mapping[str, Any]) -> str:
    email = str(claims.get("email") or "").strip().lower()
    try:
        validate_email(email)
    except ValidationError:
        email = ""
    if not email or claims.get("email_verified") is not True:
        raise Conflict("email_not_verified", _("Your e-mail address is not verified there."))
    allowed = settings.OIDC_ALLOWED_DOMAINS
    if allowed and email.rpartition("@")[2] not in {domain.lower() for domain in allowed}:
        raise Conflict("domain_not_allowed", _("Accounts of this domain may not sign in here."))
    return email


def _active(user: User) -> User:
    if not user.is_active:
        raise Conflict("switched_off", _("This person is switched off. Ask an administrator."))
    return user
