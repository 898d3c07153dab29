"""Where leads come from, how many become customers, and what they cost (docs/figures.md)."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal
from typing import Any
from urllib.parse import unquote_plus

from babel.numbers import get_currency_precision
from django.core.exceptions import ValidationError
from django.db import connection
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from leads.models import LeadSource
from performance.services.kpis import Scope
from performance.services.metrics import COUNTED
from performance.services.money import Spent, spent_in
from performance.services.period import Period
from salesflow.people.models import User
from salesflow.people.services import workspace

#: So many first touches are told apart, those with most leads: visitors can invent campaigns.
MOST_TOUCHES = 200
#: No word of a visitor is written so: those are in small letters.
REST = "REST"

Key = int | str | None


@dataclass(frozen=True)
class Split:
    """One way to split: `key` in SQL over the lead `l`, its source `s` and its first touch `t`."""

    label: str | Promise
    key: str
    #: What leads without a key are called.
    nothing: str | Promise
    join: str = ""


# the first visit that came by a campaign; else what the page of the form said; else the campaign of the record
_TOUCH = """
    LEFT JOIN LATERAL (
        SELECT substring(e.url FROM '[?&]utm_campaign=([^&#]+)') AS word FROM leads_leadevent e
        WHERE e.lead_id = l.id AND e.kind = 'page_view' AND e.url ~ '[?&]utm_campaign=[^&#]'
        ORDER BY e.occurred_at, e.id LIMIT 1
    ) t ON TRUE
"""
_NO_SOURCE, _NO_CAMPAIGN = gettext_lazy("Without a source"), gettext_lazy("Without a campaign")
SPLITS: Mapping[str, Split] = {
    "channel": Split(gettext_lazy("Channel"), "s.channel", _NO_SOURCE),
    "kind": Split(gettext_lazy("Kind"), "s.kind", _NO_SOURCE),
    "source": Split(gettext_lazy("Source"), "s.id", _NO_SOURCE),
    "campaign": Split(gettext_lazy("Campaign"), "l.campaign_id", _NO_CAMPAIGN),
    "first_touch": Split(
        gettext_lazy("First touch"),
        "coalesce('u' || t.word, 'w' || nullif(l.utm ->> 'utm_campaign', ''), 'c' || l.campaign_id)",
        _NO_CAMPAIGN,
        _TOUCH,
    ),
}


@dataclass(frozen=True)
class Cost:
    """What a line cost in one currency; `per_lead` and `per_converted` are None where there was none."""

    currency: str
    amount: Decimal
    per_lead: Decimal | None
    per_converted: Decimal | None


@dataclass
class Line:
    """One row; without `costs` nobody has said what these leads cost, or it is not for who asks."""

    key: Key
    label: str
    leads: int = 0
    converted: int = 0
    costs: list[Cost] = field(default_factory=list)

    @property
    def rate(self) -> float | None:
        return self.converted / self.leads if self.leads else None


@dataclass(frozen=True)
class Report:
    by: str
    period: Period
    lines: list[Line]
    total: Line


@dataclass
class _Sums:
    leads: int = 0
    converted: int = 0
    everybodys: int = 0
    spent: dict[str, Decimal] = field(default_factory=dict)

    def add(self, other: "_Sums") -> None:
        self.leads += other.leads
        self.converted += other.converted
        self.everybodys += other.everybodys
        for currency, amount in other.spent.items():
            self.spend(currency, amount)

    def spend(self, currency: str, amount: Decimal) -> None:
        self.spent[currency] = self.spent.get(currency, Decimal(0)) + amount


def source_report(
    *, user: User, by: str, period: Period, team: int | None = None, person: int | None = None
) -> Report:
    """Leads created in the period, how many of them are converted by now, and what they cost, split `by` a word.

    Costs are those of campaigns and sources. Who sees only some of the leads of a line bears their part of its cost;
    who sees none but his own is told no costs. Raises ValidationError (unknown split), PermissionDenied.
    """
    scope = Scope.of(user, team=team, person=person)
    if by not in SPLITS:
        message = _("Choose one of: %(known)s.") % {"known": ", ".join(SPLITS)}
        raise ValidationError({"by": ValidationError(message, code="invalid_choice")})
    spent = spent_in(period, base=workspace().base_currency)
    names = _Names(by, spent)
    groups: dict[Key, _Sums] = {}
    most = MOST_TOUCHES if by == "first_touch" else None
    for raw, sums in _counted(SPLITS[by], period, scope, most):
        groups.setdefault(names.key(raw), _Sums()).add(sums)
    if scope.people != [user.pk]:
        whole = scope.people is None and team is None and person is None
        _bear(groups, spent, by, whole=whole)
    lines = [_line(key, names.label(key), sums) for key, sums in groups.items() if sums.leads or sums.spent]
    lines.sort(key=lambda line: (line.key is None, line.key == REST, -line.leads, line.label.casefold()))
    everything = _Sums()
    for sums in groups.values():
        everything.add(sums)
    return Report(by, period, lines, _line(None, _("All leads"), everything))


def _counted(split: Split, period: Period, scope: Scope, most: int | None) -> list[tuple[Key, _Sums]]:
    """Per key: leads and converted ones of the asker, and everybody's, in one statement; past `most` keys as one."""
    ours = scope.condition("l.owner_id")
    sql = f"""
        WITH found AS (
            SELECT {split.key} AS key, count(*) FILTER (WHERE {ours}) AS leads,
                count(*) FILTER (WHERE {ours} AND l.status = 'converted') AS converted, count(*) AS everybodys
            FROM leads_lead l LEFT JOIN leads_leadsource s ON s.id = l.source_id {split.join}
            WHERE {COUNTED} AND l.created_at >= %(since)s AND l.created_at < %(until)s
            GROUP BY 1
        ), ranked AS (
            SELECT *, key IS NOT NULL AND coalesce(
                row_number() OVER (ORDER BY key IS NULL, everybodys DESC, key) > %(most)s::int, FALSE) AS is_rest
            FROM found
        )
        SELECT CASE WHEN NOT is_rest THEN key END, is_rest, sum(leads)::bigint, sum(converted)::bigint,
            sum(everybodys)::bigint
        FROM ranked GROUP BY 1, 2
    """  # noqa: S608, all parts are this package's own
    values = {"since": period.start, "until": period.end, "most": most, **scope.values()}
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return [(REST if is_rest else key, _Sums(*sums)) for key, is_rest, *sums in cursor.fetchall()]


def _bear(groups: dict[Key, _Sums], spent: Spent, by: str, *, whole: bool) -> None:
    """Put costs to their groups; where not all leads of a group are the asker's, only their part."""
    for key, currency, amount in spent.by(by):
        sums = groups.setdefault(key, _Sums())
        if whole:
            sums.spend(currency, amount)
        elif sums.leads:
            sums.spend(currency, amount * sums.leads / sums.everybodys)


def _line(key: Key, label: str, sums: _Sums) -> Line:
    costs = [
        Cost(currency, _round(amount, currency), _each(amount, sums.leads, currency),
             _each(amount, sums.converted, currency))
        for currency, amount in sorted(sums.spent.items())
    ]  # fmt: skip
    return Line(key, label, sums.leads, sums.converted, costs)


def _each(amount: Decimal, number: int, currency: str) -> Decimal | None:
    return _round(amount / number, currency) if number else None


def _round(amount: Decimal, currency: str) -> Decimal:
    """Half up to what the currency counts in."""
    return amount.quantize(Decimal(1).scaleb(-get_currency_precision(currency)), ROUND_HALF_UP)


class _Names:
    """What the keys of a split are called; the words of a first touch are told by the campaign they name."""

    def __init__(self, by: str, spent: Spent) -> None:
        self.by, self.spent = by, spent
        self.nothing = SPLITS[by].nothing
        self.words: dict[Key, str] = {}
        self.campaigns = {name.casefold(): pk for pk, name in spent.campaigns.items()}

    def key(self, raw: str | int | None) -> Key:
        if self.by != "first_touch" or raw in (None, REST):
            return raw
        kind, word = str(raw)[0], str(raw)[1:]
        if kind == "c":
            return int(word)
        word = " ".join((unquote_plus(word) if kind == "u" else word).split())[:200]
        known = self.campaigns.get(word.casefold())
        if known is not None or not word:
            return known
        self.words.setdefault(word.casefold(), word)
        return word.casefold()

    def label(self, key: Key) -> str:
        if key is None:
            return str(self.nothing)
        if key == REST:
            return _("All others")
        read: dict[str, Callable[[], Any]] = {
            "channel": lambda: dict(LeadSource.Channel.choices)[str(key)],
            "kind": lambda: dict(LeadSource.Kind.choices)[str(key)],
            "source": lambda: _(
                self.spent.sources[key]
            ),  # those a workspace starts with have names in every language
        }
        found = read.get(self.by, lambda: self.spent.campaigns.get(key) or self.words[key])()  # type: ignore[arg-type]
        return str(found)
