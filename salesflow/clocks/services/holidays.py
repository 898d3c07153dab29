"""Public holidays of a country, with the working days swapped for them."""

import hashlib
from datetime import date
from typing import Any

import holidays as library
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from salesflow.clocks.models import BusinessCalendar, CalendarException
from salesflow.clocks.services.calendars import changing
from salesflow.clocks.services.rows import database_now
from salesflow.lib.records import touched
from salesflow.people.models import User

FIRST_YEAR, LAST_YEAR = 1970, 2100
Rules = dict[date, dict[str, Any]]
_NEXT_TO = {5: 4, 6: 0}


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


def countries() -> dict[str, list[str]]:
    """The ISO codes of countries whose holidays can be loaded, each with its subdivisions."""
    return dict(sorted(library.list_supported_countries(include_aliases=False).items()))


def holiday_rules(country: str, subdivision: str, year: int) -> Rules:
    """By date: the kind, hours and name of the exception it makes. Raises ValidationError by field."""
    country_checked(country, subdivision)
    if type(year) is not int or not FIRST_YEAR <= year <= LAST_YEAR:
        span = {"first": FIRST_YEAR, "last": LAST_YEAR}
        message = _("Holidays are known from %(first)s to %(last)s.")
        raise ValidationError({"year": ValidationError(message, code="year_out_of_range", params=span)})
    kind = library.country_holidays(country, subdiv=subdivision or None)
    # in the country's own language: without naming one, the library would take it from the machine's locale
    found = library.country_holidays(
        country, subdiv=subdivision or None, years=year, language=kind.default_language
    )
    names = {day: name for day, name in found.items() if day.year == year}
    rules: Rules = {day: {"kind": "closed", "name": name[:80]} for day, name in names.items()}
    written = getattr(found, "substituted_date_format", "%Y-%m-%d")
    for day in found.weekend_workdays:
        if day.year == year:
            like = _stands_for(day, day.strftime(written), names)
            rules[day] = {"kind": "open", "like_weekday": like, "name": _("Swapped working day")}
    return rules


def country_checked(country: str, subdivision: str) -> None:
    """Raises ValidationError by field when no holidays are known there."""
    known = countries()
    if country not in known:
        message = _("The holidays of this country are not known.")
        raise ValidationError({"country": ValidationError(message, code="unknown")})
    if subdivision and subdivision not in known[country]:
        message = _("This province or state is not known.")
        raise ValidationError({"subdivision": ValidationError(message, code="unknown")})


def _stands_for(worked: date, written: str, names: dict[date, str]) -> int:
    """The weekday whose hours a swapped day has: of the day off that names it, else of the nearest working day."""
    for day, name in names.items():
        if written in name:
            return day.weekday()
    return _NEXT_TO.get(worked.weekday(), worked.weekday())


def _digest(country: str, subdivision: str, rules: Rules) -> str:
    spoken = [
        (day.isoformat(), rule["kind"], rule.get("like_weekday")) for day, rule in sorted(rules.items())
    ]
    return hashlib.sha256(repr((country, subdivision, spoken)).encode()).hexdigest()[:16]
