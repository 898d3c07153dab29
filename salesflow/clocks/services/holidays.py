"""Public holidays of a country, with the working days swapped for them."""

import hashlib

from django.db import transaction

from salesflow.clocks.holiday_rules import Rules, holiday_rules
from salesflow.clocks.models import BusinessCalendar, CalendarException
from salesflow.clocks.services.calendars import changing
from salesflow.clocks.services.rows import database_now
from salesflow.lib.records import touched
from salesflow.people.models import User


@transaction.atomic
def holidays_load(
    *, calendar: BusinessCalendar, country: str, year: int, subdivision: str = "", by: User | None = None
) -> int:
    """Put the public holidays of a country (ISO code) and year into a calendar; gives how many dates that made.

    Holidays are closed dates; where a weekend day is worked in exchange (调休), it is open with the hours of the
    weekday it stands for. Loading again replaces what was loaded for that year, also for another country; dates that
    people entered themselves stay as they entered them. China's swapped days are known once the State Council has
    announced the year, before that only the statutory days are. `subdivision` adds what only a province or state
    celebrates. From now on `holidays_keep_up` loads the country's coming years by itself.

    Source: the library `holidays` (vacanza), which cites the yearly announcements. Raises ValidationError for an
    unknown country, subdivision or year, PermissionDenied.
    """
    country = country.upper()
    rules = holiday_rules(country, subdivision, year)
    with changing(calendar, by, "clocks.holidays_loaded", {"country": country, "year": year}) as row:
        of_all = CalendarException.objects.filter(calendar=row, date__year=year, team=None, user=None)
        of_all.filter(loaded=True).delete()
        taken = set(of_all.values_list("date", flat=True))
        made = [
            CalendarException(calendar=row, date=day, loaded=True, **rule)
            for day, rule in sorted(rules.items())
            if day not in taken
        ]
        CalendarException.objects.bulk_create(made)
        BusinessCalendar.objects.filter(pk=row.pk).update(
            country=country,
            subdivision=subdivision,
            holidays_known={**row.holidays_known, str(year): _digest(country, subdivision, rules)},
            **touched(),
        )
    return len(made)


def holidays_keep_up() -> dict[str, int]:
    """Load this year's and the next year's holidays wherever the library knows others than were loaded last.

    So the new year is there before it begins, and an announcement comes in with the release that brings it. A loaded
    date that somebody took out stays out as long as the library says the same of that year.
    """
    this_year = database_now().year
    loaded = 0
    for calendar in BusinessCalendar.objects.active().exclude(country=""):
        for year in (this_year, this_year + 1):
            rules = holiday_rules(calendar.country, calendar.subdivision, year)
            digest = _digest(calendar.country, calendar.subdivision, rules)
            if calendar.holidays_known.get(str(year)) != digest:
                holidays_load(
                    calendar=calendar, country=calendar.country, subdivision=calendar.subdivision, year=year
                )
                loaded += 1
    return {"processed": loaded}


def _digest(country: str, subdivision: str, rules: Rules) -> str:
    spoken = [
        (day.isoformat(), rule["kind"], rule.get("like_weekday")) for day, rule in sorted(rules.items())
    ]
    return hashlib.sha256(repr((country, subdivision, spoken)).encode()).hexdigest()[:16]
