"""The calendar over REST: `calendar/?from=&to=`."""

from datetime import timedelta
from typing import Any, ClassVar
from zoneinfo import ZoneInfo

from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from salesflow.lib.api.doors import Door
from salesflow.people.services import workspace
from salesflow.work.agenda import Entry
from salesflow.work.services import agenda, day_of

#: A week, where nobody says until when.
USUAL_DAYS = 7
#: A day answers with so many; the count tells of the others.
MOST = 50


class AgendaEntryShape(serializers.Serializer):
    """Something with a time: `kind` says what, `id` is of that kind of record."""

    kind = serializers.CharField(
        help_text="`task`, `follow_up` (a task, too), `meeting`, `first_contact` (a lead)."
    )
    id = serializers.IntegerField(source="row.pk")
    title = serializers.CharField()
    at = serializers.DateTimeField()
    until = serializers.DateTimeField(allow_null=True)
    subject_type = serializers.SerializerMethodField(help_text="The record it is about; empty for none.")
    subject_id = serializers.SerializerMethodField()

    def get_subject_type(self, entry: Entry) -> str:
        return entry.on[0]

    def get_subject_id(self, entry: Entry) -> int | None:
        return entry.on[1]


class AgendaDayShape(serializers.Serializer):
    day = serializers.DateField()
    count = serializers.IntegerField(help_text="All of the day; `entries` are the first 50.")
    entries = AgendaEntryShape(many=True)


class AgendaShape(serializers.Serializer):
    time_zone = serializers.CharField(help_text="The workspace's, in which the days lie.")
    days = AgendaDayShape(many=True)


class Calendar(Door):
    """What the person has to do, by day: open tasks, follow-ups, meetings, first contacts."""

    resource = "calendar"
    rights: ClassVar = {"get": None}
    serializer_class = AgendaShape

    @extend_schema(
        parameters=[
            OpenApiParameter("from", str, description="First day. Left out: today."),
            OpenApiParameter(
                "to", str, description="The day after the last, at most 92 on. Left out: a week."
            ),
        ]
    )
    def get(self, request: Request) -> Response:
        """One's own calendar."""
        self.need("get")
        asked, zone = request.query_params, ZoneInfo(workspace().time_zone)
        if wrong := [name for name in asked if name not in ("from", "to")]:
            message = _("There is no such filter.")
            raise ValidationError({wrong[0]: ValidationError(message, code="unknown_filter")})
        first = day_of(asked["from"], "from") if "from" in asked else timezone.localdate(timezone=zone)
        behind = day_of(asked["to"], "to") if "to" in asked else first + timedelta(days=USUAL_DAYS)
        days: Any = agenda(user=request.user, first=first, days=(behind - first).days, zone=zone, most=MOST)
        return Response(AgendaShape({"time_zone": str(zone), "days": days}).data)
