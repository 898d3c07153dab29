"""REST doors of what people do on records: activities, tasks, notes; of saved views."""

from typing import TYPE_CHECKING, Any, ClassVar

from django.utils.translation import gettext as _
from rest_framework import serializers
from rest_framework.response import Response

from salesflow.lib.api.records import (
    Archiving,
    Body,
    Changing,
    Creating,
    Records,
    deed,
    reading,
    standard_rights,
)
from salesflow.lib.api.shapes import Ref, Shape
from salesflow.lib.api.subjects import OnSubjectShape, SubjectTypeField
from salesflow.people.models import Role, Team, User
from salesflow.work import (
    calendar_api,
    custom_api,
    export_api,
    handover_api,
    import_api,
    meeting_api,
    services,
)
from salesflow.work.lists import ActivityList, BulkJobList, NoteList, SavedViewList, TaskList
from salesflow.work.mentions import mention_ids
from salesflow.work.models import Activity, BulkJob, BulkJobRow, Note, SavedView, Task

if TYPE_CHECKING:
    from salesflow.lib.api.routes import Router


class MentionsField(serializers.ListField):
    """The ids of the people a text mentions (`@[Name](user:12)` in it), in its order."""

    child = serializers.IntegerField()

    def __init__(self, of: str = "", **kwargs: Any) -> None:
        self.of = of
        super().__init__(source="*", read_only=True, **kwargs)

    def to_representation(self, record: Any) -> list[int]:
        return mention_ids(getattr(record, self.of))


class ActivityShape(OnSubjectShape):
    mentions = MentionsField("summary")

    class Meta:
        model = Activity
        fields = (
            "id", "subject_type", "subject_id", "channel", "direction", "outcome", "summary", "mentions",
            "next_follow_up_at", "occurred_at", "logged_at", "by", "purpose",
        )  # fmt: skip
        read_only_fields = ("id", "logged_at", "by", "purpose")


class TaskShape(OnSubjectShape):
    subject_type = SubjectTypeField(required=False, allow_blank=True)
    subject_id = serializers.IntegerField(min_value=1, max_value=2**63 - 1, required=False, allow_null=True)
    mentions = MentionsField("details")

    class Meta:
        model = Task
        fields = (
            "id", "title", "details", "mentions", "subject_type", "subject_id", "assignee", "created_by", "kind",
            "state", "due_at", "remind_at", "done_at", "created_at", "updated_at", "version",
        )  # fmt: skip
        read_only_fields = (
            "id", "created_by", "kind", "state", "done_at", "created_at", "updated_at", "version",
        )  # fmt: skip
        extra_kwargs: ClassVar = {"assignee": {"required": False}}


class TaskChangeShape(TaskShape):
    """What a task hangs on is decided when it is made."""

    class Meta(TaskShape.Meta):
        read_only_fields = (*TaskShape.Meta.read_only_fields, "subject_type", "subject_id")

    subject_type = SubjectTypeField(read_only=True)
    subject_id = serializers.IntegerField(read_only=True)


class NoteShape(OnSubjectShape):
    mentions = MentionsField("body")

    class Meta:
        model = Note
        fields = (
            "id", "subject_type", "subject_id", "body", "mentions", "by", "created_at", "updated_at", "version",
        )  # fmt: skip
        read_only_fields = ("id", "by", "created_at", "updated_at", "version")


class NoteChangeShape(NoteShape):
    subject_type = SubjectTypeField(read_only=True)
    subject_id = serializers.IntegerField(read_only=True)


class SavedViewShape(Shape):
    class Meta:
        model = SavedView
        fields = (
            "id", "resource", "name", "query", "position", "owner", "audience", "team", "opens_for", "created_at",
            "updated_at", "version",
        )  # fmt: skip
        read_only_fields = (
            "id", "position", "owner", "audience", "team", "created_at", "updated_at", "version",
        )  # fmt: skip

    opens_for = serializers.SerializerMethodField(
        help_text="Codes of the roles for which the list opens in it."
    )

    def get_opens_for(self, view: SavedView) -> list[str]:
        return sorted(opening.role.code for opening in view.opens_for.all())


class SavedViewChangeShape(SavedViewShape):
    class Meta(SavedViewShape.Meta):
        read_only_fields = (*SavedViewShape.Meta.read_only_fields, "resource")


class ShareBody(Body):
    audience = serializers.ChoiceField(SavedView.Audience.choices)
    team = Ref(queryset=Team.objects.filter(archived_at=None), required=False, allow_null=True, default=None)


class OpenForBody(Body):
    roles = serializers.ListField(child=serializers.CharField(max_length=40), max_length=100)

    def validate_roles(self, codes: list[str]) -> list[Role]:
        found = {role.code: role for role in Role.objects.filter(code__in=codes)}
        if unknown := sorted(set(codes) - set(found)):
            raise serializers.ValidationError(_("There is no role %(code)s.") % {"code": unknown[0]})
        return list(found.values())


class ActivityResource(Creating, Records):
    """Communications that took place. They are never edited, only followed by others."""

    resource, spec, shape = "activities", ActivityList(), ActivityShape
    rights = standard_rights("activities")

    def add(self, *, by: User, **values: Any) -> Activity:
        return services.activity_log(by=by, **values)


class TaskResource(Creating, Changing, Archiving, Records):
    """Things to do, on a record or on their own. Without an assignee they are one's own."""

    resource, spec, shape, change_shape = "tasks", TaskList(), TaskShape, TaskChangeShape
    rights = standard_rights("tasks", archive="tasks.edit")

    def add(self, *, by: User, assignee: User | None = None, **values: Any) -> Task:
        return services.task_create(by=by, assignee=assignee or by, **values)

    def change(self, record: Task, *, by: User, **values: Any) -> Task:
        return services.task_change(task=record, by=by, **values)

    def archive(self, record: Task, *, by: User) -> None:
        services.task_archive(task=record, by=by)

    def unarchive(self, record: Task, *, by: User) -> None:
        services.task_restore(task=record, by=by)

    @deed("tasks.edit")
    def complete(self, record: Task, data: dict[str, Any]) -> Task:
        """Finish an open task."""
        return services.task_done(task=record, by=self.request.user)

    @deed("tasks.edit")
    def cancel(self, record: Task, data: dict[str, Any]) -> Task:
        """Give up an open task."""
        return services.task_cancel(task=record, by=self.request.user)

    @deed("tasks.edit")
    def reopen(self, record: Task, data: dict[str, Any]) -> Task:
        """Open a finished task again."""
        return services.task_reopen(task=record, by=self.request.user)


class NoteResource(Creating, Changing, Archiving, Records):
    """Notes on records; each is its writer's."""

    resource, spec, shape, change_shape = "notes", NoteList(), NoteShape, NoteChangeShape
    rights = standard_rights("notes", archive="notes.edit")

    def add(self, *, by: User, **values: Any) -> Note:
        return services.note_add(by=by, **values)

    def change(self, record: Note, *, by: User, body: str | None = None) -> Note:
        return services.note_edit(note=record, by=by, body=record.body if body is None else body)

    def archive(self, record: Note, *, by: User) -> None:
        services.note_archive(note=record, by=by)

    def unarchive(self, record: Note, *, by: User) -> None:
        services.note_restore(note=record, by=by)


class SavedViewResource(Creating, Changing, Archiving, Records):
    """Named states of lists: one's own, and those that were shared with one.

    The same name of the same list again replaces what one kept under it.
    """

    resource, spec, shape, change_shape = "saved-views", SavedViewList(), SavedViewShape, SavedViewChangeShape
    rights = standard_rights("saved_views", create="saved_views.edit", archive="saved_views.edit")

    def add(self, *, by: User, resource: str, name: str, query: str = "") -> SavedView:
        return services.saved_view_save(by=by, resource=resource, name=name, query=query)

    def change(self, record: SavedView, *, by: User, **values: Any) -> SavedView:
        return services.saved_view_change(view=record, by=by, **values)

    def archive(self, record: SavedView, *, by: User) -> None:
        services.saved_view_remove(view=record, by=by)

    def unarchive(self, record: SavedView, *, by: User) -> None:
        services.saved_view_restore(view=record, by=by)

    def for_shape(self, rows: Any) -> Any:
        return rows.prefetch_related("opens_for__role")

    @deed("saved_views.edit", body=ShareBody)
    def share(self, record: SavedView, data: dict[str, Any]) -> None:
        """Show it to oneself alone, to a team, or to everybody."""
        services.saved_view_share(view=record, by=self.request.user, **data)

    @deed("saved_views.edit", body=OpenForBody)
    def open_for(self, record: SavedView, data: dict[str, Any]) -> None:
        """Open the list in this view for the holders of these roles, and of no others."""
        services.saved_view_open_for(view=record, by=self.request.user, roles=data["roles"])


class BulkJobShape(Shape):
    class Meta:
        model = BulkJob
        fields = (
            "id", "resource", "action", "params", "query", "is_picked", "status", "error", "by", "total", "processed",
            "done", "refused", "undone", "created_at", "updated_at", "finished_at", "version",
        )  # fmt: skip
        read_only_fields = fields


class BulkJobBody(Body):
    """A deed on `ids`, or on all that the list shows under `query` (`grade=A&filter=…`): one of the two."""

    resource = serializers.CharField(max_length=60)
    action = serializers.CharField(max_length=40)
    params = serializers.DictField(required=False)
    ids = serializers.ListField(
        child=serializers.IntegerField(min_value=1, max_value=2**63 - 1), min_length=1, max_length=5000,
        required=False,
    )  # fmt: skip
    query = serializers.CharField(max_length=2000, required=False, allow_blank=True)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if ("ids" in attrs) == ("query" in attrs):
            raise serializers.ValidationError(_("Name either ids or a query."))
        return attrs


class BulkJobRowShape(serializers.ModelSerializer[BulkJobRow]):
    class Meta:
        model = BulkJobRow
        fields = ("record_id", "result", "code", "reason")


class BulkJobRows(serializers.Serializer):
    next_after = serializers.IntegerField(allow_null=True)
    results = BulkJobRowShape(many=True)


class BulkJobResource(Creating, Records):
    """Deeds on many records: made by POST, done at once for up to 50 records, by a worker for more."""

    resource, spec, shape, new_shape = "bulk-jobs", BulkJobList(), BulkJobShape, BulkJobBody
    rights: ClassVar = {
        "list": "jobs.view",
        "count": "jobs.view",
        "retrieve": "jobs.view",
        "create": "jobs.edit",
    }

    def add(self, *, by: User, **values: Any) -> BulkJob:
        return services.bulk_job_start(by=by, **values)

    @reading("jobs.view", answers=BulkJobRows)
    def rows(self, record: BulkJob) -> Response:
        """What became of each record, by its id; `after=` goes on behind `next_after`."""
        after = self.request.query_params.get("after", "0")
        found = BulkJobRow.objects.filter(job=record).order_by("record_id")
        if after.isascii() and after.isdigit() and len(after) < 19:
            found = found.filter(record_id__gt=int(after))
        shown = list(found[:500])
        following = shown[-1].record_id if len(shown) == 500 else None
        return Response({"next_after": following, "results": BulkJobRowShape(shown, many=True).data})

    @deed("jobs.edit")
    def cancel(self, record: BulkJob, data: dict[str, Any]) -> BulkJob:
        """Stop after the batch in hand; what is done stays done."""
        return services.bulk_job_cancel(job=record, by=self.request.user)

    @deed("jobs.edit")
    def undo(self, record: BulkJob, data: dict[str, Any]) -> BulkJob:
        """Take back what was done, where nobody changed it since."""
        return services.bulk_job_undo(job=record, by=self.request.user)


def route(router: "Router") -> None:
    router.add(ActivityResource, TaskResource, NoteResource, SavedViewResource, BulkJobResource)
    custom_api.route(router)
    handover_api.route(router)
    meeting_api.route(router)
    router.add_single("calendar/", calendar_api.Calendar)
    export_api.route(router)
    import_api.route(router)
    export_api.route_export(
        router, TaskResource, BulkJobResource, handover_api.HandoverResource, import_api.ImportResource
    )
