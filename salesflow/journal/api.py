"""REST doors of the audit trail and of one's notices."""

from typing import TYPE_CHECKING, Any

from django.db.models import QuerySet
from rest_framework import serializers
from rest_framework.response import Response

from salesflow.journal.lists import EventList, NoticeList
from salesflow.journal.models import Event, Notice
from salesflow.journal.services import notices_read
from salesflow.journal.texts import notice_text
from salesflow.lib.api.records import Records, common_deed, deed, standard_rights
from salesflow.lib.api.shapes import Body, Shape

if TYPE_CHECKING:
    from salesflow.lib.api.routes import Router


class EventShape(Shape):
    changes = serializers.SerializerMethodField(help_text="Field -> [old, new]; null once erased.")

    class Meta:
        model = Event
        fields = ("id", "at", "kind", "subject_type", "subject_id", "actor", "data", "changes", "request_id")
        read_only_fields = fields

    def get_changes(self, event: Event) -> dict[str, Any] | None:
        private = getattr(event, "private", None)
        return private.data.get("changes") if private else None


class NoticeShape(Shape):
    text = serializers.SerializerMethodField()

    class Meta:
        model = Notice
        fields = ("id", "kind", "text", "subject_type", "subject_id", "params", "created_at", "read_at")
        read_only_fields = fields

    def get_text(self, notice: Notice) -> str:
        return notice_text(notice.kind, notice.params)


class ReadBody(Body):
    """Which notices; without `ids` all of them."""

    ids = serializers.ListField(
        child=serializers.IntegerField(min_value=1, max_value=2**63 - 1), max_length=1000, required=False
    )


class ReadAnswer(serializers.Serializer):
    read = serializers.IntegerField(help_text="How many had been unread.")


class AuditEventResource(Records):
    """What happened, who did it, and what it changed. Nothing here is ever changed or removed."""

    resource, spec, shape, closed = "audit-events", EventList(), EventShape, True
    rights = standard_rights("audit")

    def for_shape(self, rows: QuerySet[Event]) -> QuerySet[Event]:
        return rows.select_related("private")


class NotificationResource(Records):
    """One's own notices."""

    resource, spec, shape = "notifications", NoticeList(), NoticeShape
    rights = standard_rights("notices")

    @deed("notices.edit")
    def read(self, record: Notice, data: dict[str, Any]) -> None:
        """Mark a notice as read."""
        notices_read(user=self.request.user, ids=[record.pk])

    @common_deed("notices.edit", body=ReadBody, answers=ReadAnswer)
    def read_all(self, data: dict[str, Any]) -> Response:
        """Mark several notices, or all, as read."""
        return Response({"read": notices_read(user=self.request.user, ids=data.get("ids"))})


def route(router: "Router") -> None:
    router.add(AuditEventResource, NotificationResource)
