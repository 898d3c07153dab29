"""Limits and moments in words."""

from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone, translation

from salesflow.lib.web import times

NOW = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def english():
    with translation.override("en"):
        yield


@pytest.mark.parametrize(
    ("used", "kind"),
    [
        (0, "neutral"),
        (49.9, "neutral"),
        (50, "info"),
        (79.9, "info"),
        (80, "warn"),
        (99.99, "warn"),
        (100, "bad"),
    ],
)
def test_urgency_rises_at_half_at_four_fifths_and_at_the_end(used: float, kind: str) -> None:
    start = NOW - timedelta(hours=24) * used / 100
    assert times.countdown(start + timedelta(hours=24), start, now=NOW).kind == kind


@pytest.mark.parametrize(
    ("left", "text"),
    [
        (timedelta(hours=7, minutes=5, seconds=59), "7h 05m"),
        (timedelta(minutes=37, seconds=40), "37m"),
        (timedelta(seconds=45), "45s"),
        (timedelta(hours=47, minutes=59), "47h 59m"),
        (timedelta(hours=52), "2d 4h"),
        (timedelta(hours=-1, minutes=-10), "1h 10m late"),
        (timedelta(0), "0s late"),
    ],
)
def test_what_is_left_is_told_in_its_two_largest_units(left: timedelta, text: str) -> None:
    assert times.countdown(NOW + left, limit=86_400, now=NOW).text == text


def test_a_limit_without_length_is_late_or_nearly_so() -> None:
    assert times.countdown(NOW + timedelta(seconds=1), NOW + timedelta(seconds=1), now=NOW).used == 99


def test_distance_from_now_is_told_in_one_unit() -> None:
    assert times.ago(NOW - timedelta(hours=2), NOW) == "2h ago"
    assert times.ago(NOW + timedelta(hours=3), NOW) == "in 3h"
    assert times.ago(NOW - timedelta(seconds=20), NOW) == "just now"
    with translation.override("zh-hans"):
        assert times.ago(NOW - timedelta(hours=2), NOW) == "2小时前"


def test_the_exact_moment_stands_in_the_readers_zone() -> None:
    with timezone.override("Asia/Shanghai"):
        assert times.exact(NOW).replace("\u202f", " ") == "Nov 24, 2026, 4:00 PM"
        with translation.override("zh-hans"):
            assert times.exact(NOW) == "2026年11月24日 16:00"
            assert times.day(datetime(2026, 11, 24, 20, 0, tzinfo=UTC)) == "2026年11月25日"
