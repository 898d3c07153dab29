"""How what people do is listed."""

from collections.abc import Sequence
from typing import Any, ClassVar

from django.db.models import Q, QuerySet
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from salesflow.lib.lists import Column, Deed, ListSpec, Search, Step
from salesflow.lib.lists.filters import After, Before, Choices, Flag, Ids, RecordFilters, Words
from salesflow.lib.lists.ports import day_zone
from salesflow.lib.lists.sheet import named_columns, person_said
from salesflow.lib.lists.subjects import OnSubjectFilters, OnSubjectList
from salesflow.lib.moments import moment_said
from salesflow.lib.subjects import record_said, visible_subjects
from salesflow.people.lists import ConfigList
from salesflow.work import policies
from salesflow.work.bulk import bulk_action, bulk_list
from salesflow.work.exports import export_list
from salesflow.work.imports import import_kind
from salesflow.work.models import (
    Activity,
    BulkJob,
    Channel,
    CustomField,
    Direction,
    Export,
    Handover,
    Import,
    Meeting,
    Note,
    Outcome,
    SavedView,
    Task,
)


class ActivityFilters(OnSubjectFilters):
    channel = Choices("channel", choices=Channel.choices, label=_("Channel"))
    direction = Choices("direction", choices=Direction.choices, label=_("Direction"))
    outcome = Choices("outcome", choices=Outcome.choices, label=_("Outcome"))
    by = Ids("by", people=True, label=_("Person"))
    occurred_after = After("occurred_at", label=_("Took place from"))
    occurred_before = Before("occurred_at", label=_("Took place before"))


class ActivityList(OnSubjectList):
    key, model, filterset, title, icon = "activities", Activity, ActivityFilters, _("Activities"), "phone"


class NoteFilters(OnSubjectFilters):
    by = Ids("by", people=True, label=_("Person"))
    created_after = After("created_at", label=_("Written from"))
    created_before = Before("created_at", label=_("Written before"))
    updated_after = After("updated_at", label=_("Changed from"))
    updated_before = Before("updated_at", label=_("Changed before"))


class NoteList(OnSubjectList):
    key, model, filterset, title, icon = "notes", Note, NoteFilters, _("Notes"), "note"


class Overdue(Flag):
    """Open tasks past their time, or all others."""

    def where(self, value: bool) -> Q:
        late = Q(state=Task.State.OPEN, due_at__lt=Now())
        return late if value else ~late


#: What the page of tasks opens with.
MINE = "assignee=me&state=open"


def due_if_open(task: Task) -> Any:
    """A closed task counts down to nothing."""
    return task.due_at if task.state == Task.State.OPEN else None


class TaskFilters(OnSubjectFilters):
    state = Choices("state", choices=Task.State.choices, label=_("State"))
    assignee = Ids("assignee", people=True, label=_("Assignee"))
    created_by = Ids("created_by", people=True, label=_("Given by"))
    kind = Words("kind", label=_("Kind"))
    overdue = Overdue(label=_("Overdue"))
    due_after = After("due_at", label=_("Due from"))
    due_before = Before("due_at", label=_("Due before"))
    created_after = After("created_at", label=_("Made from"))
    created_before = Before("created_at", label=_("Made before"))
    updated_after = After("updated_at", label=_("Changed from"))
    updated_before = Before("updated_at", label=_("Changed before"))


class TaskList(ListSpec):
    key, model, filterset, title, icon = "tasks", Task, TaskFilters, _("Tasks"), "checkbox"
    orderings: ClassVar = {"due_at": "due_at", "id": "id"}
    default_ordering = "due_at"
    opens_with = MINE
    search = Search(columns=("title", "details"))
    bar = ("state", "assignee")
    folded = ("created_by", "due_after", "due_before", "created_after", "created_before")
    columns: ClassVar = [
        Column("tick", "", kind="tick", value=lambda task: task),
        Column("title", _("Task"), link=True, phone="1l"),
        Column("subject", _("Record"), kind="record", value=lambda task: getattr(task, "subject", None)),
        Column("due_at", _("Due"), kind="countdown", value=due_if_open, sort="due_at", phone="1r"),
        Column("state", _("State"), kind="badge", phone="2r",
               options={"kinds": {"open": "info", "done": "ok"}}),
        Column("assignee", _("Assignee"), kind="person", phone="2l"),
        Column("created_at", _("Made"), kind="ago"),
    ]  # fmt: skip
    exports, imports = "tasks.export", True
    deeds = (Deed("done", _("Mark as done"), "check", "tasks-done"),)
    empty_title = _("Nothing to do")
    empty_text = _("Tasks are what you plan to do, on a lead or on their own.")
    steps = (Step(_("New task"), "task-new", lambda user: user.may("tasks.create"), drawer=True),)

    def for_import(self, user: Any) -> Sequence[Column]:
        names, zone = "id title details record due_at remind_at assignee state", day_zone()
        return named_columns(
            self, user, names, assignee=person_said("assignee"),
            record=lambda task: record_said(task.subject_type, task.subject_id),
            due_at=lambda task: moment_said(task.due_at, zone),
            remind_at=lambda task: moment_said(task.remind_at, zone),
        )  # fmt: skip

    def for_page(self, rows: QuerySet[Task]) -> QuerySet[Task]:
        return rows.select_related("assignee")

    def complete(self, rows: list[Any], user: Any) -> None:
        """The record each task hangs on, where the person may see it."""
        seen = visible_subjects(user, [(task.subject_type, task.subject_id) for task in rows])
        for task in rows:
            task.subject = seen.get((task.subject_type, task.subject_id))

    def tabs(self, user: Any) -> list[tuple[Any, str]]:
        others = user.scope("tasks.view") not in ("none", "own")
        return [
            (_("Mine"), MINE),
            (_("Overdue"), "overdue=true" if others else "assignee=me&overdue=true"),
            *([(_("Team"), "state=open")] if others else []),
            (_("Done"), "state=done&ordering=-due_at"),
        ]


class MeetingFilters(OnSubjectFilters):
    state = Choices("state", choices=Meeting.State.choices, label=_("State"))
    organiser = Ids("organiser", people=True, label=_("Organiser"))
    starts_after = After("starts_at", label=_("Starts from"))
    starts_before = Before("starts_at", label=_("Starts before"))


class MeetingList(ListSpec):
    key, model, filterset, title, icon = "meetings", Meeting, MeetingFilters, _("Meetings"), "users"
    orderings: ClassVar = {"starts_at": ("starts_at", "id"), "id": "id"}


class SavedViewFilters(RecordFilters):
    resource = Words("resource", label=_("List"))


class SavedViewList(ListSpec):
    key, model, filterset = "saved-views", SavedView, SavedViewFilters
    orderings: ClassVar = {"position": ("position", "id"), "name": "name", "id": "id"}
    default_ordering = "position"
    search = Search(columns=("name",))


class CustomFieldFilters(RecordFilters):
    resource = Words("resource", label=_("Resource"))
    key = Words("key", label=_("Key"))
    kind = Choices("kind", choices=CustomField.Kind.choices, label=_("Kind"))


class CustomFieldList(ConfigList):
    key, model, rights, filterset = "custom-fields", CustomField, "custom_fields", CustomFieldFilters
    orderings: ClassVar = {"position": ("position", "id"), "id": "id"}
    default_ordering = "position"
    search = Search(columns=("key", "label"))


class BulkJobFilters(RecordFilters):
    resource = Words("resource", label=_("List"))
    action = Words("action", label=_("Deed"))
    status = Choices("status", choices=BulkJob.Status.choices, label=_("Status"))
    by = Ids("by", people=True, label=_("By"))


def _deed_of(job: BulkJob) -> Any:
    deed = bulk_action(job.resource, job.action)
    return deed.label if deed else job.action


def _list_of(job: BulkJob) -> Any:
    spec = bulk_list(job.resource)
    return spec.title if spec else job.resource


class BulkJobList(ListSpec):
    key, model, filterset, title, icon = "bulk-jobs", BulkJob, BulkJobFilters, _("Bulk changes"), "list"
    bar = ("status",)
    orderings: ClassVar = {"id": "id"}
    columns: ClassVar = [
        Column("action", _("Deed"), link=True, value=_deed_of, phone="1l"),
        Column("resource", _("List"), value=_list_of, phone="2l"),
        Column("status", _("Status"), kind="badge", phone="1r",
               options={"kinds": {"done": "ok", "failed": "bad", "running": "info", "undoing": "info"}}),
        Column("done", _("Done"), kind="count"),
        Column("refused", _("Refused"), kind="count"),
        Column("by", _("By"), kind="person", value="by.name"),
        Column("created_at", _("Started"), kind="ago", phone="2r"),
    ]  # fmt: skip
    exports = "jobs.export"
    empty_title = _("No bulk changes yet")
    empty_text = _("What was done to many records at once stands here, with its result, and can be undone.")

    def for_page(self, rows: QuerySet[BulkJob]) -> QuerySet[BulkJob]:
        return rows.select_related("by")


class ExportFilters(RecordFilters):
    resource = Words("resource", label=_("List"))
    status = Choices("status", choices=Export.Status.choices, label=_("Status"))
    by = Ids("by", people=True, label=_("By"))
    is_large = Flag("is_large", label=_("Large"))


def _title_of(export: Export) -> Any:
    spec = export_list(export.resource)
    return spec.title if spec else export.resource


class ExportList(ListSpec):
    key, model, filterset, title, icon = "exports", Export, ExportFilters, _("Exports"), "file-export"
    bar = ("status",)
    orderings: ClassVar = {"id": "id"}
    columns: ClassVar = [
        Column("resource", _("List"), link=True, value=_title_of, phone="1l"),
        Column("status", _("Status"), kind="badge", phone="1r",
               options={"kinds": {"done": "ok", "failed": "bad", "running": "info"}}),
        Column("format", _("Format"), value=lambda export: export.get_format_display()),
        Column("written", _("Records"), kind="count", phone="2l"),
        Column("by", _("By"), kind="person", value="by.name"),
        Column("created_at", _("Exported"), kind="ago", phone="2r"),
        Column("expires_at", _("Kept until"), kind="datetime"),
    ]  # fmt: skip
    empty_title = _("No exports yet")
    empty_text = _("Every list can be taken out as a file by “Export”. The files wait here for a week.")

    def for_page(self, rows: QuerySet[Export]) -> QuerySet[Export]:
        return rows.select_related("by")

    def tabs(self, user: Any) -> list[tuple[Any, str]]:
        return [(_("Mine"), "by=me")] if user.scope("exports.view") != "own" else []


class ImportFilters(RecordFilters):
    resource = Words("resource", label=_("Records"))
    status = Choices("status", choices=Import.Status.choices, label=_("Status"))
    by = Ids("by", people=True, label=_("Uploaded by"))
    dry_run = Flag("dry_run", label=_("Dry run"))


def _becomes(job: Import) -> Any:
    kind = import_kind(job.resource)
    return kind.title if kind else job.resource


class ImportList(ListSpec):
    key, model, filterset = "imports", Import, ImportFilters
    title, icon = _("Record imports"), "file-import"
    bar = ("status",)
    orderings: ClassVar = {"id": "id"}
    columns: ClassVar = [
        Column("filename", _("File"), link=True, phone="1l"),
        Column("resource", _("Records"), value=_becomes),
        Column("status", _("Status"), kind="badge", phone="1r",
               options={"kinds": {"done": "ok", "failed": "bad", "running": "info", "needs_mapping": "warn"}}),
        Column("created", _("Created"), kind="number", phone="2l"),
        Column("updated", _("Updated"), kind="number"),
        Column("skipped", _("Skipped"), kind="number"),
        Column("rejected", _("Rejected"), kind="number"),
        Column("by", _("Uploaded by"), kind="person", value="by.name"),
        Column("created_at", _("Uploaded"), kind="ago", phone="2r"),
    ]  # fmt: skip
    exports = "jobs.export"
    empty_title = _("No imports yet")
    empty_text = _(
        "Files of customers, contacts, opportunities, tasks, partners and more (CSV or XLSX) come in here, each row "
        "accounted for."
    )
    steps = (Step(_("Import a file"), "import-new", policies.can_import_any),)

    def for_page(self, rows: QuerySet[Import]) -> QuerySet[Import]:
        return rows.select_related("by").defer("sample", "header", "mapping", "kept_after_undo")


class HandoverFilters(RecordFilters):
    person = Ids("person", people=True, label=_("Person"))
    status = Choices("status", choices=Handover.Status.choices, label=_("Status"))
    by = Ids("by", people=True, label=_("By"))


class HandoverList(ListSpec):
    key, model, filterset, title, icon = "hand-overs", Handover, HandoverFilters, _("Handovers"), "user-share"
    bar = ("status",)
    orderings: ClassVar = {"id": "id"}
    columns: ClassVar = [
        Column("person", _("Person"), kind="person", link=True, value="person.name", phone="1l"),
        Column("status", _("Status"), kind="badge", phone="1r",
               options={"kinds": {"done": "ok", "failed": "bad", "running": "info"}}),
        Column("moved", _("Moved"), kind="count", phone="2l"),
        Column("refused", _("Stayed"), kind="count"),
        Column("by", _("By"), kind="person", value="by.name"),
        Column("created_at", _("Started"), kind="ago", phone="2r"),
    ]  # fmt: skip
    exports = "jobs.export"
    empty_title = _("No handovers yet")
    empty_text = _("What somebody who leaves or moves held goes to others here, with a preview and a result.")

    def for_page(self, rows: QuerySet[Handover]) -> QuerySet[Handover]:
        return rows.select_related("person", "by")
