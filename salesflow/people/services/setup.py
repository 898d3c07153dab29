"""The first administrator: by a set-up page behind a one-time code, or by command."""

import hashlib
import secrets
from datetime import timedelta

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext as _

from salesflow.journal.services import record
from salesflow.lib.errors import Conflict
from salesflow.people.models import Role, SetupCode, User
from salesflow.people.services.users import administrators_hold, password_checked

CODE_LIFE = timedelta(hours=24)


def administrator_exists() -> bool:
    return User.objects.with_role("admin").exists()


def setup_code_issue() -> str:
    """A new one-time code for the set-up page; earlier unused ones end. Only while there is no administrator."""
    if administrator_exists():
        raise Conflict("already_set_up", _("This workspace has an administrator already."))
    code = "-".join(secrets.token_hex(2) for _part in range(4))
    SetupCode.objects.filter(used_at=None).delete()
    SetupCode.objects.create(digest=_digest(code), expires_at=timezone.now() + CODE_LIFE)
    return code


@transaction.atomic
def setup_complete(*, code: str, email: str, name: str, password: str) -> User:
    """Make the first administrator against the one-time code; of two at once, the first wins."""
    administrators_hold()
    if administrator_exists():
        raise Conflict("already_set_up", _("This workspace has an administrator already."))
    used = SetupCode.objects.filter(
        digest=_digest(code.strip().lower()), used_at=None, expires_at__gt=Now()
    ).update(used_at=Now())
    if not used:
        raise ValidationError(
            {"code": ValidationError(_("This code is wrong or has expired."), code="wrong_code")}
        )
    return administrator_create(email=email, name=name, password=password)


@transaction.atomic
def administrator_create(*, email: str, name: str, password: str) -> User:
    """Make an administrator, or make the person with this address one."""
    user = User.objects.filter(email=email.strip().lower()).first()
    if user is None:
        user = User(email=email.strip().lower(), name=name)
    password_checked(password, user)
    user.set_password(password)
    user.is_active = True
    user.full_clean(exclude=["password"])
    user.save()
    user.roles.add(Role.objects.get(code="admin"))
    record("people.administrator_created", subject=user, by=None)
    return user


def _digest(code: str) -> str:
    return hashlib.sha256(code.encode()).hexdigest()
