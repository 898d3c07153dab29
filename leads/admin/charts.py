"""What the charts of a scoring model's trials draw; the same figures stand in the tables beside them."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _

GRADES = "ABC"
TONES = {"A": "ok", "B": "accent", "C": "muted"}


def moves(counts: Mapping[tuple[str, str], int]) -> dict[str, Any]:
    """For each present grade, how many leads would get which one."""
    series = [
        {
            "name": _("then %(grade)s") % {"grade": new},
            "values": [counts.get((old, new), 0) for old in GRADES],
            "tone": TONES[new],
        }
        for new in GRADES
    ]
    return {"x": [_("now %(grade)s") % {"grade": old} for old in GRADES], "stacked": True, "series": series}


def rates_of_grades(found: Mapping[str, Any]) -> dict[str, Any]:
    """Per cent of each grade's leads that were converted, and of all."""
    grades = found["grades"]
    won = sum(each["converted"] for each in grades)
    every = _percent(won / found["n"] if found["n"] else None)
    return {
        "x": [each["grade"] for each in grades],
        "unit": "%",
        "series": [
            {"name": _("Converted"), "values": [_percent(each["rate"]) for each in grades], "tone": "accent"},
            {"name": _("All leads"), "values": [every] * len(grades), "dashed": True},
        ],
    }


def captured_by_tenths(found: Mapping[str, Any]) -> dict[str, Any]:
    """Per cent of all conversions within the best so many per cent of the leads; by chance it would be as many."""
    parts = found["tenths"]
    called = [
        _percent(sum(part["leads"] for part in parts[:place]) / found["n"])
        for place in range(1, len(parts) + 1)
    ]
    return {
        "x": ["0%", *(f"{share:.0f}%" for share in called)],
        "unit": "%",
        "series": [
            {
                "name": _("This model"),
                "values": [0, *(_percent(part["captured"]) for part in parts)],
                "tone": "accent",
            },
            {"name": _("By chance"), "values": [0, *called], "dashed": True},
        ],
    }


def _percent(ratio: float | None) -> float | None:
    return None if ratio is None else round(100 * ratio, 1)
