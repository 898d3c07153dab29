"""The parts of a calendar: its versions of weekly hours and its exceptions. Called inside a change of the calendar."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import Max
from django.utils.translation import gettext as _

from salesflow.clocks.calendars import FIRST_YEAR, LAST_YEAR, zone_parse
from salesflow.clocks.hours import day_parse, day_to_json
from salesflow.clocks.models import BusinessCalendar, CalendarException, CalendarVersion
from salesflow.clocks.services.rows import database_now
from salesflow.people.models import Team, User


def hours_add(
    calendar: BusinessCalendar,
    weekly: dict[str, Any] | None,
    valid_from: date | None,
    team: Team | None,
    user: User | None,
    by: User | None,
) -> None:
    """Add weekly hours from a date on (today, where left out), unless they are in force then anyway."""
    since = valid_from or database_now().astimezone(zone_parse(calendar.zone)).date()
    _date_checked("valid_from", since)
    versions = CalendarVersion.objects.filter(calendar=calendar)
    in_force = versions.filter(team=team, user=user, valid_from__lte=since).first()
    if in_force is not None and in_force.weekly == weekly:
        return
    number = versions.aggregate(top=Max("number"))["top"] or 0
    CalendarVersion.objects.create(
        calendar=calendar,
        number=number + 1,
        valid_from=since,
        weekly=weekly,
        team=team,
        user=user,
        created_by=by,
    )


def _date_checked(field: str, day: date) -> None:
    if not FIRST_YEAR <= day.year <= LAST_YEAR:
        message = _("Dates reach from %(first)s to %(last)s.")
        span = {"first": FIRST_YEAR, "last": LAST_YEAR}
        raise ValidationError({field: ValidationError(message, code="date_out_of_range", params=span)})


def exceptions_replace(
    calendar: BusinessCalendar, wanted: Iterable[Mapping[str, Any]], team: Team | None, user: User | None
) -> None:
    """Make these all the exceptions of the scope; one that is there already stays as it is, and loaded if it was."""
    there = CalendarException.objects.filter(calendar=calendar, team=team, user=user)
    before = {_spoken(exception): exception for exception in there}
    made: list[CalendarException] = []
    kept: set[int] = set()
    for rule in _each_once(wanted):
        exception = CalendarException(calendar=calendar, team=team, user=user, **rule)
        same = before.get(_spoken(exception))
        if same is not None:
            kept.add(same.pk)
        else:
            made.append(exception)
    there.exclude(pk__in=kept).delete()
    CalendarException.objects.bulk_create(made)


def _spoken(exception: CalendarException) -> tuple[Any, ...]:
    return (
        exception.date,
        exception.kind,
        str(exception.ranges),
        exception.like_weekday,
        exception.name,
    )


def _each_once(wanted: Iterable[Mapping[str, Any]]) -> Sequence[dict[str, Any]]:
    rules = [_rule_checked(rule) for rule in wanted]
    times = Counter(rule["date"] for rule in rules)
    twice = next((day for day, number in times.items() if number > 1), None)
    if twice:
        raise ValidationError(
            {
                "exceptions": ValidationError(
                    _("%(date)s is there twice."), code="duplicate_date", params={"date": twice}
                )
            }
        )
    return rules


def _rule_checked(rule: Mapping[str, Any]) -> dict[str, Any]:
    """The columns of one exception, or a ValidationError on `exceptions`."""
    try:
        exception = CalendarException(
            date=rule.get("date") or "",
            kind=rule.get("kind", "closed"),
            ranges=day_to_json(day_parse(rule.get("ranges") or [])),
            like_weekday=rule.get("like_weekday"),
            name=rule.get("name") or "",
        )
        exception.clean_fields(exclude=["calendar"])
        _date_checked("date", exception.date)
        if exception.kind == "open" and not exception.ranges and exception.like_weekday is None:
            raise ValidationError(
                _("An open day needs hours, or the weekday it works like."), code="required"
            )
        if exception.like_weekday is not None and (exception.kind == "closed" or exception.like_weekday > 6):
            raise ValidationError(_("Only an open day works like a weekday, 0 to 6."), code="invalid")
    except ValidationError as error:
        raise ValidationError({"exceptions": error.messages}) from None
    return {name: getattr(exception, name) for name in ("date", "kind", "ranges", "like_weekday", "name")}
