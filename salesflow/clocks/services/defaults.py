"""The calendars every workspace starts with."""

from django.db import connection, transaction

from salesflow.clocks.hours import day_from_text, week_to_json
from salesflow.clocks.models import BusinessCalendar
from salesflow.clocks.services.calendars import calendar_create, calendar_default
from salesflow.clocks.services.holidays import holidays_load
from salesflow.clocks.services.rows import database_now

_LOCK = 7_301_101


@transaction.atomic
def calendar_ensure_defaults() -> BusinessCalendar:
    """China (the default) and Germany, with their public holidays of this year and the next; gives the default.

    Adds what is missing and changes nothing that is there. China: Asia/Shanghai, Monday to Friday 9–12 and 13:30–18,
    swapped working days included. Germany: Europe/Berlin, Monday to Friday 9–17.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
    china = _ensure("China", "Asia/Shanghai", "CN", "09:00-12:00, 13:30-18:00")
    _ensure("Germany", "Europe/Berlin", "DE", "09:00-17:00")
    return calendar_default() or china


def _ensure(name: str, zone: str, country: str, hours: str) -> BusinessCalendar:
    found = BusinessCalendar.objects.filter(name=name).first()
    if found is not None:
        return found
    day = day_from_text(hours)
    calendar = calendar_create(
        name=name,
        zone=zone,
        country=country,
        weekly=week_to_json((day, day, day, day, day, (), ())),
        is_default=country == "CN" and calendar_default() is None,
    )
    year = database_now().year
    for each in (year, year + 1):
        holidays_load(calendar=calendar, country=country, year=each)
    return calendar
