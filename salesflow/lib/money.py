"""Amounts: read as people write them, and divided so that the parts make the whole."""

import re
from collections.abc import Sequence
from decimal import ROUND_FLOOR, Decimal, InvalidOperation

from babel.numbers import get_currency_precision

_GROUPED = re.compile(r"[-+]?[0-9]{1,3}(?:,[0-9]{3})+(?:\.[0-9]*)?", re.ASCII)


def number_read(text: str) -> Decimal:
    """A number as sheets write it: 1200.50 or 1,200.50. Raises ValueError.

    A comma parts thousands and nothing else: `12,50`, which is 12.5 to half of Europe, must not become 1250.
    """
    if "," in text and not _GROUPED.fullmatch(text):
        raise ValueError("a comma that parts no thousands")
    try:
        number = Decimal(text.replace(",", ""))
    except InvalidOperation:
        raise ValueError("no number") from None
    if not number.is_finite():
        raise ValueError("no finite number")
    return number


def smallest_unit(currency: str) -> Decimal:
    """What an amount of this currency is counted in: 0.01 of most, 1 of yen."""
    return Decimal(1).scaleb(-min(get_currency_precision(currency), 2))


def allocated(amount: Decimal, weights: Sequence[Decimal], *, unit: Decimal) -> list[Decimal]:
    """The amount in parts by weight, each a multiple of `unit`, by the largest remainder; ties go to the first.

    The parts always make the amount; what of it is finer than the unit goes to the largest part. Raises ValueError
    where the weights make nothing, or one is negative.
    """
    total = sum(weights, Decimal(0))
    if total <= 0 or min(weights) < 0:
        raise ValueError("weights must not be negative, and make more than nothing")
    shares = [amount * weight / total / unit for weight in weights]
    floors = [share.to_integral_value(rounding=ROUND_FLOOR) for share in shares]
    order = sorted(range(len(shares)), key=lambda place: (floors[place] - shares[place], place))
    missing = int((amount / unit - sum(floors)).to_integral_value(rounding=ROUND_FLOOR))
    for place in order[:missing]:
        floors[place] += 1
    parts = [floor * unit for floor in floors]
    parts[max(range(len(parts)), key=lambda place: (weights[place], -place))] += amount - sum(parts)
    return parts
