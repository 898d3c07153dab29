"""Numbers as people write them: a comma parts thousands, and whoever means anything else by it is told."""

from decimal import Decimal

import pytest

from leads.services.clean import draft_of
from salesflow.lib.money import number_read


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("1200.50", "1200.50"),
        ("1,200.50", "1200.50"),
        ("-12,345,678", "-12345678"),
        ("1e3", "1000"),
        (".5", "0.5"),
    ],
)
def test_thousands_may_be_parted(text: str, number: str) -> None:
    assert number_read(text) == Decimal(number)


@pytest.mark.parametrize(
    "text", ["12,50", "1.234,56", "1,23,456", ",5", "1,,200", "1,200,", "", "nan", "inf", "x"]
)
def test_what_may_mean_another_number_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"no |comma"):
        number_read(text)


def test_a_decimal_comma_makes_no_budget_a_hundred_times_as_large() -> None:
    draft = draft_of({"contact_name": "Ann", "budget": "12,50"}, region="DE", base_currency="EUR")
    assert draft.lead.budget is None and [error.code for error in draft.errors["budget"]] == ["invalid"]
