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
    """China (the default) and Germany, with their public holidays of this year and the next, where there is none yet.

    China: Asia/Shanghai, Monday to Friday 9–12 and 13:30–18, swapped working days included. Germany: Europe/Berlin,
    Monday to Friday 9–17. A workspace that has a calendar, under whatever name, is left as it is. Gives the default.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
    if not BusinessCalendar.objects.exists():
        _make("China", "Asia/Shanghai", "CN", "09:00-12:00, 13:30-18:00", is_default=True)
        _make("Germany", "Europe/Berlin", "DE", "09:00-17:00", is_default=False)
    return calendar_default() or BusinessCalendar.objects.order_by("archived_at", "pk")[0]


def _make(name: str, zone: str, country: str, hours: str, *, is_default: bool) -> None:
    day = day_from_text(hours)
    weekly = week_to_json((day, day, day, day, day, (), ()))
    calendar = calendar_create(name=name, zone=zone, weekly=weekly, is_default=is_default)
    year = database_now().year
    for each in (year, year + 1):
        holidays_load(calendar=calendar, country=country, year=each)
