"""What a service may answer instead of doing the deed."""

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import DataError, IntegrityError
from django.db.models import Model
from django.http import HttpRequest
from django.utils.translation import gettext as _

from salesflow.lib.errors import Conflict

#: The last two come from the database: another was quicker, or no rule foresaw what was sent.
REFUSALS = (ValidationError, Conflict, PermissionDenied, IntegrityError, DataError)


def errors_said(refusal: Exception) -> list[str]:
    """A refusal of a service in sentences."""
    if isinstance(refusal, ValidationError):
        return list(refusal.messages)
    return [str(getattr(refusal, "message", refusal))]


def stale(request: HttpRequest, obj: Model | None) -> Exception | None:
    """Somebody saved the record after this form was opened: its fields would undo his."""
    seen = request.POST.get("version", "") if request.method == "POST" else ""
    if obj is None or not seen or seen == str(getattr(obj, "version", seen)):
        return None
    return Conflict("stale", _("Somebody changed this meanwhile. Open the page again and look."))


def as_refusal(refusal: Exception) -> Exception:
    """The database's own refusals in words."""
    if isinstance(refusal, IntegrityError):
        return Conflict("already_exists", _("There is one already, or a value does not fit the others."))
    if isinstance(refusal, DataError):
        return Conflict("invalid", _("A value is out of range or not readable."))
    return refusal
