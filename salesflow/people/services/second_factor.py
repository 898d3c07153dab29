"""A second step at sign-in: codes of an app (RFC 6238: SHA-1, 6 digits, 30 seconds), and recovery codes."""

import base64
import hmac
import re
import secrets
import time

import pyotp
from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from salesflow.journal.services import record
from salesflow.lib.errors import Conflict, require
from salesflow.lib.vault import Locked, opened, sealed
from salesflow.people.models import RecoveryCode, SecondFactor, User
from salesflow.people.services.throttle import WINDOW, throttle
from salesflow.people.services.tokens import token_digest

STEP = 30
#: Clocks of telephones may be off by this many steps.
DRIFT = 1
CODES = 10
TRIES = 10
_RECOVERY = re.compile(r"[^a-z2-7]")


def second_factor_held(user: User) -> bool:
    """Whether this person's sign-in asks for a code."""
    return SecondFactor.objects.filter(user=user).exclude(confirmed_at=None).exists()


def second_factor_due(user: User) -> bool:
    """Whether one of this person's roles asks for a second step (`SECOND_FACTOR_ROLES`) that is not set up."""
    wanted = user.role_codes & set(settings.SECOND_FACTOR_ROLES)
    return bool(wanted) and not second_factor_held(user)


@transaction.atomic
def second_factor_begin(*, user: User) -> str:
    """The secret to show to the app, the same until it is confirmed; raises Conflict("second_factor_held")."""
    mine = SecondFactor(user=user, secret=sealed(pyotp.random_base32()))
    SecondFactor.objects.bulk_create([mine], ignore_conflicts=True)
    factor = SecondFactor.objects.select_for_update().get(user=user)
    if factor.confirmed_at is not None:
        raise Conflict("second_factor_held", _("The second step is set up already."))
    secret = _secret_of(factor)
    if secret is None:
        secret = pyotp.random_base32()
        SecondFactor.objects.filter(user=user).update(secret=sealed(secret))
    return secret


def _secret_of(factor: SecondFactor) -> str | None:
    """What the app shares with us; nothing when the key it was sealed under is gone."""
    try:
        return opened(factor.secret)
    except Locked:
        return None


def second_factor_uri(*, user: User, secret: str, issuer: str) -> str:
    """The address authenticator apps read from the picture."""
    return pyotp.TOTP(secret).provisioning_uri(name=user.email, issuer_name=issuer)


def second_factor_confirm(*, user: User, code: str) -> list[str]:
    """Switch the second step on with a first code of the app; gives the recovery codes, never to be had again."""
    throttle(f"second-factor:{user.pk}", limit=TRIES, window=WINDOW)
    return _confirmed(user, code)


@transaction.atomic
def _confirmed(user: User, code: str) -> list[str]:
    factor = SecondFactor.objects.select_for_update().filter(user=user).first()
    if factor is None or factor.confirmed_at is not None:
        raise Conflict("second_factor_not_begun", _("Begin setting up the second step anew."))
    if not _app_code_taken(factor, code):
        raise _wrong()
    SecondFactor.objects.filter(user=user).update(confirmed_at=Now())
    record("people.second_factor_added", subject=user, by=user)
    return _codes_made(user)


def second_factor_check(*, user: User, code: str) -> None:
    """Take a code of the app or a recovery code, each once; raises ValidationError on `code`, or Throttled."""
    throttle(f"second-factor:{user.pk}", limit=TRIES, window=WINDOW)
    with transaction.atomic():
        factor = SecondFactor.objects.filter(user=user).exclude(confirmed_at=None).first()
        if factor is None or not (_app_code_taken(factor, code) or _recovery_code_taken(user, code)):
            raise _wrong()


def recovery_codes_renew(*, user: User, code: str) -> list[str]:
    """New recovery codes against a code; the old ones are void."""
    second_factor_check(user=user, code=code)
    with transaction.atomic():
        record("people.recovery_codes_renewed", subject=user, by=user)
        return _codes_made(user)


def recovery_codes_left(user: User) -> int:
    return RecoveryCode.objects.filter(user=user, used_at=None).count()


def second_factor_remove(*, user: User, code: str) -> None:
    """Switch one's own second step off against a code; a role that asks for it keeps it on.

    Raises ValidationError, Conflict("second_factor_required").
    """
    if user.role_codes & set(settings.SECOND_FACTOR_ROLES):
        raise Conflict("second_factor_required", _("Your role asks for a second step at sign-in."))
    second_factor_check(user=user, code=code)
    _removed(user, by=user)


@transaction.atomic
def second_factor_reset(*, user: User, by: User | None) -> None:
    """Take the second step off somebody who lost his app and his codes; whose role asks for it sets it up anew."""
    require(by is None or by.may("users.edit"))
    _removed(user, by=by)


@transaction.atomic
def _removed(user: User, *, by: User | None) -> None:
    gone, _by_model = SecondFactor.objects.filter(user=user).delete()
    RecoveryCode.objects.filter(user=user).delete()
    if gone:
        record("people.second_factor_removed", subject=user, by=by)


def _app_code_taken(factor: SecondFactor, code: str) -> bool:
    """Whether this is a code of now that was not used before; the step it stands for is used up with it."""
    secret, digits = _secret_of(factor), "".join(code.split())
    if secret is None or not re.fullmatch(r"[0-9]{6}", digits):
        return False
    app, now = pyotp.TOTP(secret), int(time.time()) // STEP
    steps = [step for step in range(now - DRIFT, now + DRIFT + 1)
             if hmac.compare_digest(app.generate_otp(step), digits)]  # fmt: skip
    mine = SecondFactor.objects.filter(user_id=factor.user_id)
    return any(mine.filter(last_step__lt=step).update(last_step=step) for step in steps)


def _recovery_code_taken(user: User, code: str) -> bool:
    mine = RecoveryCode.objects.filter(user=user, used_at=None, digest=_digest(code))
    if not mine.update(used_at=Now()):
        return False
    record("people.recovery_code_used", subject=user, by=user)
    return True


def _codes_made(user: User) -> list[str]:
    RecoveryCode.objects.filter(user=user).delete()
    raw = [base64.b32encode(secrets.token_bytes(10)).decode().lower() for _each in range(CODES)]
    RecoveryCode.objects.bulk_create(RecoveryCode(user=user, digest=_digest(code)) for code in raw)
    return ["-".join(code[start : start + 4] for start in range(0, 16, 4)) for code in raw]


def _digest(code: str) -> str:
    """Of 80 random bits, which need no slow hash; written with or without dashes."""
    return token_digest(_RECOVERY.sub("", code.lower()))


def _wrong() -> ValidationError:
    return ValidationError({"code": ValidationError(_("This code is wrong or used up."), code="wrong")})
