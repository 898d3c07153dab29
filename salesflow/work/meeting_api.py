"""REST doors of meetings."""

from typing import TYPE_CHECKING, Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from salesflow.lib.api.records import Body, Changing, Creating, Records, deed
from salesflow.lib.api.subjects import OnSubjectShape, SubjectTypeField
from salesflow.people.models import User
from salesflow.work import services
from salesflow.work.lists import MeetingList
from salesflow.work.models import Meeting

if TYPE_CHECKING:
    from salesflow.lib.api.routes import Router


class MeetingShape(OnSubjectShape):
    subject_type = SubjectTypeField(required=False, allow_blank=True)
    subject_id = serializers.IntegerField(min_value=1, max_value=2**63 - 1, required=False, allow_null=True)
    invited = serializers.SerializerMethodField(help_text="Whether the guest was mailed an invitation.")
    answer = serializers.SerializerMethodField()

    class Meta:
        model = Meeting
        fields = (
            "id", "title", "place", "details", "subject_type", "subject_id", "organiser", "starts_at", "ends_at",
            "guest_name", "guest_email", "guest", "invited", "answer", "answer_note", "answered_at", "state",
            "sequence", "created_at", "updated_at", "version",
        )  # fmt: skip
        read_only_fields = (
            "id", "organiser", "guest", "answer", "answer_note", "answered_at", "state", "sequence", "created_at",
            "updated_at", "version",
        )  # fmt: skip

    def get_invited(self, meeting: Meeting) -> bool:
        return meeting.told is not None

    @extend_schema_field(serializers.ChoiceField(Meeting.Answer.choices, allow_null=True))
    def get_answer(self, meeting: Meeting) -> str | None:
        return meeting.answer or None


class MeetingChangeShape(MeetingShape):
    """What a meeting is on is decided when it is planned."""

    class Meta(MeetingShape.Meta):
        read_only_fields = (*MeetingShape.Meta.read_only_fields, "subject_type", "subject_id")

    subject_type = SubjectTypeField(read_only=True)
    subject_id = serializers.IntegerField(read_only=True)


class MeetingAnswerBody(Body):
    """The answer of a guest who is a user."""

    answer = serializers.ChoiceField(choices=Meeting.Answer.choices)
    note = serializers.CharField(max_length=500, required=False, allow_blank=True)


class MeetingResource(Creating, Changing, Records):
    """Meetings that are planned; a guest who is invited is told what changes from then on."""

    resource, spec, shape, change_shape = "meetings", MeetingList(), MeetingShape, MeetingChangeShape
    rights = {
        "list": "tasks.view", "count": "tasks.view", "retrieve": "tasks.view", "create": "tasks.create",
        "update": "tasks.edit", "partial_update": "tasks.edit",
    }  # fmt: skip

    def add(self, *, by: User, **values: Any) -> Meeting:
        return services.meeting_plan(by=by, **values)

    def change(self, record: Meeting, *, by: User, **values: Any) -> Meeting:
        return services.meeting_change(meeting=record, by=by, **values)

    @deed("tasks.edit")
    def invite(self, record: Meeting, data: dict[str, Any]) -> Meeting:
        """Mail the guest an invitation; once for each state of the meeting."""
        return services.meeting_invite(meeting=record, by=self.request.user)

    @deed("tasks.view", body=MeetingAnswerBody, path="answer")
    def reply(self, record: Meeting, data: dict[str, Any]) -> Meeting:
        """Answer an invitation of one's own; the latest answer counts, and the organiser is told of each change."""
        return services.meeting_answer(meeting=record, by=self.request.user, **data)

    @deed("tasks.edit")
    def cancel(self, record: Meeting, data: dict[str, Any]) -> Meeting:
        """Call it off; a guest who was invited is told."""
        return services.meeting_cancel(meeting=record, by=self.request.user)


def route(router: "Router") -> None:
    router.add(MeetingResource)
