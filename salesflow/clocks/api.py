"""The REST door of business calendars."""

import zoneinfo
from typing import TYPE_CHECKING, Any

from django.db.models import Prefetch, QuerySet
from django.utils import timezone
from rest_framework import serializers

from salesflow.clocks import services
from salesflow.clocks.lists import CalendarList
from salesflow.clocks.models import BusinessCalendar, CalendarException, CalendarVersion
from salesflow.lib.api.records import Archiving, Changing, Creating, Records, deed, standard_rights
from salesflow.lib.api.shapes import Body, Ref, Shape, Strict
from salesflow.people.models import Team, User
from salesflow.people.services import config_record_restore

if TYPE_CHECKING:
    from salesflow.lib.api.routes import Router


class RangesField(serializers.ListField):
    """Open ranges of one day: `[["09:00", "12:00"], ["13:30", "18:00"]]`."""

    child = serializers.ListField(child=serializers.CharField(max_length=5), min_length=2, max_length=2)

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_length=24, **kwargs)


class WeeklyField(serializers.DictField):
    """Hours by weekday, Monday is 0: `{"0": [["09:00", "12:00"], ["13:30", "18:00"]], …}`."""

    child = RangesField()


class ExceptionShape(Strict, serializers.Serializer):
    """A date that differs from its weekday: closed (wholly, or the ranges), or open with ranges or like a weekday."""

    date = serializers.DateField()
    kind = serializers.ChoiceField(choices=CalendarException.Kind.choices, default="closed")
    ranges = RangesField(required=False)
    like_weekday = serializers.IntegerField(min_value=0, max_value=6, required=False, allow_null=True)
    name = serializers.CharField(max_length=80, required=False, allow_blank=True)
    loaded = serializers.BooleanField(read_only=True)


class CalendarShape(Shape):
    """A calendar with the weekly hours in force for everybody; new hours hold from `valid_from` on, else from today."""

    weekly = WeeklyField()
    valid_from = serializers.DateField(required=False)
    exceptions = ExceptionShape(many=True, required=False, max_length=2000)

    class Meta:
        model = BusinessCalendar
        fields = (
            "id", "name", "zone", "country", "subdivision", "is_default", "weekly", "valid_from", "exceptions",
            "created_at", "updated_at", "version",
        )  # fmt: skip
        read_only_fields = ("id", "created_at", "updated_at", "version")

    def to_representation(self, calendar: Any) -> dict[str, Any]:
        today = timezone.now().astimezone(zoneinfo.ZoneInfo(calendar.zone)).date()
        past = [hours for hours in calendar.common_hours if hours.valid_from <= today]
        in_force = (past or calendar.common_hours)[-1]
        calendar.weekly, calendar.valid_from = in_force.weekly, in_force.valid_from
        calendar.exceptions = calendar.common_exceptions
        return super().to_representation(calendar)


class HolidaysBody(Body):
    """Whose public holidays of which year; also the working days swapped for them."""

    country = serializers.CharField(max_length=2, min_length=2)
    year = serializers.IntegerField(min_value=1970, max_value=2100)
    subdivision = serializers.CharField(max_length=10, required=False, allow_blank=True)


class OverrideBody(Body):
    """Hours or exceptions of a team's or a person's own; `ends` gives the calendar's hours back."""

    team = Ref(queryset=Team.objects.all(), required=False, allow_null=True)
    user = Ref(queryset=User.objects.all(), required=False, allow_null=True)
    weekly = WeeklyField(required=False, allow_null=True)
    valid_from = serializers.DateField(required=False, allow_null=True)
    exceptions = ExceptionShape(many=True, required=False, max_length=2000)
    ends = serializers.BooleanField(required=False)


class CalendarResource(Creating, Changing, Archiving, Records):
    """Business calendars: which hours count, in which zone, from which day on."""

    resource, spec, shape = "business-calendars", CalendarList(), CalendarShape
    rights = standard_rights("calendars")

    def for_shape(self, rows: QuerySet[BusinessCalendar]) -> QuerySet[BusinessCalendar]:
        common = {"team": None, "user": None}
        hours = CalendarVersion.objects.filter(**common).order_by("valid_from", "number")
        exceptions = CalendarException.objects.filter(**common).order_by("date")
        return rows.prefetch_related(
            Prefetch("calendarversion_set", queryset=hours, to_attr="common_hours"),
            Prefetch("calendarexception_set", queryset=exceptions, to_attr="common_exceptions"),
        )

    def add(self, *, by: User, **values: Any) -> BusinessCalendar:
        return services.calendar_create(by=by, **values)

    def change(self, record: BusinessCalendar, *, by: User, **values: Any) -> BusinessCalendar:
        return services.calendar_change(calendar=record, by=by, **values)

    def archive(self, record: BusinessCalendar, *, by: User) -> None:
        services.calendar_archive(calendar=record, by=by)

    def unarchive(self, record: BusinessCalendar, *, by: User) -> None:
        config_record_restore(record, by=by, rights="calendars")

    @deed("calendars.edit", body=HolidaysBody)
    def load_holidays(self, record: BusinessCalendar, data: dict[str, Any]) -> None:
        """Put the public holidays of a country and year into a calendar."""
        services.holidays_load(calendar=record, by=self.request.user, **data)

    @deed("calendars.edit", body=OverrideBody)
    def override(self, record: BusinessCalendar, data: dict[str, Any]) -> None:
        """Give a team or a person hours of their own within a calendar."""
        services.calendar_override(calendar=record, by=self.request.user, **data)


def route(router: "Router") -> None:
    router.add(CalendarResource)
