"""Making and changing people."""

from collections.abc import Iterable, Mapping
from typing import Any

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import connection, transaction
from django.utils.translation import gettext as _

from salesflow.journal.services import record
from salesflow.lib.errors import Conflict, require
from salesflow.lib.records import touched
from salesflow.people.models import Role, User
from salesflow.people.services.sessions import sessions_end
from salesflow.people.services.signature import signature_read
from salesflow.people.services.workspace import language_known, zone_known

FIELDS = [
    "name",
    "team",
    "region",
    "department",
    "industries",
    "language",
    "time_zone",
    "theme",
    "capacity",
    "daily_cap",
    "weight",
    "absent_from",
    "absent_until",
    "deputy",
    "follows_written",
    "signature",
    "is_active",
]
#: What a person may change of himself.
OWN_FIELDS = (
    "name", "language", "time_zone", "theme", "absent_from", "absent_until", "deputy", "follows_written",
    "signature",
)  # fmt: skip
ADMINISTRATOR = "admin"
_LOCK = 7_301_002


def password_checked(password: str, user: User) -> None:
    """Raise a ValidationError on field `password` for a weak one."""
    try:
        validate_password(password, user)
    except ValidationError as error:
        raise ValidationError({"password": error}) from None


@transaction.atomic
def user_create(
    *, by: User | None, email: str, password: str | None, roles: Iterable[str], **fields: Any
) -> User:
    """Make a person with these role codes; without a password the person cannot sign in until one is set."""
    require(by is None or by.may("users.create"))
    user = User(email=email.strip().lower(), **fields)
    if password is not None:
        password_checked(password, user)
    user.set_password(password)
    user.full_clean(exclude=["password"])
    _preferences_checked(fields)
    user.save()
    user.roles.set(_roles(roles))
    record("people.user_created", subject=user, by=by, data={"roles": sorted(roles)})
    return user


@transaction.atomic
def user_change(*, user: User, by: User | None, roles: Iterable[str] | None = None, **fields: Any) -> User:
    """Change a person: oneself within `OWN_FIELDS`, others by administrators; holds from the next request on.

    Raises ValidationError, PermissionDenied, Conflict("last_administrator").
    """
    own = by is not None and by.pk == user.pk and roles is None and set(fields) <= set(OWN_FIELDS)
    require(by is None or own or by.may("users.edit"))
    roles = None if roles is None else list(roles)
    user = User.objects.select_for_update().get(pk=user.pk)
    changes = {}
    for name, value in fields.items():
        if name not in FIELDS:
            raise ValidationError({name: ValidationError(_("Unknown field."), code="unknown_field")})
        if name == "signature":
            value = signature_read(value)
        old = getattr(user, name)
        if old != value:
            changes[name] = (getattr(old, "pk", old), getattr(value, "pk", value))
            setattr(user, name, value)
    _check_absence(user)
    user.full_clean(exclude=["password"])
    _preferences_checked({name: new for name, (_old, new) in changes.items()})
    if not user.is_active or (roles is not None and ADMINISTRATOR not in roles):
        _keep_an_administrator(user)
    if changes:
        user.save(update_fields=list(changes))
        User.objects.filter(pk=user.pk).update(**touched())
    if "is_active" in changes and not user.is_active:
        sessions_end(user=user, by=by)
    if roles is not None:
        before = sorted(role.code for role in user.roles.all())
        user.roles.set(_roles(roles))
        changes["roles"] = (before, sorted(roles))
    if changes:
        record("people.user_changed", subject=user, by=by, changes=changes, data={"fields": sorted(changes)})
    return User.objects.get(pk=user.pk)


@transaction.atomic
def password_set(*, user: User, by: User | None, password: str | None) -> None:
    """Give a person a new password, or none: he cannot sign in until one is set. His sessions end with the old one."""
    require(by is None or by.may("users.edit"))
    user = User.objects.select_for_update().get(pk=user.pk)
    if password is not None:
        password_checked(password, user)
    user.set_password(password)
    user.save(update_fields=["password"])
    sessions_end(user=user, by=by)
    record("people.password_set", subject=user, by=by, data={"usable": password is not None})


def administrators_hold() -> None:
    """Until the end of the transaction nobody else makes the first administrator or takes away the last."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])


def _keep_an_administrator(leaving: User) -> None:
    administrators_hold()
    administrators = set(User.objects.with_role(ADMINISTRATOR).values_list("pk", flat=True))
    if administrators == {leaving.pk}:
        raise Conflict("last_administrator", _("Make somebody else an administrator first."))


def _preferences_checked(values: Mapping[str, Any]) -> None:
    """A zone or language that does not exist would break every page its owner opens; empty is the workspace's."""
    errors = {}
    for name, known in (("time_zone", zone_known), ("language", language_known)):
        value = values.get(name)
        if value and not known(value):
            message = _("“%(value)s” is not known.") % {"value": value}
            errors[name] = ValidationError(message, code="unknown")
    if errors:
        raise ValidationError(errors)


def _check_absence(user: User) -> None:
    since, until = user.absent_from, user.absent_until
    if until is not None and since is None:
        raise ValidationError({"absent_from": ValidationError(_("Say from when on."), code="required")})
    if since is not None and until is not None and until <= since:
        raise ValidationError(
            {"absent_until": ValidationError(_("This lies before the beginning."), code="invalid")}
        )


def _roles(codes: Iterable[str]) -> list[Role]:
    wanted = set(codes)
    found = list(Role.objects.filter(code__in=wanted))
    missing = wanted - {role.code for role in found}
    if missing:
        message = _("“%(value)s” is not known.") % {"value": min(missing)}
        raise ValidationError({"roles": ValidationError(message, code="unknown")})
    return found
