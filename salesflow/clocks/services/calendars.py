"""Making and changing business calendars."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import date
from typing import Any

from django.core.exceptions import ValidationError
from django.db import connection, transaction
from django.db.models import F
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from salesflow.clocks.calendars import zone_parse
from salesflow.clocks.holiday_rules import country_checked
from salesflow.clocks.hours import week_parse, week_to_json
from salesflow.clocks.models import BusinessCalendar, Clock
from salesflow.clocks.services.calendar_parts import exceptions_replace, hours_add
from salesflow.clocks.services.retarget import clocks_follow_calendar
from salesflow.clocks.services.working import held
from salesflow.journal.services import record
from salesflow.lib.errors import Conflict, require
from salesflow.lib.records import touched
from salesflow.people.models import Team, User
from salesflow.people.services import config_changed, config_hold

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
    hours_add(calendar, week_to_json(week_parse(weekly)), valid_from, None, None, by)
    exceptions_replace(calendar, exceptions, None, None)
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
    fields = _fields_checked(fields, calendar)
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
            hours_add(row, week_to_json(week_parse(weekly)), valid_from, None, None, by)
        if exceptions is not None:
            exceptions_replace(row, exceptions, None, None)
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
            hours_add(row, hours, valid_from, team, user, by)
        if exceptions is not None:
            exceptions_replace(row, exceptions, team, user)
    return BusinessCalendar.objects.get(pk=calendar.pk)


@transaction.atomic
def calendar_archive(*, calendar: BusinessCalendar, by: User | None = None) -> BusinessCalendar:
    """Put a calendar out of use for new policies; clocks that count in it go on.

    Raises Conflict("calendar_is_default"), PermissionDenied.
    """
    require(by is None or by.may("calendars.archive"))
    config_hold()
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
    config_hold()
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


def calendars_catch_up() -> dict[str, int]:
    """Reckon anew the clocks that were started or resumed at the very moment in which their calendar changed.

    Such a clock was reckoned with the hours as they were before, and was not there yet when the change looked for
    clocks to follow it. (Should it be due before this comes by, the sweep reckons it anew itself.)
    """
    followed = 0
    stale = Clock.objects.running().exclude(calendar=None).exclude(calendar_revision=F("calendar__revision"))
    for calendar_id in stale.values_list("calendar_id", flat=True).distinct():
        with transaction.atomic():
            calendar = BusinessCalendar.objects.select_for_update().get(pk=calendar_id)
            clocks = clocks_follow_calendar(calendar)
            if clocks:
                record(
                    "clocks.calendar_changed",
                    subject=calendar,
                    by=None,
                    data={"fields": [], "clocks": clocks},
                )
        followed += clocks
    return {"processed": followed}


def _fields_checked(fields: dict[str, Any], row: BusinessCalendar | None = None) -> dict[str, Any]:
    unknown = set(fields) - set(OWN_FIELDS)
    if unknown:
        raise ValidationError({min(unknown): ValidationError(_("Unknown field."), code="unknown")})
    if "zone" in fields:
        try:
            zone_parse(fields["zone"])
        except ValidationError as error:
            raise ValidationError({"zone": error}) from None
    if "country" in fields:
        fields = {**fields, "country": str(fields["country"]).upper()}
    if fields.keys() & {"country", "subdivision"}:
        country = fields.get("country", row.country if row else "")
        subdivision = fields.get("subdivision", row.subdivision if row else "")
        if country or subdivision:
            country_checked(country, subdivision)
    return fields


def _stamp() -> int:
    """A revision never given before, also not by a transaction that was rolled back: microseconds of the epoch."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT (extract(epoch FROM clock_timestamp()) * 1000000)::bigint")
        return cursor.fetchone()[0]
