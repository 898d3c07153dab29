"""Initials and hues."""

import pytest

from salesflow.lib.web import identity


@pytest.mark.parametrize(
    ("name", "letters"),
    [
        ("上海明远科技有限公司", "上"),
        ("张敏", "张"),
        ("Blue Harbor Logistics", "BH"),
        ("Orion", "OR"),
        ("o'Neil & sons", "OS"),
        ("Ülkü Ünal", "ÜÜ"),
        ("  ", "?"),
        ("—", "—"),
        ("𠮷野家", "𠮷"),
    ],
)
def test_initials(name: str, letters: str) -> None:
    assert identity.initials(name) == letters


def test_a_name_keeps_its_hue_whatever_its_case() -> None:
    assert identity.hue("Orion Aerospace") == identity.hue(" orion aerospace ")
    assert {identity.hue(f"Company {number}") for number in range(500)} == set(range(identity.HUES))
