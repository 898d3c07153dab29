"""Which values the kept lead has after a merge. Pure: nothing is read or written."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from leads.models import Lead
from leads.services.clean import LINES, LINKS, NUMBERS

#: Either side may win; an empty value of the kept lead is filled from the other.
SINGLE = (*LINES, *LINKS, *NUMBERS, "need")
#: Columns that only make sense together.
TOGETHER = {"budget": ("budget", "currency"), "referrer": ("referrer_type", "referrer_id")}
#: Names with values: both sides are kept, for a name that both have the kept lead's, or the other's where chosen.
NAMED = ("custom", "behaviour", "utm")
CHOICES = (*SINGLE, *TOGETHER, *NAMED)
LEAD, DUPLICATE = "lead", "duplicate"
_EMPTY = (None, "")
_READABLE = ("email", "phone", "mobile", "website", "credit_code")


def choices_check(chosen: Mapping[str, str]) -> None:
    """Raise a ValidationError for a field that cannot be chosen, or a side that is neither `lead` nor `duplicate`."""
    for name, side in chosen.items():
        if name not in CHOICES:
            message = _("“%(name)s” is no field that can be chosen.") % {"name": str(name)[:60]}
            raise ValidationError({"fields": ValidationError(message, code="unknown_field")})
        if side not in (LEAD, DUPLICATE):
            message = _("Choose “lead” or “duplicate” for “%(name)s”.") % {"name": name}
            raise ValidationError({"fields": ValidationError(message, code="invalid")})


def values_merged(lead: Lead, duplicate: Lead, chosen: Mapping[str, str]) -> dict[str, Any]:
    """The columns of `lead` that differ after taking in `duplicate`, with their new values.

    Without a choice the kept lead's own value wins, and an empty one is filled. Tags are united.
    """
    values: dict[str, Any] = {}
    taken: dict[str, bool] = {}
    for name in SINGLE:
        taken[name] = _takes(chosen.get(name), [_value(lead, name)])
        if taken[name]:
            values[_column(name)] = _value(duplicate, name)
    for name, columns in TOGETHER.items():
        if _takes(chosen.get(name), [_value(lead, column) for column in columns[:1]]):
            values |= {column: _value(duplicate, column) for column in columns}
    for name in NAMED:
        values[name] = _united(getattr(lead, name), getattr(duplicate, name), chosen.get(name))
    values["tags"] = list(dict.fromkeys([*lead.tags, *duplicate.tags]))
    values["flags"] = _flags(lead, duplicate, taken)
    if not (values.get("company_name", lead.company_name) or values.get("contact_name", lead.contact_name)):
        message = _("A company or a contact name is needed.")
        raise ValidationError({"fields": ValidationError(message, code="required")})
    return {column: value for column, value in values.items() if value != getattr(lead, column)}


def _takes(side: str | None, own: list[Any]) -> bool:
    """Whether the other one's value is taken: it was chosen, or there is none of one's own."""
    return side == DUPLICATE or (side is None and all(value in _EMPTY for value in own))


def _united(own: dict[str, Any], other: dict[str, Any], side: str | None) -> dict[str, Any]:
    """Names of both; where both say something, the kept lead's word stands unless the other's was chosen."""
    if side == LEAD:
        return own
    ours, theirs = (
        {key: value for key, value in each.items() if value not in _EMPTY} for each in (own, other)
    )
    return {**own, **ours, **theirs} if side == DUPLICATE else {**own, **theirs, **ours}


def _flags(lead: Lead, duplicate: Lead, taken: Mapping[str, bool]) -> dict[str, str]:
    """What could not be read goes with the text it belongs to."""
    flags = dict(lead.flags)
    for name in _READABLE:
        if taken.get(name):
            flags.pop(name, None)
            if name in duplicate.flags:
                flags[name] = duplicate.flags[name]
    return flags


def _column(name: str) -> str:
    return Lead._meta.get_field(name).attname  # type: ignore[union-attr]


def _value(lead: Lead, name: str) -> Any:
    return getattr(lead, _column(name))


def stored(value: Any) -> Any:
    """A column's value as JSON keeps it."""
    if isinstance(value, Decimal):
        return str(value)
    return value.isoformat() if isinstance(value, datetime) else value


def restored(column: str, value: Any) -> Any:
    """The value of a column out of what `stored` made of it."""
    field = next(field for field in Lead._meta.concrete_fields if field.attname == column)
    return value if value is None or field.is_relation else field.to_python(value)
