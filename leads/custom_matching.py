"""What a rule asks of a custom field of a lead that may not be stored yet. Pure, no database."""

import re
from collections.abc import Callable, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


def custom_parts(value: Any) -> list[Any]:
    """What a value is compared by: each of several choices, an amount of money without its currency."""
    if isinstance(value, Mapping):
        return [value.get("amount", "")]
    return value if isinstance(value, list) else [value]


def custom_compares(value: Any, compares: Callable[[Any, Any], bool], bound: str) -> bool:
    """Whether a number or an amount stands so to a number, or a day to a day; other values never do."""
    for part in custom_parts(value):
        if isinstance(part, bool):
            continue
        if _DAY.fullmatch(bound):
            if _DAY.fullmatch(str(part)) and compares(str(part), bound):
                return True
            continue
        number, other = _number(part), _number(bound)
        if number is not None and other is not None and compares(number, other):
            return True
    return False


def bound_readable(bound: str) -> bool:
    return bool(_DAY.fullmatch(bound)) or _number(bound) is not None


def _number(value: Any) -> Decimal | None:
    try:
        number = Decimal(str(value))
    except InvalidOperation:
        return None
    return number if number.is_finite() else None
