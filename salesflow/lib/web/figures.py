"""Figures as people of a language read them: money, counts, shares. Nothing known is shown as a dash."""

from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache

from babel import Locale
from babel.core import UnknownLocaleError
from babel.numbers import (
    format_compact_decimal,
    format_currency,
    format_decimal,
    format_percent,
    get_currency_precision,
    get_currency_symbol,
)
from django.utils.translation import get_language

DASH = "—"
Number = int | float | Decimal


@lru_cache(maxsize=16)
def _parse(code: str) -> Locale:
    try:
        return Locale.parse(code, sep="-")
    except (ValueError, UnknownLocaleError):
        return Locale("en")


def locale() -> Locale:
    """The Babel locale of the active language."""
    return _parse(get_language() or "en")


def number(value: Number | None, digits: int = 0) -> str:
    """A count with thousands separators, at most `digits` decimals."""
    if value is None:
        return DASH
    pattern = "#,##0." + "#" * digits if digits else "#,##0"
    return format_decimal(value, format=pattern, locale=locale())


def compact(value: Number | None) -> str:
    """A large count in short: 12.3K and 4.5M in English, 1.2万 and 3.4亿 in Chinese."""
    if value is None:
        return DASH
    return format_compact_decimal(value, locale=locale(), fraction_digits=_short_digits(value))


def money(value: Number | None, currency: str, *, short: bool = False, base: str = "CNY") -> str:
    """An amount with its currency; the workspace's own currency has its bare symbol (¥), others tell (US$).

    `short` gives three figures at most: ¥18.4M, ¥1842万.
    """
    return DASH if value is None else _money(value, currency, short, base, locale())


@lru_cache(maxsize=4096)
def _money(value: Number, currency: str, short: bool, base: str, reader: Locale) -> str:
    """As `money`, kept by amount and language: lists show the same round amounts again and again."""
    text = symbol(currency, base)
    gap = "\u00a0" if text[-1:].isalpha() else ""
    sign = "-" if value < 0 else ""
    return f"{sign}{text}{gap}{_figure(abs(value), currency, short)}"


def _figure(value: Number, currency: str, short: bool) -> str:
    if short:
        return compact(value)
    places = get_currency_precision(currency)
    exact = Decimal(str(value)).quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP)
    if exact == exact.to_integral_value():
        places = 0
    return format_decimal(exact, format="#,##0" + ("." + "0" * places if places else ""), locale=locale())


def symbol(currency: str, base: str = "CNY") -> str:
    """The sign of a currency as this language writes it; the base currency's bare sign is not given twice."""
    if currency == base:
        return _bare(currency)
    told = get_currency_symbol(currency, locale=locale())
    return currency if told == _bare(base) else told


@lru_cache(maxsize=64)
def _bare(currency: str) -> str:
    """The sign a currency has at home: ¥ for CNY and JPY, $ for USD."""
    homes = {"CNY": "zh_Hans_CN", "JPY": "ja_JP", "TWD": "zh_Hant_TW", "HKD": "zh_Hant_HK", "KRW": "ko_KR"}
    sign = get_currency_symbol(currency, locale=homes.get(currency, "en"))
    return "¥" if sign == "￥" else sign


def percent(part: Number | None, whole: Number | None, digits: int = 1) -> str:
    """A share as percent; a dash when the whole is nothing (0/0 is unknown, not zero)."""
    if part is None or not whole:
        return DASH
    return ratio(Decimal(str(part)) / Decimal(str(whole)), digits)


def ratio(value: Number | None, digits: int = 1) -> str:
    """A ratio from 0 to 1 as percent."""
    if value is None:
        return DASH
    return format_percent(value, format="#,##0." + "#" * digits + "%" if digits else None, locale=locale())


def exact_money(value: Number | None, currency: str) -> str:
    """The amount to the last unit, for the title of a short one."""
    return DASH if value is None else _exact_money(value, currency, locale())


@lru_cache(maxsize=4096)
def _exact_money(value: Number, currency: str, reader: Locale) -> str:
    return format_currency(value, currency, locale=reader)


def _short_digits(value: Number) -> int:
    """Decimals that leave about three figures in the unit the language counts in (万, 亿; K, M, B)."""
    size = abs(value)
    units = (100_000_000, 10_000) if locale().language == "zh" else (10**9, 10**6, 1000)
    for unit in units:
        if size >= unit:
            in_unit = size / unit
            return 2 if in_unit < 10 else 1 if in_unit < 100 else 0
    return 0
