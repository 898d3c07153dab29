"""The admin edits calendars through the services and shows clocks without letting anybody change them."""

from datetime import date

import pytest
from django.urls import reverse

from salesflow.clocks.hours import day_from_text
from salesflow.clocks.models import BusinessCalendar, CalendarException, CalendarVersion, Clock
from salesflow.clocks.services import (
    calendar_change,
    calendar_create,
    database_now,
    holidays_load,
    working_time,
)
from salesflow.journal.models import Event

from .conftest import at

DAYS = ["9:00-12:00, 13:30-18:00"] * 5 + ["", ""]


@pytest.fixture
def admin(client, people):
    client.force_login(people["admin"])
    return client


def page(calendar) -> str:
    return reverse("admin:clocks_businesscalendar_change", args=[calendar.pk])


def filled(response) -> dict[str, str]:
    """What the page's form would send back unchanged."""
    context = response.context_data
    data = {}
    forms = [context["adminform"].form]
    for inline in context["inline_admin_formsets"]:
        forms += [inline.formset.management_form, *inline.formset.forms]
    for form in forms:
        for bound in form:
            value = bound.value()
            data[bound.html_name] = "" if value is None or value is False else str(value)
    return data


def send(admin, calendar, **changed):
    return admin.post(page(calendar), {**filled(admin.get(page(calendar))), **changed})


def fresh(calendar) -> BusinessCalendar:
    return BusinessCalendar.objects.get(pk=calendar.pk)


def test_a_calendar_is_made_with_its_hours_and_a_holiday(admin, people):
    empty = admin.get(reverse("admin:clocks_businesscalendar_add"))
    data = {**filled(empty), "name": "Paris", "zone": "Europe/Paris"}
    data |= {f"day_{number}": text for number, text in enumerate(DAYS)}
    data |= {
        "calendarexception_set-0-date": "2027-07-14",
        "calendarexception_set-0-kind": "closed",
        "calendarexception_set-0-name": "Fête nationale",
    }
    response = admin.post(reverse("admin:clocks_businesscalendar_add"), data)
    assert response.status_code == 302
    hours = working_time(BusinessCalendar.objects.get(name="Paris"))
    assert hours.hours_on(date(2027, 7, 13)) == day_from_text(DAYS[0])
    assert hours.hours_on(date(2027, 7, 14)) == ()
    assert Event.objects.get(kind="clocks.calendar_created").actor_id == people["admin"].pk


def test_other_hours_become_a_new_version_from_their_date(admin, office):
    assert send(admin, office, day_4="9:00-15:00", valid_from="2030-01-01").status_code == 302
    assert CalendarVersion.objects.filter(calendar=office).count() == 2
    hours = working_time(fresh(office))
    assert hours.hours_on(date(2029, 12, 28)) == day_from_text("9:00-18:00")
    assert hours.hours_on(date(2030, 1, 4)) == day_from_text("9:00-15:00")


def test_a_page_sent_back_unchanged_changes_nothing(admin, office):
    year = database_now().year
    holidays_load(calendar=office, country="DE", year=year)
    events, revision = Event.objects.count(), fresh(office).revision
    assert send(admin, office).status_code == 302
    assert (Event.objects.count(), fresh(office).revision) == (events, revision)
    assert CalendarVersion.objects.count() == 1


@pytest.mark.parametrize(
    ("field", "text"),
    [("day_0", "9-12"), ("day_0", "12:00-9:00"), ("zone", "Mars/Olympus"), ("valid_from", "soon")],
)
def test_a_line_that_is_no_hours_is_named_on_the_page(admin, office, field, text):
    response = send(admin, office, **{field: text})
    assert response.status_code == 200
    assert field in response.context_data["adminform"].form.errors
    assert CalendarVersion.objects.count() == 1


def test_a_calendar_that_would_never_be_open_is_refused_on_the_page(admin, office):
    closed = {f"day_{number}": "" for number in range(7)}
    response = admin.post(
        page(office), {**filled(admin.get(page(office))), **closed, "valid_from": "2000-01-01"}, follow=True
    )
    # the first version still had hours before; a calendar made closed from the beginning has none
    assert response.status_code == 200
    empty = admin.get(reverse("admin:clocks_businesscalendar_add"))
    data = {**filled(empty), "name": "Never", "zone": "UTC"}
    response = admin.post(reverse("admin:clocks_businesscalendar_add"), data, follow=True)
    assert "no open time" in response.content.decode()
    assert not BusinessCalendar.objects.filter(name="Never").exists()


def test_another_calendar_is_made_the_default(admin, office):
    calendar_change(calendar=office, is_default=True)
    other = calendar_create(name="Paris", zone="Europe/Paris", weekly={"0": [["09:00", "12:00"]]})
    assert send(admin, other, is_default="on").status_code == 302
    assert (fresh(office).is_default, fresh(other).is_default) == (False, True)


def test_exceptions_are_added_changed_and_removed_and_loaded_ones_stay_loaded(admin, office):
    year = database_now().year + 1
    number = holidays_load(calendar=office, country="DE", year=year)
    first = CalendarException.objects.order_by("date")[0]
    prefix = "calendarexception_set"
    response = send(
        admin,
        office,
        **{
            f"{prefix}-0-DELETE": "on",
            f"{prefix}-{number}-date": f"{year}-03-08",
            f"{prefix}-{number}-kind": "open",
            f"{prefix}-{number}-hours": "10:00-12:00",
        },
    )
    assert response.status_code == 302
    assert not CalendarException.objects.filter(date=first.date).exists()
    assert CalendarException.objects.filter(loaded=True).count() == number - 1
    assert working_time(fresh(office)).hours_on(date(year, 3, 8)) == day_from_text("10:00-12:00")


def test_exceptions_of_earlier_years_are_not_shown_and_not_lost(admin, office):
    calendar_change(calendar=office, exceptions=[{"date": date(2021, 5, 5)}])
    year = database_now().year
    response = send(
        admin,
        office,
        **{"calendarexception_set-0-date": f"{year}-12-31", "calendarexception_set-0-kind": "closed"},
    )
    assert response.status_code == 302
    assert CalendarException.objects.filter(date=date(2021, 5, 5)).exists()
    assert CalendarException.objects.count() == 2


def test_an_open_day_without_hours_is_refused_on_the_page(admin, office):
    values = {"calendarexception_set-0-date": "2027-01-01", "calendarexception_set-0-kind": "open"}
    assert send(admin, office, **values).status_code == 200
    assert not CalendarException.objects.exists()


def test_holidays_are_loaded_from_the_dialog(admin, office):
    address = reverse("admin:clocks_businesscalendar_load_holidays", args=[office.pk])
    assert admin.get(address).status_code == 200
    sent = {"_form_submitted": "on", "country": "cn", "year": "2026"}
    assert admin.post(address, sent).status_code == 302
    assert not working_time(fresh(office)).is_open(at("Europe/Berlin", "2026-10-07T10:00"))
    wrong = admin.post(address, {**sent, "country": "XX"})
    assert wrong.status_code == 200
    assert "not known" in wrong.content.decode()


def test_a_person_gets_hours_of_his_own_from_the_dialog(admin, office, people):
    address = reverse("admin:clocks_businesscalendar_override", args=[office.pk])
    sent = {"_form_submitted": "on", "day_0": "9:00-12:00", "valid_from": "2026-01-01"}
    assert admin.post(address, sent).status_code == 200, "a team or a person is needed"
    assert admin.post(address, {**sent, "user": people["rep"].pk}).status_code == 302
    hours = working_time(fresh(office), user=people["rep"])
    assert hours.hours_on(date(2026, 3, 2)) == day_from_text("9:00-12:00")


def test_a_calendar_is_archived_and_restored_by_post_only(admin, office):
    archive = reverse("admin:clocks_businesscalendar_archive", args=[office.pk])
    restore = reverse("admin:clocks_businesscalendar_restore", args=[office.pk])
    admin.get(archive)
    assert fresh(office).archived_at is None
    admin.post(archive, {"_form_submitted": "on"})
    assert fresh(office).archived_at is not None
    admin.post(restore, {"_form_submitted": "on"})
    assert fresh(office).archived_at is None


def test_addresses_of_no_calendar_break_nothing(admin):
    for name in ("load_holidays", "override", "archive", "restore"):
        for number in ("999999", "abc"):
            address = reverse(f"admin:clocks_businesscalendar_{name}", args=[number])
            sent = {"_form_submitted": "on", "country": "DE", "year": "2026"}
            assert admin.post(address, sent).status_code < 500


def test_clocks_are_shown_and_cannot_be_changed(admin, start):
    clock = start()
    listed = admin.get(reverse("admin:clocks_clock_changelist"), {"q": "1", "metric": "tests.answer"})
    assert listed.status_code == 200
    assert admin.get(reverse("admin:clocks_clock_changelist"), {"q": "abc"}).status_code == 200
    shown = reverse("admin:clocks_clock_change", args=[clock.pk])
    assert admin.get(shown).status_code == 200
    assert admin.post(shown, {"state": "met"}).status_code == 403
    assert admin.post(reverse("admin:clocks_clock_add"), {}).status_code == 403
    assert (
        admin.post(reverse("admin:clocks_clock_delete", args=[clock.pk]), {"post": "yes"}).status_code == 403
    )
    assert Clock.objects.get().state == "running"


def test_others_do_not_come_in(client, people, office):
    for role in ("rep", "auditor"):
        client.force_login(people[role])
        assert client.get(page(office)).status_code == 403
        address = reverse("admin:clocks_businesscalendar_archive", args=[office.pk])
        assert client.post(address, {"_form_submitted": "on"}).status_code == 403
    assert fresh(office).archived_at is None
