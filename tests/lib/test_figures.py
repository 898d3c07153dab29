"""Figures read as people of each language write them."""

from decimal import Decimal

import pytest
from django.utils import translation

from salesflow.lib.web import figures


@pytest.mark.parametrize(
    ("language", "amount", "text"),
    [
        ("en", 18_420_000, "¥18.4M"),
        ("en", 347_000, "¥347K"),
        ("en", 1_790_000, "¥1.79M"),
        ("en", 950, "¥950"),
        ("en", -347_000, "-¥347K"),
        ("zh-hans", 18_420_000, "¥1842万"),
        ("zh-hans", 347_000, "¥34.7万"),
        ("zh-hans", 1_234_500_000, "¥12.3亿"),
        ("zh-hans", 9_500, "¥9500"),
    ],
)
def test_short_amounts_count_in_the_units_of_the_language(language: str, amount: int, text: str) -> None:
    with translation.override(language):
        assert figures.money(amount, "CNY", short=True) == text


def test_a_whole_amount_keeps_the_minor_units_of_its_currency_and_rounds_half_up() -> None:
    with translation.override("en"):
        assert figures.money(Decimal("347000.50"), "CNY") == "¥347,000.50"
        assert figures.money(Decimal("2.675"), "CNY") == "¥2.68"
        assert figures.money(Decimal("999.5"), "JPY", base="JPY") == "¥1,000"
        assert figures.money(Decimal("1.2345"), "KWD") == "KWD\u00a01.235"
        assert figures.money(Decimal("1200"), "CNY") == "¥1,200"


def test_two_currencies_never_wear_the_same_sign() -> None:
    with translation.override("en"):
        assert figures.symbol("CNY", "CNY") == "¥"
        assert figures.symbol("JPY", "CNY") == "JPY"
        assert figures.symbol("USD", "CNY") == "$"
    with translation.override("zh-hans"):
        assert figures.symbol("USD", "CNY") == "US$"
        assert figures.symbol("CNY", "USD") == "¥"


def test_a_share_of_nothing_is_unknown_and_not_zero() -> None:
    with translation.override("en"):
        assert figures.percent(182, 195) == "93.3%"
        assert figures.percent(0, 195) == "0%"
        assert figures.percent(0, 0) == figures.DASH
        assert figures.percent(None, 5) == figures.DASH
        assert figures.ratio(Decimal("0.5")) == "50%"


def test_counts_have_thousands_separators() -> None:
    with translation.override("en"):
        assert figures.number(1_234_567) == "1,234,567"
        assert figures.number(Decimal("12.345"), 1) == "12.3"
        assert figures.compact(1_234_567) == "1.23M"
        assert figures.number(None) == figures.DASH
    with translation.override("zh-hans"):
        assert figures.compact(1_234_567) == "123万"
