"""Tasks that come in from files."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from salesflow.lib.lists.ports import day_zone
from salesflow.lib.subjects import record_read, type_of, visible_subjects
from salesflow.people.models import User
from salesflow.work import policies
from salesflow.work.imports import Answer
from salesflow.work.models import Task
from salesflow.work.services.imports.by_service import ServiceWriter
from salesflow.work.services.imports.given import Given, Refused, choice_of, moment_of
from salesflow.work.services.tasks import (
    MORNING,
    task_cancel,
    task_change,
    task_create,
    task_done,
    task_reopen,
)


class TaskWriter(ServiceWriter):
    """Known by record number. A task stays on its record; its state is what became of it."""

    model, fields = Task, ("title", "details", "due_at", "remind_at", "assignee", "state")
    denied = gettext_lazy("You may not give this task to this person.")

    def read(self, given: Given) -> None:
        zone = day_zone()
        for name in ("title", "details"):
            if text := given.draft.text(name):
                given.values[name] = text
        for name in ("due_at", "remind_at"):
            if moment := moment_of(given, name, zone, MORNING):
                given.values[name] = moment
        choice_of(given, "state", Task.State.choices)
        if text := given.draft.text("record"):
            given.parent = record_read(text)
            if given.parent is None:
                given.draft.refuse(
                    "record", _("A kind of record and its number are needed here, as lead 12.")
                )
        self.person(given, "assignee")

    def relate(self, rows: Sequence[Given]) -> None:
        """The people and records that rows name; a record out of sight matters only to a new task."""
        self.people(rows, "assignee")
        self.subjects = visible_subjects(self.by, [row.parent for row in rows if row.parent is not None])

    def asked(self, keys: Mapping[str, set[str]]) -> Q:
        return Q(pk__in=[])

    def keys_of(self, record: Task) -> list[str]:
        return []

    def joined(self, rows: Any) -> Any:
        return rows.select_related("assignee")

    def made(self, row: Given) -> Task:
        values = {"assignee": self.by, "title": "", **row.values}
        state = values.pop("state", Task.State.OPEN)
        subject = self._subject(row)
        task = task_create(by=self.by, subject=subject, of_import=self.job_id, **values)
        return _closed(task, state, self.by, self.job_id)

    def _subject(self, row: Given) -> Any:
        """The record of a new task; raises Refused."""
        if row.parent is None:
            return None
        subject = self.subjects.get(row.parent)
        if subject is None:
            raise Refused(_("There is no record of this number that you may see."))
        if not policies.can_work_on(self.by, type_of(subject), subject):
            raise Refused(_("You may not plan anything on this record."))
        return subject

    def edit(self, row: Given, record: Task, key: str) -> Answer:
        if not policies.can_edit_task(self.by, record):
            raise Refused(_("You may not change this record."))
        if row.parent not in (None, (record.subject_type, record.subject_id)):
            raise Refused(_("A task stays on the record it was planned on."))
        return super().edit(row, record, key)

    def changed(self, record: Task, row: Given) -> Task:
        return task_put(record, row.values, by=self.by, job_id=self.job_id)


def task_put(task: Task, values: Mapping[str, Any], *, by: User, job_id: int) -> Task:
    """Set values through the services: a closed task is opened first where its state changes, and closed last."""
    given = dict(values)
    state = given.pop("state", task.state)
    if task.state not in (Task.State.OPEN, state):
        task = task_reopen(task=task, by=by, of_import=job_id)
    if given:
        task = task_change(task=task, by=by, of_import=job_id, **given)
    return _closed(task, state, by, job_id)


def _closed(task: Task, state: str, by: User, job_id: int) -> Task:
    if task.state == Task.State.OPEN and state != Task.State.OPEN:
        close = task_done if state == Task.State.DONE else task_cancel
        task = close(task=task, by=by, of_import=job_id)
    return task
