"""Things to do, on a record or on their own."""

from datetime import date, datetime, time, tzinfo
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import F, Model
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from salesflow.journal.models import Notice
from salesflow.journal.services import notify, notify_gathered, record
from salesflow.lib.errors import Conflict, require
from salesflow.lib.records import touched
from salesflow.lib.subjects import subject_named, type_of
from salesflow.people.models import User
from salesflow.work import policies
from salesflow.work.mentions import mentions_drawn
from salesflow.work.models import Task
from salesflow.work.services.mentions import (
    Mentioned,
    mentions_seen,
    mentions_tell,
    mentions_written,
    names_of_mentioned,
)

EDITABLE = ("title", "details", "due_at", "remind_at", "assignee")


@transaction.atomic
def task_create(
    *,
    by: User | None,
    assignee: User,
    title: str,
    details: str = "",
    due_at: datetime | None = None,
    remind_at: datetime | None = None,
    subject: Model | None = None,
    kind: str = "task",
    of_import: int | None = None,
) -> Task:
    """Give a task to oneself or to somebody in one's scope; on a record, one must be allowed to work there.

    People whom its details mention are told, where they see the record, or the task that hangs on none. `of_import`
    names the import whose doing this is.
    """
    require(by is None or policies.can_assign_task(by, assignee))
    if by is not None and subject is not None:
        require(policies.can_work_on(by, type_of(subject), subject))
    named = _named(details, by)
    _check(title=title, details=named.text)
    task = Task.objects.create(
        title=title.strip(),
        details=named.text,
        subject_type=type_of(subject) if subject is not None else "",
        subject_id=subject.pk if subject is not None else None,
        assignee=assignee,
        created_by=by,
        due_at=due_at,
        remind_at=remind_at,
        kind=kind,
    )
    data = {"assignee": assignee.pk, "kind": kind, **_mentions(named), **_of(of_import)}
    record("work.task_created", subject=task, by=by, data=data)
    _tell(task, by, of_import)
    _tell_mentioned(named, task, by)
    return task


def _named(details: str, by: User | None, before: str = "") -> Mentioned:
    """The details as they are kept; a task that nobody gave names nobody."""
    details = details.strip()
    if by is None:
        return Mentioned(details, [], [])
    return mentions_written(details, by=by, field="details", before=before)


def _mentions(named: Mentioned) -> dict[str, Any]:
    return {"mentions": [user.pk for user in named.new]} if named.new else {}


def _tell_mentioned(named: Mentioned, task: Task, by: User | None) -> None:
    """Tell those named anew, or refuse them all. The task stands as it will: its assignee sees it too."""
    if not named.new:
        return
    subject = subject_named(task.subject_type, task.subject_id) if task.subject_id is not None else task
    mentions_seen(named, subject=subject, field="details")
    mentions_tell(named, subject=subject, by=by, key=f"task-{task.pk}")


def _of(of_import: int | None) -> dict[str, Any]:
    """What the journal says of a deed of an import, so that it is no work of a person's."""
    return {} if of_import is None else {"import": of_import}


def _tell(task: Task, by: User | None, of_import: int | None = None) -> None:
    """Let the assignee know of a task that somebody else gave him; of those of an import, with one notice."""
    if by is None or by.pk == task.assignee_id:
        return
    if of_import is not None:
        params = {"person": by.name, "count": 1}
        notice = Notice(user_id=task.assignee_id, kind="work.tasks_given", params=params)
        notify_gathered([notice], run=f"import-{of_import}", lists=(), most=0)
    else:
        key = f"task:{task.pk}:given:{task.version}"
        notify([task.assignee], "work.task_given", subject=task, params={"title": task.title}, key=key)


def _check(*, title: str, details: str) -> None:
    errors = {}
    if not title.strip():
        errors["title"] = ValidationError(_("A title is needed."), code="required")
    elif len(title) > 200 or "\x00" in title:
        errors["title"] = ValidationError(_("This title is too long."), code="max_length")
    if len(details) > 5000 or "\x00" in details:
        errors["details"] = ValidationError(_("This text is too long."), code="max_length")
    if errors:
        raise ValidationError(errors)


@transaction.atomic
def task_change(
    *, task: Task, by: User, expected_version: int | None = None, of_import: int | None = None, **values: Any
) -> Task:
    """Change title, details, times or assignee of an open task. Only who is mentioned anew is told."""
    task = Task.objects.select_for_update(of=("self",)).get(pk=task.pk)
    require(policies.can_edit_task(by, task))
    if expected_version is not None and expected_version != task.version:
        raise Conflict("stale_version", _("Somebody else changed this meanwhile."), {"version": task.version})
    if task.state != Task.State.OPEN:
        raise Conflict("invalid_transition", _("This task is closed."))
    unknown = set(values) - set(EDITABLE)
    if unknown:
        raise ValidationError(
            {name: ValidationError(_("Unknown field."), code="unknown_field") for name in unknown}
        )
    if "assignee" in values and values["assignee"].pk != task.assignee_id:
        require(policies.can_assign_task(by, values["assignee"]))
    named = Mentioned(task.details, [], [])
    if "details" in values:
        named = _named(values["details"], by, task.details)
        values["details"] = named.text
    _check(title=values.get("title", task.title), details=named.text)
    changes = {name: (getattr(task, name), new) for name, new in values.items() if getattr(task, name) != new}
    if changes:
        if "remind_at" in changes:
            values["reminded_at"] = None
        Task.objects.filter(pk=task.pk).update(**values, **touched())
        plain = {
            name: (getattr(old, "pk", old), getattr(new, "pk", new)) for name, (old, new) in changes.items()
        }
        data = {**_mentions(named), **_of(of_import)}
        record("work.task_changed", subject=task, by=by, changes=plain, data=data)
        task = Task.objects.select_related("assignee").get(pk=task.pk)
        if "assignee" in changes:
            _tell(task, by, of_import)
        _tell_mentioned(named, task, by)
    return task


#: When a task without a time is put onto a day.
MORNING = time(9)


@transaction.atomic
def task_move(*, task: Task, by: User, day: date, zone: tzinfo) -> Task:
    """Put an open task onto another day: it keeps its hour in `zone`, its reminder comes as long before as it did."""
    task = Task.objects.select_for_update(of=("self",)).get(pk=task.pk)
    hour = task.due_at.astimezone(zone).time() if task.due_at is not None else MORNING
    due_at = datetime.combine(day, hour, tzinfo=zone)
    values: dict[str, Any] = {"due_at": due_at}
    if task.remind_at is not None and task.due_at is not None:
        values["remind_at"] = due_at - (task.due_at - task.remind_at)
    return task_change(task=task, by=by, **values)


_CLOSED = (Task.State.DONE, Task.State.CANCELLED)


def task_done(*, task: Task, by: User, of_import: int | None = None) -> Task:
    """Finish an open task; of two at once one finishes it and the other is told."""
    return _move(
        task, by, of_import, frm=(Task.State.OPEN,), to=Task.State.DONE, event="work.task_done", done_at=Now()
    )


def task_cancel(*, task: Task, by: User, of_import: int | None = None) -> Task:
    return _move(
        task, by, of_import, frm=(Task.State.OPEN,), to=Task.State.CANCELLED, event="work.task_cancelled"
    )


def task_reopen(*, task: Task, by: User, of_import: int | None = None) -> Task:
    """The inverse of done and of cancelled, for the undo of a toast."""
    return _move(
        task, by, of_import, frm=_CLOSED, to=Task.State.OPEN, event="work.task_reopened", done_at=None
    )


@transaction.atomic
def _move(
    task: Task,
    by: User,
    of_import: int | None,
    *,
    frm: tuple[str, ...],
    to: str,
    event: str,
    **columns: Any,
) -> Task:
    require(policies.can_edit_task(by, task))
    if not Task.objects.filter(pk=task.pk, state__in=frm).update(state=to, **columns, **touched()):
        raise Conflict("invalid_transition", _("This task has been closed or reopened meanwhile."))
    record(event, subject=task, by=by, data=_of(of_import))
    return Task.objects.get(pk=task.pk)


@transaction.atomic
def task_archive(*, task: Task, by: User) -> None:
    """Put a task out of sight; it neither counts nor reminds any more."""
    require(policies.can_edit_task(by, task))
    if Task.objects.filter(pk=task.pk, archived_at=None).update(archived_at=Now(), **touched()):
        record("work.task_archived", subject=task, by=by)


@transaction.atomic
def task_restore(*, task: Task, by: User) -> None:
    require(policies.can_edit_task(by, task))
    if Task.objects.filter(pk=task.pk, archived_at__isnull=False).update(archived_at=None, **touched()):
        record("work.task_restored", subject=task, by=by)


def tasks_on(*, subject: Model, user: User, limit: int = 20) -> list[Task]:
    """What is still to be done on a record, soonest first; `may_edit` says whether this user may close each.

    The caller has asked whether the user may see the record: then he sees what is planned on it, by whomever, with
    the details as a page draws them: who is mentioned there reads them here.
    """
    rows = Task.objects.open().filter(subject_type=type_of(subject), subject_id=subject.pk)
    tasks = list(rows.select_related("assignee").order_by(F("due_at").asc(nulls_last=True), "pk")[:limit])
    names = names_of_mentioned(task.details for task in tasks)
    for task in tasks:
        task.may_edit = policies.can_edit_task(user, task)  # type: ignore[attr-defined]
        task.drawn = mentions_drawn(task.details, names)  # type: ignore[attr-defined]
    return tasks
