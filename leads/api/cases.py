"""`/example-cases/`: won leads told for others, and their reviews."""

from typing import Any

from django.db.models import QuerySet
from rest_framework import serializers

from leads.lists import ExampleCaseList
from leads.models import CaseAction, CaseReview, ExampleCase, Lead
from leads.services.cases import case_archive, case_change, case_mark, case_restore, case_review
from salesflow.lib.api.records import Archiving, Changing, Creating, Records, deed, standard_rights
from salesflow.lib.api.shapes import Body, Moment, Ref, Shape
from salesflow.people.models import User


class ActionShape(Shape):
    """An action item; whether it is done stands in its task."""

    title = serializers.CharField(source="task.title", read_only=True)
    state = serializers.CharField(source="task.state", read_only=True)
    assignee = serializers.IntegerField(source="task.assignee_id", read_only=True)

    class Meta:
        model = CaseAction
        fields = ("area", "task", "title", "state", "assignee")
        read_only_fields = fields


class ReviewShape(Shape):
    actions = ActionShape(many=True, read_only=True)

    class Meta:
        model = CaseReview
        fields = ("id", "by", "at", "summary", "actions")
        read_only_fields = fields


class CaseShape(Shape):
    """An example case with its reviews; `lead` was won."""

    lead = Ref(queryset=Lead.objects.all())
    keeper = Ref(queryset=User.objects.active(), required=False)
    reviews = ReviewShape(many=True, read_only=True)

    class Meta:
        model = ExampleCase
        fields = (
            "id", "lead", "title", "situation", "what_worked", "lessons", "keeper", "review_every_days",
            "next_review_at", "reviews", "archived_at", "created_at", "updated_at", "version",
        )  # fmt: skip
        read_only_fields = ("id", "next_review_at", "archived_at", "created_at", "updated_at", "version")


class CaseChange(CaseShape):
    """A case stays with its lead."""

    lead = serializers.PrimaryKeyRelatedField(read_only=True)

    class Meta(CaseShape.Meta):
        read_only_fields = (*CaseShape.Meta.read_only_fields, "lead")


class ActionBody(Body):
    area = serializers.ChoiceField(CaseAction.Area.choices, default=CaseAction.Area.OTHER)
    title = serializers.CharField(max_length=200)
    assignee = Ref(queryset=User.objects.active(), required=False, allow_null=True)
    due_at = Moment(required=False, allow_null=True)


class ReviewBody(Body):
    """What the review came to; each action item becomes a task."""

    summary = serializers.CharField(max_length=5000)
    actions = ActionBody(many=True, required=False)


class ExampleCaseResource(Creating, Changing, Archiving, Records):
    """Won leads that others may learn from."""

    resource, spec, shape, change_shape = "example-cases", ExampleCaseList(), CaseShape, CaseChange
    rights = standard_rights("cases")

    def for_shape(self, rows: QuerySet[ExampleCase]) -> QuerySet[ExampleCase]:
        return rows.prefetch_related("reviews__actions__task")

    def add(self, *, by: User, lead: Lead, **values: Any) -> ExampleCase:
        return case_mark(lead=lead, by=by, **values)

    def change(self, record: ExampleCase, *, by: User, **values: Any) -> ExampleCase:
        return case_change(case=record, by=by, **values)

    def archive(self, record: ExampleCase, *, by: User) -> None:
        case_archive(case=record, by=by)

    def unarchive(self, record: ExampleCase, *, by: User) -> None:
        case_restore(case=record, by=by)

    @deed("cases.edit", body=ReviewBody)
    def review(self, record: ExampleCase, data: dict[str, Any]) -> None:
        """Note what a review came to, with its action items; the next one counts from now."""
        case_review(
            case=record, by=self.request.user, summary=data["summary"], actions=data.get("actions", ())
        )
