"""Public holidays of a country, with the working days swapped for them."""

from datetime import date

import holidays as library
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from salesflow.clocks.models import BusinessCalendar, CalendarException
from salesflow.clocks.services.calendars import changing
from salesflow.people.models import User

FIRST_YEAR, LAST_YEAR = 1970, 2100
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
    celebrates.

    Source: the library `holidays` (vacanza), which cites the yearly announcements. Raises ValidationError for an
    unknown country, subdivision or year, PermissionDenied.
    """
    rules = _rules(country.upper(), year, subdivision)
    with changing(calendar, by, "clocks.holidays_loaded", {"country": country.upper(), "year": year}):
        of_all = CalendarException.objects.filter(calendar=calendar, date__year=year, team=None, user=None)
        of_all.filter(loaded=True).delete()
        taken = set(of_all.values_list("date", flat=True))
        made = [
            CalendarException(calendar=calendar, date=day, loaded=True, **rule)
            for day, rule in sorted(rules.items())
            if day not in taken
        ]
        CalendarException.objects.bulk_create(made)
    return len(made)


def countries() -> list[tuple[str, list[str]]]:
    """The ISO codes of countries whose holidays can be loaded, each with its subdivisions."""
    return sorted(library.list_supported_countries(include_aliases=False).items())


def _rules(country: str, year: int, subdivision: str) -> dict[date, dict[str, object]]:
    known = dict(countries())
    problems = {}
    if country not in known:
        problems["country"] = ValidationError(
            _("The holidays of this country are not known."), code="unknown"
        )
    elif subdivision and subdivision not in known[country]:
        problems["subdivision"] = ValidationError(_("This province or state is not known."), code="unknown")
    if type(year) is not int or not FIRST_YEAR <= year <= LAST_YEAR:
        problems["year"] = ValidationError(
            _("Holidays are known from %(first)s to %(last)s."),
            code="year_out_of_range",
            params={"first": FIRST_YEAR, "last": LAST_YEAR},
        )
    if problems:
        raise ValidationError(problems)
    found = library.country_holidays(country, subdiv=subdivision or None, years=year)
    names = {day: name for day, name in found.items() if day.year == year}
    rules: dict[date, dict[str, object]] = {
        day: {"kind": "closed", "name": name[:80]} for day, name in names.items()
    }
    for day in found.weekend_workdays:
        if day.year == year:
            rules[day] = {
                "kind": "open",
                "like_weekday": _stands_for(day, names),
                "name": _("Swapped working day"),
            }
    return rules


def _stands_for(worked: date, names: dict[date, str]) -> int:
    """The weekday whose hours a swapped day has: of the day off that names it, else of the nearest working day."""
    for day, name in names.items():
        if worked.isoformat() in name:
            return day.weekday()
    return _NEXT_TO.get(worked.weekday(), worked.weekday())
