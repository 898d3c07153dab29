"""Working time is counted exactly: in every zone, through clock changes, breaks, holidays and swapped days."""

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from time import perf_counter
from zoneinfo import ZoneInfo

import pytest
from django.core.exceptions import ValidationError
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from salesflow.clocks.calendars import ELAPSED, DayRule, Layer, WorkingTime
from salesflow.clocks.hours import Day, day_from_text, week_parse

OFFICE = day_from_text("9:00-18:00")
CHINA = day_from_text("9:00-12:00, 13:30-18:00")
CLOSED: Day = ()


def weekdays(hours: Day) -> Layer:
    return Layer(((date(2020, 1, 1), (hours,) * 5 + (CLOSED, CLOSED)),))


def every_day(text: str, **rules) -> Layer:
    return Layer(((date(2020, 1, 1), (day_from_text(text),) * 7),), rules.get("days", {}))


def at(zone: str, text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone))


# --- the laws -------------------------------------------------------------------------------------------------------

ZONES = st.sampled_from(
    [
        "UTC",
        "Asia/Shanghai",
        "Europe/Berlin",
        "America/New_York",
        "America/Sao_Paulo",
        "Asia/Beirut",  # changes at midnight
        "Australia/Lord_Howe",  # changes by half an hour
        "Asia/Kathmandu",
        "Africa/Casablanca",
        "Pacific/Apia",  # left out a whole day in 2011
        "Pacific/Chatham",
    ]
)
MINUTES = st.integers(0, 24 * 60)
DAYS = st.lists(st.tuples(MINUTES, MINUTES), max_size=3).map(
    lambda pairs: tuple(pair for pair in pairwise(sorted({m for p in pairs for m in p})) if pair[0] % 2 == 0)
)
WEEKS = st.tuples(*[DAYS] * 7)
DATES = st.dates(date(2010, 1, 1), date(2014, 12, 31))
RULES = st.one_of(
    st.builds(DayRule, st.just("closed"), st.one_of(st.just(()), DAYS)),
    st.builds(DayRule, st.just("open"), DAYS),
    st.builds(DayRule, st.just("open"), st.just(()), st.integers(0, 6)),
)
LAYERS = st.builds(
    Layer,
    st.lists(st.tuples(DATES, WEEKS), min_size=1, max_size=3, unique_by=lambda p: p[0]).map(tuple),
    st.dictionaries(DATES, RULES, max_size=20),
)
INSTANTS = st.datetimes(datetime(2010, 1, 1), datetime(2014, 12, 31), timezones=st.just(UTC))
SPANS = st.one_of(st.integers(0, 200_000), st.integers(0, 40_000_000))


@st.composite
def calendars(draw) -> WorkingTime:
    """Any calendar that has hours in the end: odd weeks, versions, exceptions, an override on top."""
    layers = draw(st.lists(LAYERS, min_size=1, max_size=2))
    ends_open = Layer(((date(2015, 1, 1), (OFFICE,) * 7),))
    return WorkingTime(draw(ZONES), *layers, ends_open)


@settings(max_examples=60, deadline=None)
@given(calendars(), INSTANTS, SPANS)
def test_what_was_added_lies_between(hours, start, seconds):
    assert hours.between(start, hours.add(start, seconds)) == seconds


@settings(max_examples=60, deadline=None)
@given(calendars(), INSTANTS, SPANS, SPANS)
def test_adding_in_two_steps_is_adding_at_once(hours, start, first, second):
    assert hours.add(hours.add(start, first), second) == hours.add(start, first + second)


@settings(max_examples=60, deadline=None)
@given(calendars(), INSTANTS, INSTANTS, SPANS, SPANS)
def test_a_later_start_or_a_longer_span_never_ends_earlier(hours, one, other, few, many):
    earlier, later = sorted([one, other])
    fewer, more = sorted([few, many])
    assert hours.add(earlier, fewer) <= hours.add(later, fewer) <= hours.add(later, more)


@settings(max_examples=60, deadline=None)
@given(calendars(), INSTANTS, INSTANTS, INSTANTS)
def test_spans_add_up_and_have_a_sign(hours, a, b, c):
    assert hours.between_us(a, b) + hours.between_us(b, c) == hours.between_us(a, c)
    assert hours.between_us(a, b) == -hours.between_us(b, a)
    if a <= b:
        assert 0 <= hours.between_us(a, b) <= ELAPSED.between_us(a, b)


@settings(max_examples=60, deadline=None)
@given(calendars(), INSTANTS, SPANS)
def test_the_result_lies_in_a_range_or_at_its_end(hours, start, seconds):
    end = hours.add(start, seconds)
    assert end >= start
    assert hours.is_open(end) or hours.is_open(end - timedelta(microseconds=1))


@settings(max_examples=60, deadline=None)
@given(calendars(), INSTANTS)
def test_the_next_opening_is_open_and_nothing_is_open_before_it(hours, start):
    opening = hours.next_open(start)
    assert opening >= start and hours.is_open(opening)
    assert hours.between_us(start, opening) == 0
    assert hours.between_us(start, opening + timedelta(microseconds=1)) == 1


@settings(max_examples=40, deadline=None)
@given(calendars(), INSTANTS, st.integers(0, 3 * 24 * 60))
def test_counting_minute_by_minute_gives_the_same(hours, start, minutes):
    """The slow way, on whole minutes: every range begins and ends on one."""
    start = start.replace(second=0, microsecond=0)
    open_minutes = sum(hours.is_open(start + timedelta(minutes=n)) for n in range(minutes))
    assert hours.between(start, start + timedelta(minutes=minutes)) == open_minutes * 60


@settings(max_examples=60, deadline=None)
@given(calendars(), DATES)
def test_an_open_instant_is_one_whose_wall_time_is_in_the_hours(hours, day):
    """Membership asked of the local wall clock, wherever it is neither skipped nor repeated."""
    for minute in range(0, 24 * 60, 30):
        wall = datetime(day.year, day.month, day.day, minute // 60, minute % 60, tzinfo=hours.zone)
        assume(wall.utcoffset() == wall.replace(fold=1).utcoffset())
        assert hours.is_open(wall) == any(start <= minute < end for start, end in hours.hours_on(day))


def test_fractions_of_a_second_are_kept():
    hours = WorkingTime("UTC", every_day("9:00-17:00"))
    end = hours.add(at("UTC", "2026-03-02T16:59:59.5"), 1.25)
    assert end == at("UTC", "2026-03-03T09:00:00.75")


# --- ordinary weeks -------------------------------------------------------------------------------------------------


def test_two_hours_from_saturday_afternoon_end_on_monday_at_eleven():
    hours = WorkingTime("Europe/Berlin", weekdays(OFFICE))
    assert hours.add(at("Europe/Berlin", "2026-11-21T15:00"), 7200) == at("Europe/Berlin", "2026-11-23T11:00")


def test_a_lunch_break_counts_nothing():
    hours = WorkingTime("Asia/Shanghai", weekdays(CHINA))
    noon = at("Asia/Shanghai", "2026-11-23T11:30")
    assert hours.add(noon, 3600) == at("Asia/Shanghai", "2026-11-23T14:00")
    assert hours.between(noon, at("Asia/Shanghai", "2026-11-23T13:45")) == 45 * 60


def test_a_span_that_ends_on_closing_time_stays_there():
    hours = WorkingTime("Asia/Shanghai", weekdays(CHINA))
    friday = at("Asia/Shanghai", "2026-11-27T17:00")
    assert hours.add(friday, 3600) == at("Asia/Shanghai", "2026-11-27T18:00")
    assert hours.add(friday, 3601) == at("Asia/Shanghai", "2026-11-30T09:00:01")


def test_nothing_added_is_the_start_or_the_next_opening():
    hours = WorkingTime("Asia/Shanghai", weekdays(CHINA))
    for inside in ("2026-11-27T09:00", "2026-11-27T10:00", "2026-11-27T12:00", "2026-11-27T18:00"):
        assert hours.add(at("Asia/Shanghai", inside), 0) == at("Asia/Shanghai", inside)
    for outside in ("2026-11-27T18:00:01", "2026-11-28T12:00"):
        assert hours.add(at("Asia/Shanghai", outside), 0) == at("Asia/Shanghai", "2026-11-30T09:00")


def test_closing_time_is_not_open_and_the_next_opening_comes_after_the_break():
    hours = WorkingTime("Asia/Shanghai", weekdays(CHINA))
    noon = at("Asia/Shanghai", "2026-11-27T12:00")
    assert not hours.is_open(noon)
    assert hours.next_open(noon) == at("Asia/Shanghai", "2026-11-27T13:30")


def test_a_night_shift_runs_through_midnight_and_new_year():
    hours = WorkingTime("Europe/Berlin", every_day("0:00-6:00, 22:00-24:00"))
    new_year = at("Europe/Berlin", "2026-12-31T22:00")
    assert hours.add(new_year, 8 * 3600) == at("Europe/Berlin", "2027-01-01T06:00")
    assert hours.add(new_year, 2 * 3600) == at("Europe/Berlin", "2027-01-01T00:00")


def test_closing_at_midnight_of_the_old_year_is_still_closing_time():
    hours = WorkingTime("Europe/Berlin", every_day("9:00-24:00"))
    midnight = hours.add(at("Europe/Berlin", "2026-12-31T23:00"), 3600)
    assert midnight == at("Europe/Berlin", "2027-01-01T00:00")
    assert hours.add(midnight, 0) == midnight
    assert hours.add(midnight, 1) == at("Europe/Berlin", "2027-01-01T09:00:01")


def test_round_the_clock_is_elapsed_time():
    hours = WorkingTime("America/New_York", every_day("0:00-24:00"))
    start = at("America/New_York", "2026-03-07T20:00")
    assert hours.add(start, 86_400) == ELAPSED.add_us(start, 86_400_000_000)


# --- clock changes --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("zone", "day", "shift", "length"),
    [
        ("Europe/Berlin", "2026-03-29", "0:00-6:00", 5),
        ("Europe/Berlin", "2026-10-25", "0:00-6:00", 7),
        ("America/New_York", "2026-03-08", "0:00-6:00", 5),
        ("America/New_York", "2026-11-01", "0:00-6:00", 7),
        ("Australia/Lord_Howe", "2026-10-04", "0:00-6:00", 5.5),
        ("Asia/Beirut", "2026-03-29", "0:00-6:00", 5),  # midnight itself is skipped
        ("Europe/Berlin", "2026-03-29", "2:30-6:00", 3),  # starts in the skipped hour: at the jump
        ("Europe/Berlin", "2026-03-29", "0:00-2:30", 2),  # ends in it: at the jump
        ("Europe/Berlin", "2026-03-29", "2:10-2:50", 0),  # lies in it: empty
        ("Europe/Berlin", "2026-10-25", "2:00-3:00", 2),  # the hour happens twice
        ("Europe/Berlin", "2026-10-25", "1:00-2:30", 1.5),  # ends the first time it is half past two
        ("Europe/Berlin", "2026-10-25", "2:30-4:00", 2.5),  # starts the first time
        ("Pacific/Apia", "2011-12-30", "0:00-24:00", 0),  # the day that never was
    ],
)
def test_a_night_of_changing_clocks_has_its_real_length(zone, day, shift, length):
    open_only_then = {date.fromisoformat(day): DayRule("open", day_from_text(shift))}
    hours = WorkingTime(zone, Layer((), open_only_then))
    noon = at(zone, f"{day}T12:00")
    assert hours.between(noon - timedelta(days=2), noon + timedelta(days=2)) == length * 3600


def test_a_range_inside_the_skipped_hour_is_no_opening():
    hours = WorkingTime("Europe/Berlin", every_day("2:10-2:50"))
    assert hours.next_open(at("Europe/Berlin", "2026-03-28T12:00")) == at("Europe/Berlin", "2026-03-30T02:10")


def test_ranges_that_touch_in_a_changing_night_still_touch():
    for day in (date(2026, 3, 29), date(2026, 10, 25)):
        rule = {day: DayRule("open", ((0, 150), (150, 360)))}
        split = WorkingTime("Europe/Berlin", Layer((), rule))
        whole = WorkingTime("Europe/Berlin", Layer((), {day: DayRule("open", ((0, 360),))}))
        start = datetime(day.year, day.month, day.day, tzinfo=UTC) - timedelta(hours=12)
        assert split.add(start, 4 * 3600) == whole.add(start, 4 * 3600)


def test_a_day_of_elapsed_seconds_is_86400_through_the_change():
    start = at("Europe/Berlin", "2026-03-28T12:00")
    assert ELAPSED.add_us(start, 86_400_000_000) == at("Europe/Berlin", "2026-03-29T13:00")


# --- exceptions, versions, overrides --------------------------------------------------------------------------------


def test_a_holiday_is_closed_and_a_swapped_saturday_works_like_its_friday():
    friday_is_short = (CHINA,) * 4 + (day_from_text("9:00-12:00"), CLOSED, CLOSED)
    days = {
        date(2026, 2, 20): DayRule("closed"),
        date(2026, 2, 14): DayRule("open", like_weekday=4),
    }
    hours = WorkingTime("Asia/Shanghai", Layer(((date(2020, 1, 1), friday_is_short),), days))
    assert hours.hours_on(date(2026, 2, 14)) == day_from_text("9:00-12:00")
    assert not hours.is_open(at("Asia/Shanghai", "2026-02-20T10:00"))
    assert hours.add(at("Asia/Shanghai", "2026-02-14T08:00"), 3 * 3600) == at(
        "Asia/Shanghai", "2026-02-14T12:00"
    )


def test_a_swapped_day_keeps_its_own_hours_where_the_weekday_it_stands_for_has_none():
    weekend_shop = (CLOSED,) * 5 + (OFFICE, OFFICE)
    days = {date(2026, 2, 14): DayRule("open", like_weekday=4)}
    hours = WorkingTime("Asia/Shanghai", Layer(((date(2020, 1, 1), weekend_shop),), days))
    assert hours.hours_on(date(2026, 2, 14)) == OFFICE


def test_a_partial_closing_takes_its_hours_out_of_the_day():
    days = {date(2026, 11, 23): DayRule("closed", day_from_text("11:00-14:00"))}
    hours = WorkingTime("Asia/Shanghai", Layer(weekdays(CHINA).patterns, days))
    assert hours.hours_on(date(2026, 11, 23)) == day_from_text("9:00-11:00, 14:00-18:00")


def test_a_version_holds_from_its_date_and_the_first_one_also_before():
    short = (day_from_text("10:00-12:00"),) * 7
    hours = WorkingTime("UTC", Layer(((date(2026, 6, 1), (OFFICE,) * 7), (date(2026, 7, 1), short))))
    assert hours.hours_on(date(2020, 1, 1)) == OFFICE
    assert hours.hours_on(date(2026, 6, 30)) == OFFICE
    assert hours.hours_on(date(2026, 7, 1)) == short[0]


def test_a_person_has_hours_of_his_own_and_the_holidays_of_all():
    holiday, swapped, leave = date(2026, 11, 24), date(2026, 11, 28), date(2026, 11, 25)
    base = Layer(
        weekdays(CHINA).patterns,
        {holiday: DayRule("closed"), swapped: DayRule("open", like_weekday=4)},
    )
    mornings = (day_from_text("8:00-12:00"),) * 4 + (CLOSED,) * 3
    own = Layer(((date(2026, 11, 1), mornings), (date(2026, 12, 1), None)), {leave: DayRule("closed")})
    hours = WorkingTime("Asia/Shanghai", base, own)
    assert hours.hours_on(date(2026, 10, 30)) == CHINA, "his hours are not in force yet"
    assert hours.hours_on(date(2026, 11, 23)) == day_from_text("8:00-12:00")
    assert hours.hours_on(holiday) == CLOSED
    assert hours.hours_on(leave) == CLOSED
    assert hours.hours_on(swapped) == CLOSED, "he does not work on Fridays"
    assert hours.hours_on(date(2026, 12, 2)) == CHINA, "his hours have ended"


# --- calendars without time, and speed ------------------------------------------------------------------------------


def test_a_calendar_that_is_never_open_is_refused():
    with pytest.raises(ValidationError, match="no open time"):
        WorkingTime("UTC", Layer(((date(2020, 1, 1), week_parse({})),)))
    with pytest.raises(ValidationError, match="no open time"):
        WorkingTime("UTC")


def test_a_calendar_whose_hours_have_ended_says_so_instead_of_searching_for_ever():
    patterns = ((date(2020, 1, 1), (OFFICE,) * 7), (date(2026, 7, 1), week_parse({})))
    hours = WorkingTime("UTC", Layer(patterns))
    assert hours.add(at("UTC", "2026-06-30T17:00"), 3600) == at("UTC", "2026-06-30T18:00")
    for ask in (
        lambda: hours.add(at("UTC", "2026-06-30T17:00"), 3601),
        lambda: hours.next_open(at("UTC", "2027-01-01")),
    ):
        with pytest.raises(ValidationError, match="no open time"):
            ask()


def test_a_last_opening_far_ahead_is_found():
    hours = WorkingTime("UTC", Layer((), {date(2030, 5, 1): DayRule("open", OFFICE)}))
    assert hours.next_open(at("UTC", "2026-01-01")) == at("UTC", "2030-05-01T09:00")


def test_instants_beyond_the_calendar_are_refused():
    hours = WorkingTime("UTC", every_day("9:00-17:00"))
    with pytest.raises(ValidationError, match="2200"):
        hours.add(at("UTC", "2300-01-01"), 1)
    with pytest.raises(ValidationError, match="no open time"):
        hours.add(at("UTC", "2199-01-01"), 10**9)


def test_an_unknown_zone_is_refused():
    for zone in ("Mars/Olympus", "", "../etc/passwd", "Europe"):
        with pytest.raises(ValidationError, match="not a time zone"):
            WorkingTime(zone, every_day("9:00-17:00"))


def test_spans_of_decades_cost_as_little_as_spans_of_hours():
    hours = WorkingTime("Asia/Shanghai", weekdays(CHINA))
    start = at("Asia/Shanghai", "2026-01-01T10:00")
    seconds = 30 * 250 * 27_000
    hours.add(start, seconds)
    began = perf_counter()
    for _ in range(1000):
        hours.between(start, hours.add(start, seconds))
    assert perf_counter() - began < 2, "a search in years and ranges, not a walk"
