"""Calendars are made, changed, overridden and filled with holidays; what counts is kept in memory for one revision."""

import sys
import threading
from datetime import date, timedelta

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import InternalError, transaction
from django.db.utils import IntegrityError

from salesflow.clocks.holiday_rules import holiday_rules
from salesflow.clocks.hours import day_from_text
from salesflow.clocks.models import BusinessCalendar, CalendarException, CalendarVersion
from salesflow.clocks.services import (
    calendar_archive,
    calendar_change,
    calendar_create,
    calendar_default,
    calendar_ensure_defaults,
    calendar_override,
    calendar_restore,
    clock_start,
    database_now,
    holidays_keep_up,
    holidays_load,
    sweep,
    working_time,
)
from salesflow.journal.models import Event
from salesflow.lib.errors import Conflict
from salesflow.lib.records import touched
from salesflow.lib.sweeps import sweep_named

from .conftest import at, at_once, week
from .conftest import fresh as clock_now

CHINA = day_from_text("9:00-12:00, 13:30-18:00")


@pytest.fixture
def china(db):
    return calendar_create(
        name="中国", zone="Asia/Shanghai", weekly=week("9:00-12:00, 13:30-18:00"), valid_from=date(2020, 1, 1)
    )


def refused_on(field, refused) -> bool:
    return field in refused.value.message_dict


# --- making and changing --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("field", "values"),
    [
        ("zone", {"zone": "Mars/Olympus"}),
        ("name", {"name": ""}),
        ("name", {"name": "Office"}),
        ("country", {"country": "Germany"}),
        ("country", {"country": "XX"}),
        ("subdivision", {"country": "DE", "subdivision": "ZZ"}),
        ("colour", {"colour": "red"}),
        ("exceptions", {"exceptions": [{"date": "never"}]}),
        ("exceptions", {"exceptions": [{"kind": "closed"}]}),
        ("exceptions", {"exceptions": [{"date": date(9999, 1, 1)}]}),
        ("valid_from", {"valid_from": date(9999, 1, 1)}),
        ("exceptions", {"exceptions": [{"date": date(2026, 1, 1), "kind": "open"}]}),
        ("exceptions", {"exceptions": [{"date": date(2026, 1, 1), "kind": "ajar"}]}),
        ("exceptions", {"exceptions": [{"date": date(2026, 1, 1), "kind": "closed", "like_weekday": 1}]}),
        ("exceptions", {"exceptions": [{"date": date(2026, 1, 1), "kind": "open", "like_weekday": 9}]}),
        ("exceptions", {"exceptions": [{"date": date(2026, 1, 1), "ranges": [["9", "8"]]}]}),
        ("exceptions", {"exceptions": [{"date": date(2026, 1, 1)}, {"date": date(2026, 1, 1)}]}),
    ],
)
def test_what_is_no_calendar_is_refused_field_by_field(office, field, values):
    good = {"name": "Other", "zone": "UTC", "weekly": week("9:00-17:00")}
    with pytest.raises(ValidationError) as refused:
        calendar_create(**{**good, **values})
    assert refused_on(field, refused)
    assert BusinessCalendar.objects.count() == 1


def test_a_calendar_without_any_open_time_is_refused(db):
    with pytest.raises(ValidationError, match="no open time"):
        calendar_create(name="Never", zone="UTC", weekly={})
    assert not BusinessCalendar.objects.exists()


def test_other_hours_are_a_new_version_and_the_old_ones_stay(office):
    calendar_change(calendar=office, weekly=week("10:00-12:00"), valid_from=date(2030, 1, 1))
    versions = CalendarVersion.objects.filter(calendar=office).order_by("number")
    assert [(version.number, version.valid_from.year) for version in versions] == [(1, 2020), (2, 2030)]
    hours = working_time(BusinessCalendar.objects.get(pk=office.pk))
    assert hours.hours_on(date(2029, 12, 31)) == day_from_text("9:00-18:00")
    assert hours.hours_on(date(2030, 1, 1)) == day_from_text("10:00-12:00")


def test_hours_changed_twice_for_the_same_day_are_the_last_ones(office):
    for text in ("10:00-12:00", "11:00-13:00"):
        calendar_change(calendar=office, weekly=week(text), valid_from=date(2030, 1, 1))
    hours = working_time(BusinessCalendar.objects.get(pk=office.pk))
    assert hours.hours_on(date(2030, 1, 1)) == day_from_text("11:00-13:00")


def test_the_hours_that_are_in_force_anyway_make_no_version(office):
    calendar_change(calendar=office, weekly=week("9:00-18:00"), valid_from=date(2026, 1, 1))
    assert CalendarVersion.objects.count() == 1


def test_hours_without_a_date_hold_from_today_in_the_calendars_zone(office):
    calendar_change(calendar=office, weekly=week("10:00-12:00"))
    today = database_now().astimezone(working_time(office).zone).date()
    assert CalendarVersion.objects.get(number=2).valid_from == today


def test_a_version_can_never_be_changed(office):
    with pytest.raises((InternalError, IntegrityError), match="never_changes"), transaction.atomic():
        CalendarVersion.objects.update(weekly=week("0:00-24:00"))


def test_what_changes_reaches_every_process_at_once(office):
    """Kept in memory by revision: the same object until the calendar changes, then a new one."""
    before = working_time(office)
    assert working_time(BusinessCalendar.objects.get(pk=office.pk)) is before
    calendar_change(calendar=office, exceptions=[{"date": date(2026, 12, 24), "kind": "closed"}])
    after = working_time(BusinessCalendar.objects.get(pk=office.pk))
    assert before.is_open(at("Europe/Berlin", "2026-12-24T10:00"))
    assert not after.is_open(at("Europe/Berlin", "2026-12-24T10:00"))


def test_a_change_that_was_rolled_back_leaves_nothing_in_memory(office):
    with pytest.raises(RuntimeError), transaction.atomic():
        calendar_change(calendar=office, exceptions=[{"date": date(2026, 12, 24), "kind": "closed"}])
        assert not working_time(office).is_open(at("Europe/Berlin", "2026-12-24T10:00"))
        raise RuntimeError
    stored = BusinessCalendar.objects.get(pk=office.pk)
    assert working_time(stored).is_open(at("Europe/Berlin", "2026-12-24T10:00"))
    calendar_change(calendar=stored, exceptions=[{"date": date(2026, 12, 31), "kind": "closed"}])
    hours = working_time(BusinessCalendar.objects.get(pk=office.pk))
    assert hours.is_open(at("Europe/Berlin", "2026-12-24T10:00"))
    assert not hours.is_open(at("Europe/Berlin", "2026-12-31T10:00"))


def test_asking_again_costs_no_query(office, django_assert_num_queries):
    working_time(office)
    with django_assert_num_queries(0):
        working_time(office).add(at("UTC", "2026-01-01T00:00"), 3600)


def test_each_change_is_in_the_journal_and_who_may_not_is_refused(office, people):
    calendar_change(calendar=office, by=people["admin"], name="Head office")
    told = Event.objects.get(kind="clocks.calendar_changed")
    assert (told.actor_id, told.data["fields"]) == (people["admin"].pk, ["name"])
    for role in ("rep", "auditor"):
        with pytest.raises(PermissionDenied):
            calendar_change(calendar=office, by=people[role], name="Mine")
        with pytest.raises(PermissionDenied):
            holidays_load(calendar=office, country="DE", year=2026, by=people[role])
        with pytest.raises(PermissionDenied):
            calendar_create(name="Mine", zone="UTC", weekly=week("9:00-10:00"), by=people[role])
        with pytest.raises(PermissionDenied):
            calendar_archive(calendar=office, by=people[role])
    assert BusinessCalendar.objects.get().name == "Head office"
    assert Event.objects.filter(kind__startswith="clocks.").count() == 2


def test_one_calendar_is_the_default(office, china):
    calendar_change(calendar=office, is_default=True)
    calendar_change(calendar=china, is_default=True)
    assert calendar_default() == china
    assert BusinessCalendar.objects.filter(is_default=True).count() == 1


def test_the_default_is_not_archived_and_another_is(office, china):
    calendar_change(calendar=office, is_default=True)
    with pytest.raises(Conflict) as refused:
        calendar_archive(calendar=office)
    assert refused.value.code == "calendar_is_default"
    assert calendar_archive(calendar=china).archived_at is not None
    assert list(BusinessCalendar.objects.active()) == [office]
    assert calendar_restore(calendar=china).archived_at is None


def test_the_default_is_given_on_and_never_just_taken_away(office):
    calendar_change(calendar=office, is_default=True)
    with pytest.raises(ValidationError) as refused:
        calendar_change(calendar=office, is_default=False)
    assert refused_on("is_default", refused)
    assert calendar_default() == office


def both_made_default_at_once(office, china) -> list:
    outcomes = at_once(
        lambda: calendar_change(calendar=office, is_default=True),
        lambda: calendar_change(calendar=china, is_default=True),
    )
    return [outcome for outcome in outcomes if isinstance(outcome, Exception)]


@pytest.mark.django_db(transaction=True)
def test_two_made_default_at_once_leave_one(people, office, china):
    for _turn in range(10):
        assert both_made_default_at_once(office, china) == []
        assert BusinessCalendar.objects.filter(is_default=True).count() == 1


@pytest.mark.django_db(transaction=True)
def test_without_the_row_that_puts_changes_in_a_row_one_of_them_breaks(people, office, china, monkeypatch):
    """The guard of the test above removed: both see no other default, both become it, and the index stops one."""
    BusinessCalendar.objects.update(is_default=False)
    service = sys.modules[calendar_change.__module__]
    together, calls = threading.Barrier(2), threading.local()

    def stamp_after_both_have_looked():
        calls.made = getattr(calls, "made", 0) + 1
        if calls.made == 2:  # the others have been looked for, oneself is not the default yet
            together.wait(timeout=20)
        return touched()

    monkeypatch.setattr(service, "config_changed", lambda: None)
    monkeypatch.setattr(service, "touched", stamp_after_both_have_looked)
    broken = both_made_default_at_once(office, china)
    assert [type(each) for each in broken] == [IntegrityError]


# --- exceptions and overrides ---------------------------------------------------------------------------------------


def test_exceptions_are_replaced_as_a_whole_and_those_that_stay_keep_where_they_came_from(china):
    holidays_load(calendar=china, country="CN", year=2026)
    loaded = list(CalendarException.objects.values("date", "kind", "ranges", "like_weekday", "name"))
    own = {"date": date(2026, 3, 9), "kind": "closed", "ranges": [["13:30", "18:00"]], "name": "Outing"}
    calendar_change(calendar=china, exceptions=[*loaded[1:], own])
    assert CalendarException.objects.filter(loaded=True).count() == len(loaded) - 1
    assert CalendarException.objects.get(loaded=False).name == "Outing"
    hours = working_time(BusinessCalendar.objects.get(pk=china.pk))
    assert hours.hours_on(date(2026, 3, 9)) == day_from_text("9:00-12:00")


def test_a_person_and_a_team_have_hours_of_their_own(office, people):
    from salesflow.people.models import Team

    team = Team.objects.create(name="Night")
    calendar_override(calendar=office, team=team, weekly=week("0:00-8:00", 7), valid_from=date(2026, 1, 1))
    calendar_override(calendar=office, user=people["rep"], exceptions=[{"date": date(2026, 3, 2)}])
    stored = BusinessCalendar.objects.get(pk=office.pk)
    monday = date(2026, 3, 2)
    assert working_time(stored).hours_on(monday) == day_from_text("9:00-18:00")
    assert working_time(stored, team=team).hours_on(monday) == day_from_text("0:00-8:00")
    assert working_time(stored, user=people["rep"]).hours_on(monday) == ()
    calendar_override(calendar=office, team=team, ends=True, valid_from=date(2026, 4, 1))
    stored = BusinessCalendar.objects.get(pk=office.pk)
    assert working_time(stored, team=team).hours_on(date(2026, 4, 1)) == day_from_text("9:00-18:00")
    with pytest.raises(ValidationError):
        calendar_override(calendar=office, weekly=week("9:00-10:00"))


def test_a_clock_counts_in_the_hours_of_a_person_and_follows_them(office, people, start):
    calendar_override(
        calendar=office, user=people["rep"], weekly=week("9:00-10:00"), valid_from=date(2020, 1, 1)
    )
    friday = at("Europe/Berlin", "2026-03-06T09:00")
    stored = BusinessCalendar.objects.get(pk=office.pk)
    clock = start(target_seconds=7200, calendar=stored, hours_of_user_id=people["rep"].pk, started_at=friday)
    assert clock.due_at == at("Europe/Berlin", "2026-03-09T10:00")
    assert clock.calendar_version.user == people["rep"]


@pytest.fixture
def change_crosses_the_start(office, monkeypatch):
    """Starting a clock, the calendar changes (by another connection) between the reckoning and the INSERT."""
    module = sys.modules[clock_start.__module__]
    plain = module._insert_one

    def insert_after_a_change(clock):
        change = {"calendar": office, "weekly": week("9:00-9:30"), "valid_from": date(2026, 1, 1)}
        assert not isinstance(at_once(lambda: calendar_change(**change))[0], Exception)
        plain(clock)

    monkeypatch.setattr(module, "_insert_one", insert_after_a_change)


@pytest.mark.django_db(transaction=True)
def test_a_clock_started_while_its_calendar_changes_is_reckoned_anew(
    office, people, start, change_crosses_the_start
):
    clock = start(target_seconds=50 * 3600, calendar=office)
    hours = working_time(BusinessCalendar.objects.get(pk=office.pk))
    assert clock_now(clock).due_at != hours.add(clock.started_at, 50 * 3600), "the change did not see it"
    assert sweep_named("clocks.calendars").run() == {"processed": 1}
    assert clock_now(clock).due_at == hours.add(clock.started_at, 50 * 3600)
    assert Event.objects.filter(kind="clocks.calendar_changed").count() == 2, (
        "told, as any change of due times"
    )
    assert sweep_named("clocks.calendars").run() == {"processed": 0}


@pytest.mark.django_db(transaction=True)
def test_such_a_clock_never_ends_by_the_old_hours(office, people, start, effects, change_crosses_the_start):
    started_at = database_now() - timedelta(days=30)
    clock = start(target_seconds=60 * 3600, warn_percents=[], calendar=office, started_at=started_at)
    assert clock_now(clock).due_at < database_now()
    sweep()
    assert effects.seen == []
    assert clock_now(clock).due_at > database_now()


# --- holidays -------------------------------------------------------------------------------------------------------


def test_china_2026_has_its_holidays_and_its_swapped_working_days(china):
    """Spring Festival 15–23 February: off on the 16th to 20th and 23rd, worked on Saturdays the 14th and 28th."""
    holidays_load(calendar=china, country="CN", year=2026)
    hours = working_time(BusinessCalendar.objects.get(pk=china.pk))
    off = [date(2026, 1, 2), date(2026, 2, 16), date(2026, 2, 23), date(2026, 10, 7), date(2026, 6, 19)]
    worked = [date(2026, 1, 4), date(2026, 2, 14), date(2026, 2, 28), date(2026, 9, 20), date(2026, 10, 10)]
    assert all(hours.hours_on(day) == () for day in off)
    assert all(hours.hours_on(day) == CHINA for day in worked)
    assert hours.hours_on(date(2026, 2, 15)) == (), "an ordinary Sunday"
    assert hours.add(at("Asia/Shanghai", "2026-02-14T17:00"), 7200) == at("Asia/Shanghai", "2026-02-24T10:00")


def test_a_swapped_day_works_like_the_weekday_it_stands_for(db):
    fridays_short = {**week("9:00-17:00"), "4": [["09:00", "12:00"]]}
    calendar = calendar_create(name="Short Fridays", zone="Asia/Shanghai", weekly=fridays_short)
    holidays_load(calendar=calendar, country="CN", year=2026)
    hours = working_time(calendar)
    assert hours.hours_on(date(2026, 2, 14)) == day_from_text("9:00-12:00"), "for Friday 20 February"
    assert hours.hours_on(date(2026, 2, 28)) == day_from_text("9:00-17:00"), "for Monday 23 February"


def test_loading_again_replaces_what_was_loaded_and_leaves_what_people_entered(china):
    own = {"date": date(2026, 2, 16), "kind": "open", "ranges": [["10:00", "11:00"]], "name": "Stand-by"}
    calendar_change(calendar=china, exceptions=[own])
    first = holidays_load(calendar=china, country="CN", year=2026)
    holidays_load(calendar=china, country="CN", year=2027)
    rows = CalendarException.objects.count()
    assert holidays_load(calendar=china, country="cn", year=2026) == first
    assert CalendarException.objects.count() == rows
    hours = working_time(BusinessCalendar.objects.get(pk=china.pk))
    assert hours.hours_on(date(2026, 2, 16)) == day_from_text("10:00-11:00")
    assert hours.hours_on(date(2027, 1, 1)) == ()


def test_the_holidays_of_a_state_are_loaded_when_asked(office):
    womens_day = date(2027, 3, 8)
    holidays_load(calendar=office, country="DE", year=2027)
    assert working_time(BusinessCalendar.objects.get(pk=office.pk)).hours_on(womens_day)
    holidays_load(calendar=office, country="DE", year=2027, subdivision="BE")
    assert not working_time(BusinessCalendar.objects.get(pk=office.pk)).hours_on(womens_day)


@pytest.mark.parametrize(
    ("field", "values"),
    [
        ("country", {"country": "XX"}),
        ("country", {"country": ""}),
        ("year", {"year": 99999}),
        ("year", {"year": "2026"}),
        ("subdivision", {"subdivision": "ZZ"}),
    ],
)
def test_holidays_nobody_knows_are_refused(office, field, values):
    with pytest.raises(ValidationError) as refused:
        holidays_load(**{"calendar": office, "country": "DE", "year": 2026, **values})
    assert refused_on(field, refused)


def test_many_countries_are_known(office):
    for country in ("US", "GB", "JP", "IN", "BR", "SA", "HK", "TW"):
        assert holidays_load(calendar=office, country=country, year=2026) > 3


def test_every_workspace_starts_with_china_and_germany(db):
    default = calendar_ensure_defaults()
    assert default.name == "China"
    assert set(BusinessCalendar.objects.values_list("name", "zone")) == {
        ("China", "Asia/Shanghai"),
        ("Germany", "Europe/Berlin"),
    }
    year = database_now().year
    hours = working_time(default)
    assert not hours.hours_on(date(year, 10, 1)) and not hours.hours_on(date(year + 1, 1, 1))
    calendar_change(calendar=default, name="中国总部")
    assert calendar_ensure_defaults().name == "中国总部"
    assert BusinessCalendar.objects.count() == 2, "a workspace that has calendars is left as it is"


def test_holidays_keep_up_with_what_the_library_knows(china, monkeypatch):
    year = database_now().year
    holidays_load(calendar=china, country="CN", year=year)
    assert holidays_keep_up() == {"processed": 1}, "the coming year"
    assert CalendarException.objects.filter(date__year=year + 1).exists()
    CalendarException.objects.filter(date=date(year, 10, 1)).delete()
    assert holidays_keep_up() == {"processed": 0}, "what somebody took out stays out"

    known = holiday_rules("CN", "", year + 1)
    announced = {**known, date(year + 1, 2, 20): {"kind": "open", "like_weekday": 4, "name": "调休"}}
    monkeypatch.setattr(
        "salesflow.clocks.services.holidays.holiday_rules",
        lambda country, subdivision, asked: (
            announced if asked == year + 1 else holiday_rules("CN", "", asked)
        ),
    )
    assert holidays_keep_up() == {"processed": 1}
    assert CalendarException.objects.get(date=date(year + 1, 2, 20)).like_weekday == 4


def test_the_timer_keeps_holidays_up(china):
    holidays_load(calendar=china, country="CN", year=2026)
    assert sweep_named("clocks.holidays").run()["processed"] >= 1
