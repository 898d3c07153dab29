"""Tasks as records that come in from files: their columns, and who may."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _

from salesflow.work.imports import Target, register_imports
from salesflow.work.lists import TaskList
from salesflow.work.models import Task
from salesflow.work.services.imports.by_service import ServiceImport
from salesflow.work.services.imports.task_rows import TaskWriter, task_put
from salesflow.work.services.tasks import task_archive

ID = Target("id", _("Record number"), _("Of a record that is there; files to be changed are best exported."),
            ("record number", "记录编号"))  # fmt: skip


class TaskImport(ServiceImport):
    resource, model, spec, title, order = "tasks", Task, TaskList(), _("Tasks"), 40
    writes, needs = TaskWriter, (("title",),)
    targets = (
        ID,
        Target("title", _("Title"), _("What is to be done."),
               ("task", "subject", "name", "to do", "summary", "任务", "任务名称", "标题", "主题", "待办"),
               example="Send the offer"),
        Target("details", _("Details"), _("@ mentions somebody, by the first part of the e-mail address."),
               ("description", "notes", "comment", "任务描述", "描述", "备注", "说明")),
        Target("record", _("Record"), _("What the task is planned on: its kind and number, as lead 12."),
               ("related to", "regarding", "关联记录")),
        Target("due_at", _("Due"), _("A day and a time, as 2026-11-30 09:30, in the workspace's time zone."),
               ("due date", "deadline", "due on", "截止时间", "截止日期", "到期日期"), example="2026-11-30 09:30"),
        Target("remind_at", _("Remind me"), _("A day and a time, as 2026-11-30 09:30, in the workspace's time zone."),
               ("reminder", "remind", "提醒时间")),
        Target("assignee", _("Assignee"),
               _("A colleague, by e-mail address, name or id; the importer where a new record names none."),
               ("assigned to", "owner", "responsible", "负责人", "执行人", "指派给")),
        Target("state", _("State"), _("open, done or cancelled; a new task is open."),
               ("status", "状态", "任务状态"), example="open",
               choices=lambda: [str(code) for code in Task.State.values]),
    )  # fmt: skip

    def allowed(self, user: Any) -> bool:
        return bool(user.may("tasks.create") or user.may("tasks.edit"))

    def restore(self, record: Task, values: Mapping[str, Any], *, by: Any, job_id: int) -> None:
        task_put(record, values, by=by, job_id=job_id)

    def archive(self, record: Task, *, by: Any) -> None:
        task_archive(task=record, by=by)


def register() -> None:
    register_imports(TaskImport())
