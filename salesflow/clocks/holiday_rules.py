"""What the public holidays of a country do to its calendar. Pure; asks the library `holidays` (vacanza)."""

from datetime import date
from typing import Any

import holidays as library
from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import override

FIRST_YEAR, LAST_YEAR = 1970, 2100
Rules = dict[date, dict[str, Any]]
_LANGUAGES = {"zh_CN": "zh-hans"}
_NEXT_TO = {5: 4, 6: 0}


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
    with override(_LANGUAGES.get(kind.default_language or "", settings.LANGUAGE_CODE)):
        swapped = _("Swapped working day")
    for day in found.weekend_workdays:
        if day.year == year:
            like = _stands_for(day, day.strftime(written), names)
            rules[day] = {"kind": "open", "like_weekday": like, "name": swapped}
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
