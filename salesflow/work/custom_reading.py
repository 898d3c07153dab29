"""What is kept of a value for a custom field, by the kind of the field.

The database is not asked here: `Terms` bring what it knows.

Kept are: a text; a number; `{"amount": "1200.50", "currency": "EUR"}`; an ISO date; one of the choices; a list of
them; true or false; an address with its scheme; the id of a person.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any
from urllib.parse import urlsplit

from babel.numbers import is_currency
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from salesflow.lib.lists.ports import CustomWord
from salesflow.lib.money import number_read
from salesflow.lib.text.plain import text_plain
from salesflow.lib.web.ports import workspace

TEXT_LIMIT = 2000
#: Beyond it a number loses digits on its way through JSON.
NUMBER_LIMIT = Decimal(10) ** 15
MONEY_LIMIT = Decimal(10) ** 14
MOST_CHOSEN = 200
YES = frozenset({"true", "yes", "1", "是"})
NO = frozenset({"false", "no", "0", "否"})
_ENDS = re.compile("[,;|\uff0c\uff1b\u3001\n]")
#: Thousands may be set apart; `12,50` is refused, since nobody knows which of the two it means.
_MONEY = re.compile(
    r"([A-Z]{3}|[¥￥$€£])?\s*([-+]?(?:[0-9]{1,3}(?:[,' ][0-9]{3})+|[0-9]+)(?:\.[0-9]+)?)\s*([A-Z]{3})?",
    re.ASCII,
)
_SYMBOLS = {"¥": "CNY", "￥": "CNY", "$": "USD", "€": "EUR", "£": "GBP"}
EMPTY: tuple[Any, ...] = (None, "", [], {})


def _nobody(value: Any) -> int | None:
    return None


def _base() -> str:
    return workspace().base_currency


@dataclass(frozen=True)
class Terms:
    """By what values are read beside their field: the currency of a bare amount, and who is meant by a name."""

    currency: Callable[[], str] = _base
    person: Callable[[Any], int | None] = _nobody


def value_read(word: CustomWord, value: Any, terms: Terms) -> Any:
    """What is kept of a value for this field; nothing (None, an empty text or list) empties it.

    Raises ValidationError, as "invalid", "invalid_choice", "does_not_exist", "max_length".
    """
    if isinstance(value, str) and not value.strip():
        return None
    return None if value in EMPTY else _READERS.get(word.kind, _text)(word, value, terms)


def flat_read(value: Any) -> Any:
    """A value of a field that is not declared: a number, a truth or a text, as it is."""
    if value is None or isinstance(value, bool | int):
        return value
    if isinstance(value, float):
        return value if value == value and abs(value) != float("inf") else None
    text = text_plain(value)
    if len(text) > TEXT_LIMIT:
        message = _("At most %(limit)s characters fit here.") % {"limit": TEXT_LIMIT}
        raise ValidationError(message, code="max_length")
    return text


def text_of(word: CustomWord, value: Any) -> Any:
    """A kept value as a form shows it for editing, and as `value_read` takes it back."""
    if value is None:
        return ""
    if word.kind == "money" and isinstance(value, Mapping):
        return f"{value.get('amount', '')} {value.get('currency', '')}".strip()
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        return value if word.kind == "multi_choice" else ", ".join(map(str, value))
    return str(value)


def _text(word: CustomWord, value: Any, terms: Terms) -> Any:
    return flat_read(value)


def _number(word: CustomWord, value: Any, terms: Terms) -> int | float:
    try:
        number = number_read(str(value).strip())
        if isinstance(value, bool) or abs(number) >= NUMBER_LIMIT:
            raise ValueError
    except ValueError:
        raise ValidationError(_("A number is needed here."), code="invalid") from None
    return int(number) if number == number.to_integral_value() else float(number)


def _money(word: CustomWord, value: Any, terms: Terms) -> dict[str, str]:
    amount, currency = _amount_of(value)
    if currency and not is_currency(currency):
        raise ValidationError(_("This currency is not known."), code="unknown_currency")
    exponent = amount.normalize().as_tuple().exponent
    if isinstance(exponent, int) and exponent < -2:
        raise ValidationError(_("At most two decimal places fit here."), code="max_decimal_places")
    return {"amount": str(amount.quantize(Decimal("0.01"))), "currency": currency or terms.currency()}


def _amount_of(value: Any) -> tuple[Decimal, str]:
    """The amount and the code of its currency, if one is named: `{"amount": …}`, `1200 EUR`, `€1,200`, 1200."""
    given, currency = value, ""
    if isinstance(value, Mapping) and set(value) <= {"amount", "currency"}:
        given, currency = value.get("amount"), str(value.get("currency") or "").strip().upper()
    found = _MONEY.fullmatch(str(given).strip().upper())
    if found is None or isinstance(given, bool) or (found[1] and found[3]):
        raise ValidationError(_("An amount of money is needed here, as 1200.50 CNY."), code="invalid")
    named = _SYMBOLS.get(found[1] or "", found[1] or found[3] or "")
    amount = Decimal(re.sub("[,' ]", "", found[2]))
    if abs(amount) >= MONEY_LIMIT:
        raise ValidationError(_("This amount is too large."), code="out_of_range")
    return amount, currency or named


def _date(word: CustomWord, value: Any, terms: Terms) -> str:
    try:
        return date.fromisoformat(str(value).strip().replace("/", "-")[:40]).isoformat()
    except ValueError:
        raise ValidationError(_("A date is needed here, as 2026-11-30."), code="invalid") from None


def _choice(word: CustomWord, value: Any, terms: Terms) -> str:
    wanted = str(value).strip().casefold()
    for choice in word.choices:
        if wanted in (name.strip().casefold() for name in word.choice_called(choice)):
            return choice
    known = ", ".join(map(word.choice_said, word.choices))[:300]
    raise ValidationError(_("Choose one of: %(known)s.") % {"known": known}, code="invalid_choice")


def _several(word: CustomWord, value: Any, terms: Terms) -> list[str]:
    """One text may name several choices; one that holds a comma itself is found as a whole."""
    if isinstance(value, str):
        try:
            return [_choice(word, value, terms)]
        except ValidationError:
            value = [part for part in _ENDS.split(value) if part.strip()]
    if not isinstance(value, list | tuple) or len(value) > MOST_CHOSEN:
        raise ValidationError(_("A list of choices is needed here."), code="invalid")
    return list(dict.fromkeys(_choice(word, each, terms) for each in value))


def _truth(word: CustomWord, value: Any, terms: Terms) -> bool:
    said = str(value).strip().casefold()
    if said not in YES | NO:
        raise ValidationError(_("Say yes or no here."), code="invalid")
    return said in YES


def _link(word: CustomWord, value: Any, terms: Terms) -> str:
    text = flat_read(value)
    text = text.strip() if isinstance(text, str) else ""
    try:
        parts = urlsplit(text if "://" in text else f"https://{text}")
        host = parts.hostname or ""
    except ValueError:
        parts, host = urlsplit(""), ""
    if parts.scheme not in ("http", "https") or "." not in host or re.search(r"\s", text):
        raise ValidationError(_("A web address is needed here, as https://www.example.com."), code="invalid")
    return text if "://" in text else f"https://{text}"


def _person(word: CustomWord, value: Any, terms: Terms) -> int:
    found = None if isinstance(value, bool | float) else terms.person(value)
    if found is None:
        message = _("Name one person who is here, by e-mail address, name or id.")
        raise ValidationError(message, code="does_not_exist")
    return found


_READERS: Mapping[str, Callable[[CustomWord, Any, Terms], Any]] = {
    "number": _number,
    "money": _money,
    "date": _date,
    "choice": _choice,
    "multi_choice": _several,
    "boolean": _truth,
    "link": _link,
    "user": _person,
}
