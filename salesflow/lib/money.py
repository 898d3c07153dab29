"""Dividing an amount so that its parts make the whole."""

from collections.abc import Sequence
from decimal import ROUND_FLOOR, Decimal

from babel.numbers import get_currency_precision


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
