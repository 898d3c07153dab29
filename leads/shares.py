"""What a partner gets of revenue: a percentage, or tiers read in one of two ways, up to a cap. Pure functions.

The two methods are those of commission plans everywhere, and the same table pays very different sums by them:

- **marginal** (cumulative, progressive, as income tax is): each band of revenue is paid at its own rate. With 5 % from
  0 and 10 % from 100,000, revenue of 150,000 pays 5,000 + 5,000 = 10,000.
- **retroactive** (non-cumulative, all-units): the rate reached is paid on everything. The same table pays
  10 % of 150,000 = 15,000, and jumps by 5,000 at the threshold.

Amounts are in the agreement's currency; a share is rounded once, half up to the currency's smallest unit, after the
cap. Revenue over a period is added up first and what was accrued before is taken away, so the parts of a period add up
to the share of the whole.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from babel.numbers import get_currency_precision

HUNDRED = Decimal(100)


@dataclass(frozen=True)
class Tier:
    """From this revenue on (of a period), so many percent."""

    since: Decimal
    percent: Decimal


@dataclass(frozen=True)
class Terms:
    """What was agreed: tiers from 0 on, ascending (a plain percentage is one tier); `cap` is the most in a period."""

    tiers: Sequence[Tier]
    retroactive: bool = False
    cap: Decimal | None = None
    currency: str = "CNY"


@dataclass(frozen=True)
class Band:
    """One line of how a share came about: so much of the revenue, at this rate, makes so much (not rounded)."""

    since: Decimal
    amount: Decimal
    percent: Decimal
    share: Decimal


def bands_of(revenue: Decimal, terms: Terms) -> list[Band]:
    """How the share of this revenue comes about, band by band; none of no revenue, or of a refund beyond it."""
    if revenue <= 0 or not terms.tiers:
        return []
    reached = [tier for tier in terms.tiers if tier.since < revenue or tier.since == 0]
    if terms.retroactive:
        # a threshold is reached by standing on it
        tier = [tier for tier in terms.tiers if tier.since <= revenue][-1]
        return [Band(tier.since, revenue, tier.percent, revenue * tier.percent / HUNDRED)]
    ends = [*(tier.since for tier in reached[1:]), revenue]
    return [
        Band(tier.since, end - tier.since, tier.percent, (end - tier.since) * tier.percent / HUNDRED)
        for tier, end in zip(reached, ends, strict=True)
    ]


def share_of(revenue: Decimal, terms: Terms) -> Decimal:
    """The share of a period's revenue: capped, then rounded half up to the currency's smallest unit."""
    whole = sum((band.share for band in bands_of(revenue, terms)), Decimal(0))
    if terms.cap is not None:
        whole = min(whole, terms.cap)
    unit = Decimal(1).scaleb(-get_currency_precision(terms.currency))
    return whole.quantize(unit, rounding=ROUND_HALF_UP)


def share_added(before: Decimal, added: Decimal, terms: Terms) -> Decimal:
    """What `added` revenue (negative for a refund) adds to the share of a period that had `before`."""
    return share_of(before + added, terms) - share_of(before, terms)
