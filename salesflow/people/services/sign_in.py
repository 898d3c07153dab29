"""Limits on guessing passwords, the same for the page, the admin and any other door."""

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from salesflow.journal.services import record
from salesflow.people.models import User
from salesflow.people.services.sessions import sessions_end
from salesflow.people.services.throttle import WINDOW, throttle
from salesflow.people.services.users import password_checked

PER_ACCOUNT = 10
PER_ADDRESS = 60


def sign_in_attempt(*, email: str, address: str) -> None:
    """Count an attempt by account and by address before the password is looked at; raises Throttled."""
    throttle(f"sign-in:account:{email.strip().lower()}", limit=PER_ACCOUNT, window=WINDOW)
    throttle(f"sign-in:address:{address}", limit=PER_ADDRESS, window=WINDOW)


@transaction.atomic
def password_change(*, user: User, old: str, new: str, keep: str = "") -> None:
    """Change one's own password against the present one; other sessions than `keep` end with it."""
    if not user.check_password(old):
        raise ValidationError({"old": ValidationError(_("This is not your present password."), code="wrong")})
    try:
        password_checked(new, user)
    except ValidationError as error:
        raise ValidationError({"new": error.error_dict["password"]}) from None
    user.set_password(new)
    user.save(update_fields=["password"])
    sessions_end(user=user, by=user, keep=keep)
    record("people.password_changed", subject=user, by=user)
