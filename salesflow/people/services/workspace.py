"""The settings all share."""

import zoneinfo
from collections.abc import Callable
from typing import Any

from babel.numbers import is_currency
from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _
from phonenumbers import SUPPORTED_REGIONS

from salesflow.journal.services import record
from salesflow.lib.errors import require
from salesflow.lib.records import touched
from salesflow.people.models import User, Workspace
from salesflow.people.services.config import config_changed, configured

FIELDS = (
    "name",
    "time_zone",
    "base_currency",
    "language",
    "phone_region",
    "week_start",
    "placeholder_values",
    "api_requests_per_minute",
    "export_large_rows",
)


def workspace() -> Workspace:
    """The shared settings; written out, since every request reads them and building a query costs more than one."""
    return Workspace.objects.raw("SELECT * FROM people_workspace WHERE id = 1")[0]


def workspace_kept() -> Workspace:
    """The shared settings as kept in memory for one revision of the configuration: to be read only."""
    return configured("people.workspace", workspace)


@transaction.atomic
def workspace_change(*, by: User | None, **values: Any) -> Workspace:
    """Change workspace settings (`FIELDS`); zone, currency, language and phone region must exist."""
    require(by is None or by.may("workspace.edit"))
    before = Workspace.objects.select_for_update().get(pk=1)
    changes = {name: (getattr(before, name), values[name]) for name in FIELDS if name in values}
    changes = {name: pair for name, pair in changes.items() if pair[0] != pair[1]}
    _check({name: new for name, (_old, new) in changes.items()})
    if changes:
        Workspace.objects.filter(pk=1).update(
            **{name: new for name, (_o, new) in changes.items()}, **touched()
        )
        config_changed()
        record("people.workspace_changed", subject=before, by=by, changes=changes)
    return workspace()


def zone_known(name: str) -> bool:
    return name in zoneinfo.available_timezones()


def language_known(code: str) -> bool:
    return code in dict(settings.LANGUAGES)


def _check(values: dict[str, Any]) -> None:
    known: dict[str, Callable[[Any], bool]] = {
        "time_zone": zone_known,
        "base_currency": is_currency,
        "language": language_known,
        "phone_region": lambda code: code in SUPPORTED_REGIONS,
        "week_start": lambda day: day in Workspace.WeekStart.values,
    }
    errors = {
        name: ValidationError(_("“%(value)s” is not known.") % {"value": value}, code="unknown")
        for name, value in values.items()
        if name in known and not known[name](value)
    }
    if not str(values.get("name", "x")).strip():
        errors["name"] = ValidationError(_("A name is needed."), code="required")
    if values.get("api_requests_per_minute") == 0:
        # nobody could come in any more to take it back
        message = _("At least one call a minute; leave it empty for no limit.")
        errors["api_requests_per_minute"] = ValidationError(message, code="min_value")
    if errors:
        raise ValidationError(errors)
