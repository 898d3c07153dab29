"""Hours are written as text lines and kept as JSON; whatever is not hours is refused with a sentence."""

import pytest
from django.core.exceptions import ValidationError
from hypothesis import given
from hypothesis import strategies as st

from salesflow.clocks import hours


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("09:00-12:00, 13:30-18:00", ((540, 720), (810, 1080))),
        ("13:30-18:00,9:00-12:00", ((540, 720), (810, 1080))),
        ("9：00—12：00；13:30至18:00", ((540, 720), (810, 1080))),
        ("22:00 to 24:00", ((1320, 1440),)),
        ("9:00-12:00 12:00-13:00".replace(" ", "\n"), ((540, 780),)),
        ("  ", ()),
        ("", ()),
    ],
)
def test_text_lines_are_read(text, day):
    assert hours.day_from_text(text) == day


@pytest.mark.parametrize(
    "text",
    [
        "9-12",
        "09:00",
        "25:00-26:00",
        "24:01-24:30",
        "9:60-10:00",
        "18:00-09:00",
        "9:00-9:00",
        "a-b",
        "9:00-12:00-13:00",
    ],
)
def test_what_is_not_a_range_is_refused(text):
    with pytest.raises(ValidationError):
        hours.day_from_text(text)


def test_overlapping_ranges_are_refused_and_named():
    with pytest.raises(ValidationError, match=r"09:00-12:00 and 11:00-13:00 overlap"):
        hours.day_from_text("11:00-13:00, 9:00-12:00")


@pytest.mark.parametrize(
    "value",
    [
        None,
        7,
        "09:00-12:00",
        [["09:00"]],
        [[540, 720]],
        [["09:00", None]],
        [["09:00", "08:00"]],
        {"0": 1},
        [[["09:00", "10:00"]]],
    ],
)
def test_json_that_is_no_day_is_refused(value):
    with pytest.raises(ValidationError):
        hours.day_parse(value)


@pytest.mark.parametrize("value", [None, [], "x", {"7": []}, {"mon": []}, {0: []}, {"0": {"a": 1}}])
def test_json_that_is_no_week_is_refused(value):
    with pytest.raises(ValidationError):
        hours.week_parse(value)


@given(
    st.dictionaries(
        st.sampled_from("0123456"), st.sampled_from(["9:00-12:00", "0:00-24:00", "8:00-9:00,10:00-11:00", ""])
    )
)
def test_a_week_survives_being_stored_and_written(texts):
    week = hours.week_parse(
        {key: hours.day_to_json(hours.day_from_text(text)) for key, text in texts.items()}
    )
    assert hours.week_parse(hours.week_to_json(week)) == week
    assert all(hours.day_from_text(hours.day_to_text(day)) == day for day in week)


def test_a_partial_closing_splits_shortens_and_removes():
    day = hours.day_from_text("9:00-12:00, 13:00-18:00")
    split = hours.day_from_text("9:00-10:00, 11:00-12:00, 13:00-18:00")
    assert hours.day_without(day, hours.day_from_text("10:00-11:00")) == split
    assert hours.day_without(day, hours.day_from_text("11:00-14:00")) == hours.day_from_text(
        "9:00-11:00, 14:00-18:00"
    )
    assert hours.day_without(day, hours.day_from_text("0:00-24:00")) == ()
    assert hours.day_without(day, ()) == day
