"""Making and changing business calendars."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date
from typing import Any

from django.core.exceptions import ValidationError
from django.db import connection, transaction
from django.db.models import Max
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from salesflow.clocks.calendars import zone_parse
from salesflow.clocks.holiday_rules import country_checked
from salesflow.clocks.hours import day_parse, day_to_json, week_parse, week_to_json
from salesflow.clocks.models import BusinessCalendar, CalendarException, CalendarVersion
from salesflow.clocks.services.retarget import clocks_follow_calendar
from salesflow.clocks.services.rows import database_now
from salesflow.clocks.services.working import held
from salesflow.journal.services import record
from salesflow.lib.errors import Conflict, require
from salesflow.lib.records import touched
from salesflow.people.models import Team, User
from salesflow.people.services import config_changed

OWN_FIELDS = ("name", "zone", "country", "subdivision", "is_default")


def calendar_default() -> BusinessCalendar | None:
    """The calendar used where none is named."""
    return BusinessCalendar.objects.active().filter(is_default=True).first()


@transaction.atomic
def calendar_create(
    *,
    name: str,
    zone: str,
    weekly: Mapping[str, Any],
    exceptions: Iterable[Mapping[str, Any]] = (),
    valid_from: date | None = None,
    by: User | None = None,
    **fields: Any,
) -> BusinessCalendar:
    """Make a calendar with its first weekly hours, `{"0": [["09:00", "12:00"], …], …}`, Monday first.

    `exceptions` are mappings of `date kind ranges like_weekday name`. Other fields: `country subdivision is_default`.
    Raises ValidationError (name taken, zone, hours, no open time), PermissionDenied.
    """
    require(by is None or by.may("calendars.create"))
    config_changed()  # first: its row lock puts changes of calendars, and of which is the default, in a row
    calendar = BusinessCalendar(**_fields_checked({"name": name, "zone": zone, **fields}))
    calendar.full_clean(validate_constraints=False)
    if calendar.is_default:
        BusinessCalendar.objects.filter(is_default=True).update(is_default=False, **touched())
    calendar.revision = _stamp()
    calendar.save()
    _version_add(calendar, week_to_json(week_parse(weekly)), valid_from, None, None, by)
    _exceptions_replace(calendar, exceptions, None, None)
    held(calendar)
    record("clocks.calendar_created", subject=calendar, by=by, data={"zone": zone})
    return calendar


@transaction.atomic
def calendar_change(
    *,
    calendar: BusinessCalendar,
    by: User | None = None,
    weekly: Mapping[str, Any] | None = None,
    valid_from: date | None = None,
    exceptions: Iterable[Mapping[str, Any]] | None = None,
    **fields: Any,
) -> BusinessCalendar:
    """Change a calendar; its running clocks follow at once.

    `weekly` becomes a new version from `valid_from` on (today, where left out); days before keep the hours they had.
    `exceptions`, where given, are all there shall be; one that stays as it was keeps that it was loaded. `fields`
    as in `calendar_create`. Raises ValidationError (also when a running clock would find no open time any more),
    PermissionDenied.
    """
    fields = _fields_checked(fields)
    with changing(calendar, by, "clocks.calendar_changed", {"fields": sorted(fields)}) as row:
        for name, value in fields.items():
            setattr(row, name, value)
        row.full_clean(validate_constraints=False)
        if fields.get("is_default") is False and BusinessCalendar.objects.get(pk=row.pk).is_default:
            message = _("Make another calendar the default instead.")
            raise ValidationError({"is_default": ValidationError(message, code="no_default")})
        if fields.get("is_default"):
            others = BusinessCalendar.objects.filter(is_default=True).exclude(pk=row.pk)
            others.update(is_default=False, **touched())
        BusinessCalendar.objects.filter(pk=row.pk).update(**fields, **touched())
        if weekly is not None:
            _version_add(row, week_to_json(week_parse(weekly)), valid_from, None, None, by)
        if exceptions is not None:
            _exceptions_replace(row, exceptions, None, None)
    return BusinessCalendar.objects.get(pk=calendar.pk)


@transaction.atomic
def calendar_override(
    *,
    calendar: BusinessCalendar,
    by: User | None = None,
    team: Team | None = None,
    user: User | None = None,
    weekly: Mapping[str, Any] | None = None,
    valid_from: date | None = None,
    exceptions: Iterable[Mapping[str, Any]] | None = None,
    ends: bool = False,
) -> BusinessCalendar:
    """Give a team or a person hours or exceptions of their own within a calendar.

    `weekly` holds from `valid_from` on (today, where left out); `ends` gives the calendar's hours back from that
    date. `exceptions` are all there shall be for them. Clocks that count in their hours follow at once. Same
    refusals as `calendar_change`.
    """
    if (team is None) == (user is None):
        raise ValidationError(_("Hours of one's own are those of a team or of a person."), code="invalid")
    scope = {"team": getattr(team, "pk", None), "user": getattr(user, "pk", None)}
    with changing(calendar, by, "clocks.calendar_overridden", scope) as row:
        if weekly is not None or ends:
            hours = None if ends or weekly is None else week_to_json(week_parse(weekly))
            _version_add(row, hours, valid_from, team, user, by)
        if exceptions is not None:
            _exceptions_replace(row, exceptions, team, user)
    return BusinessCalendar.objects.get(pk=calendar.pk)


@transaction.atomic
def calendar_archive(*, calendar: BusinessCalendar, by: User | None = None) -> BusinessCalendar:
    """Put a calendar out of use for new policies; clocks that count in it go on.

    Raises Conflict("calendar_is_default"), PermissionDenied.
    """
    require(by is None or by.may("calendars.archive"))
    calendar = BusinessCalendar.objects.select_for_update().get(pk=calendar.pk)
    if calendar.is_default:
        raise Conflict("calendar_is_default", _("Make another calendar the default first."))
    if BusinessCalendar.objects.filter(pk=calendar.pk, archived_at=None).update(
        archived_at=Now(), **touched()
    ):
        config_changed()
        record("clocks.calendar_archived", subject=calendar, by=by)
    return BusinessCalendar.objects.get(pk=calendar.pk)


@transaction.atomic
def calendar_restore(*, calendar: BusinessCalendar, by: User | None = None) -> BusinessCalendar:
    """Put an archived calendar back into use. Raises PermissionDenied."""
    require(by is None or by.may("calendars.archive"))
    if BusinessCalendar.objects.filter(pk=calendar.pk, archived_at__isnull=False).update(
        archived_at=None, **touched()
    ):
        config_changed()
        record("clocks.calendar_restored", subject=calendar, by=by)
    return BusinessCalendar.objects.get(pk=calendar.pk)


@contextmanager
def changing(
    calendar: BusinessCalendar, by: User | None, event: str, data: Mapping[str, Any]
) -> Iterator[BusinessCalendar]:
    """One change of a calendar: right, lock, the change itself, new stamp, clocks that follow, journal."""
    require(by is None or by.may("calendars.edit"))
    config_changed()
    row = BusinessCalendar.objects.select_for_update().get(pk=calendar.pk)
    yield row
    row.revision = _stamp()
    BusinessCalendar.objects.filter(pk=row.pk).update(revision=row.revision)
    held(row)  # refuses a calendar that is never open
    clocks = clocks_follow_calendar(row)
    record(event, subject=row, by=by, data={**data, "clocks": clocks})
    calendar.revision = row.revision


def _fields_checked(fields: dict[str, Any]) -> dict[str, Any]:
    unknown = set(fields) - set(OWN_FIELDS)
    if unknown:
        raise ValidationError({min(unknown): ValidationError(_("Unknown field."), code="unknown")})
    if "zone" in fields:
        try:
            zone_parse(fields["zone"])
        except ValidationError as error:
            raise ValidationError({"zone": error}) from None
    if fields.get("country"):
        fields = {**fields, "country": str(fields["country"]).upper()}
        country_checked(fields["country"], fields.get("subdivision", ""))
    return fields


def _version_add(
    calendar: BusinessCalendar,
    weekly: dict[str, Any] | None,
    valid_from: date | None,
    team: Team | None,
    user: User | None,
    by: User | None,
) -> None:
    number = CalendarVersion.objects.filter(calendar=calendar).aggregate(top=Max("number"))["top"] or 0
    CalendarVersion.objects.create(
        calendar=calendar,
        number=number + 1,
        valid_from=valid_from or database_now().astimezone(zone_parse(calendar.zone)).date(),
        weekly=weekly,
        team=team,
        user=user,
        created_by=by,
    )


def _exceptions_replace(
    calendar: BusinessCalendar, wanted: Iterable[Mapping[str, Any]], team: Team | None, user: User | None
) -> None:
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
            date=rule.get("date"),
            kind=rule.get("kind", "closed"),
            ranges=day_to_json(day_parse(rule.get("ranges") or [])),
            like_weekday=rule.get("like_weekday"),
            name=rule.get("name") or "",
        )
        exception.clean_fields(exclude=["calendar"])
        if exception.kind == "open" and not exception.ranges and exception.like_weekday is None:
            raise ValidationError(
                _("An open day needs hours, or the weekday it works like."), code="required"
            )
        if exception.like_weekday is not None and (exception.kind == "closed" or exception.like_weekday > 6):
            raise ValidationError(_("Only an open day works like a weekday, 0 to 6."), code="invalid")
    except ValidationError as error:
        raise ValidationError({"exceptions": error.messages}) from None
    return {name: getattr(exception, name) for name in ("date", "kind", "ranges", "like_weekday", "name")}


def _stamp() -> int:
    """A revision never given before, also not by a transaction that was rolled back: microseconds of the epoch."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT (extract(epoch FROM clock_timestamp()) * 1000000)::bigint")
        return cursor.fetchone()[0]
