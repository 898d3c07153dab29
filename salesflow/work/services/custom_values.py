"""Values of custom fields, read by the kind of their field."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from salesflow.lib.lists.ports import CustomWord
from salesflow.people.services.config import config_revision
from salesflow.work.models import CustomField
from salesflow.work.services.custom_fields import custom_words

#: Beyond it a number loses digits on its way through JSON.
NUMBER_LIMIT = Decimal(10) ** 15
_YES = frozenset({"true", "yes", "1", "是"})
_NO = frozenset({"false", "no", "0", "否"})


def custom_kinds(resource: str) -> dict[str, CustomWord]:
    """The custom fields of a kind of record by key, as they are declared at this moment."""
    return {word.key: word for word in custom_words(resource, revision=config_revision())}


def custom_value(field: CustomWord, value: Any) -> Any:
    """What is kept of a value for this field: a number, an ISO date, a truth, one of its choices, a text as it is.

    Nothing (None or an empty text) empties the field. Raises ValidationError ("invalid", "invalid_choice").
    """
    if value is None or (isinstance(value, str) and not value.strip()):
        return None
    read = _READERS.get(field.kind)
    return value if read is None else read(field, value)


def _number(field: CustomWord, value: Any) -> int | float:
    try:
        number = Decimal(str(value).strip().replace(",", ""))
        if isinstance(value, bool) or not number.is_finite() or abs(number) >= NUMBER_LIMIT:
            raise ValueError
    except (InvalidOperation, ValueError):
        raise ValidationError(_("A number is needed here."), code="invalid") from None
    return int(number) if number == number.to_integral_value() else float(number)


def _date(field: CustomWord, value: Any) -> str:
    try:
        return date.fromisoformat(str(value).strip().replace("/", "-")[:40]).isoformat()
    except ValueError:
        raise ValidationError(_("A date is needed here, as 2026-11-30."), code="invalid") from None


def _choice(field: CustomWord, value: Any) -> str:
    wanted = str(value).strip().casefold()
    for choice in field.choices:
        if choice.strip().casefold() == wanted:
            return choice
    known = ", ".join(field.choices)[:300]
    raise ValidationError(_("Choose one of: %(known)s.") % {"known": known}, code="invalid_choice")


def _truth(field: CustomWord, value: Any) -> bool:
    word = str(value).strip().casefold()
    if word not in _YES | _NO:
        raise ValidationError(_("Say yes or no here."), code="invalid")
    return word in _YES


_READERS: dict[str, Callable[[CustomWord, Any], Any]] = {
    CustomField.Kind.NUMBER: _number,
    CustomField.Kind.DATE: _date,
    CustomField.Kind.CHOICE: _choice,
    CustomField.Kind.BOOLEAN: _truth,
}
