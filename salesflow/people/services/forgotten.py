"""A new password by mail: a link that opens once, within an hour, and says nothing about who is known here."""

from datetime import timedelta

from django.contrib.auth.tokens import default_token_generator
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.http import urlsafe_base64_decode, urlsafe_base64_encode
from django.utils.translation import gettext as _

from salesflow.journal.services import record
from salesflow.people.models import User
from salesflow.people.services.sessions import sessions_end
from salesflow.people.services.throttle import WINDOW, Throttled, throttle
from salesflow.people.services.users import password_checked

PER_ACCOUNT = 3
PER_ACCOUNT_WINDOW = timedelta(hours=1)
PER_ADDRESS = 20


def password_forgotten(*, email: str, address: str) -> None:
    """Ask for a mail with a link, to whoever signs in with this address; nothing tells whether somebody does.

    The event is the order to send: it is carried after commit, and again until the mail server takes it. More than
    three an hour are not sent to one person. Raises Throttled by `address` of the network.
    """
    email = email.strip().lower()
    throttle(f"forgotten:address:{address}", limit=PER_ADDRESS, window=WINDOW)
    try:
        throttle(f"forgotten:account:{email}", limit=PER_ACCOUNT, window=PER_ACCOUNT_WINDOW)
    except Throttled:
        return
    with transaction.atomic():
        user = User.objects.active().filter(email=email).first()
        if user is not None and user.has_usable_password():
            record("people.password_forgotten", subject=user, by=None)


def reset_parts(user: User) -> tuple[str, str]:
    """What a link is made of: who, and the proof, void once the password or the last sign-in is another."""
    return urlsafe_base64_encode(str(user.pk).encode()), default_token_generator.make_token(user)


def reset_owner(*, who: str, proof: str) -> User | None:
    """Whose link this is, while it is good."""
    user = _called(who)
    return user if user and default_token_generator.check_token(user, proof) else None


@transaction.atomic
def password_reset(*, who: str, proof: str, new: str) -> User:
    """Set a new password by a link; all sessions end. Of two who use one link at once, the first wins.

    Raises ValidationError, on field `new` for a weak password.
    """
    known = _called(who)
    user = User.objects.select_for_update().filter(pk=known.pk).first() if known else None
    if user is None or not default_token_generator.check_token(user, proof):
        raise ValidationError(_("This link is used up or too old. Ask for a new one."), code="used_up")
    try:
        password_checked(new, user)
    except ValidationError as error:
        raise ValidationError({"new": error.error_dict["password"]}) from None
    user.set_password(new)
    user.save(update_fields=["password"])
    sessions_end(user=user, by=user)
    record("people.password_reset", subject=user, by=user)
    return user


def _called(who: str) -> User | None:
    try:
        pk = urlsafe_base64_decode(who).decode("ascii")
    except ValueError:
        return None
    if not pk.isdigit() or len(pk) > 18:
        return None
    user = User.objects.active().filter(pk=int(pk)).first()
    return user if user and user.has_usable_password() else None
