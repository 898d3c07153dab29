"""What campaigns and sources cost within a period."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal

from leads.models import Campaign, LeadSource
from performance.services.period import Period


@dataclass(frozen=True)
class Piece:
    """An amount that was spent on a source, or on a campaign under it."""

    source: int
    channel: str
    kind: str
    campaign: int | None
    currency: str
    amount: Decimal


@dataclass(frozen=True)
class Spent:
    """Everything that was spent, and what sources and campaigns are called."""

    pieces: list[Piece]
    sources: dict[int, str]
    campaigns: dict[int, str]

    def by(self, split: str) -> Iterator[tuple[int | str | None, str, Decimal]]:
        """Key, currency, amount: every piece once, whatever the split."""
        name = "campaign" if split == "first_touch" else split
        for piece in self.pieces:
            yield getattr(piece, name), piece.currency, piece.amount


def spent_in(period: Period, *, base: str) -> Spent:
    """All costs that fall into the period, also of what is archived by now: it was spent.

    A campaign's cost is spread evenly over its days. What has no dates at both ends counts whole in every period.
    Where no currency was said it is `base`.
    """
    sources = {
        source.pk: source for source in LeadSource.objects.only("name", "channel", "kind", "cost", "currency")
    }
    pieces = [
        _piece(source, None, source.cost, source.currency or base)
        for source in sources.values()
        if source.cost is not None
    ]
    campaigns = {}
    for campaign in Campaign.objects.only("name", "source_id", "starts_on", "ends_on", "cost", "currency"):
        campaigns[campaign.pk] = campaign.name
        amount = (
            None
            if campaign.cost is None
            else _within(period, campaign.cost, campaign.starts_on, campaign.ends_on)
        )
        if amount is not None:
            source = sources[campaign.source_id]
            pieces.append(_piece(source, campaign.pk, amount, campaign.currency or base))
    return Spent(pieces, {pk: source.name for pk, source in sources.items()}, campaigns)


def _piece(source: LeadSource, campaign: int | None, amount: Decimal, currency: str) -> Piece:
    return Piece(source.pk, source.channel, source.kind, campaign, currency, amount)


def _within(period: Period, cost: Decimal, first: date | None, last: date | None) -> Decimal | None:
    """The part of a cost whose days begin within the period; None when none does."""
    if first is None or last is None:
        return cost
    inside = (min(last, _last_day(period)) - max(first, _first_day(period))).days + 1
    return cost * inside / ((last - first).days + 1) if inside > 0 else None


def _first_day(period: Period) -> date:
    start = period.start
    is_midnight = start.timetz().replace(tzinfo=None) == time.min
    return start.date() if is_midnight else start.date() + timedelta(days=1)


def _last_day(period: Period) -> date:
    end: datetime = period.end - timedelta(microseconds=1)
    return end.date()
