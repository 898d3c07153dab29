"""Reminding people of what they planned."""

from django.db import transaction
from django.db.models import F
from django.db.models.functions import Now

from salesflow.journal.models import Notice
from salesflow.journal.services import notify_many
from salesflow.work.models import Task

BATCH = 500


@transaction.atomic
def reminders_send() -> dict[str, int]:
    """Tell assignees whose reminder time has come; safe to run late, twice, or in two workers at once."""
    due = (
        Task.objects.select_for_update(skip_locked=True)
        .filter(state=Task.State.OPEN, archived_at=None, reminded_at=None, remind_at__lte=Now())
        .order_by("remind_at")[:BATCH]
    )
    tasks = list(due)
    notify_many(
        Notice(
            user_id=task.assignee_id,
            kind="work.task_reminder",
            subject_type=task.subject_type or "work.task",
            subject_id=task.subject_id or task.pk,
            params={"title": task.title, "task": task.pk},
            dedupe_key=f"task:{task.pk}:{task.remind_at:%s}" if task.remind_at else None,
        )
        for task in tasks
    )
    Task.objects.filter(pk__in=[task.pk for task in tasks]).update(reminded_at=F("remind_at"))
    return {"reminded": len(tasks)}
