"""Where tasks and the calendar meet: what of them stands in it."""

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from salesflow.people.models import User
from salesflow.work.agenda import Planned, register
from salesflow.work.models import Meeting, Task
from salesflow.work.querysets import TaskQuerySet
from salesflow.work.services.invitations import people_in
from salesflow.work.services.meetings import planned_of


def own_tasks(user: User) -> TaskQuerySet:
    """One's own open tasks; the next follow-ups of leads are among them."""
    return Task.objects.visible_to(user).open().filter(assignee=user)


def _tint(task: Task) -> str:
    if task.due_at is not None and task.due_at < timezone.now():
        return "bad"
    return "info" if task.kind == "follow_up" else "accent"


def _tint_of_meeting(meeting: Meeting) -> str:
    return {"accepted": "ok", "tentative": "warn", "declined": "bad"}.get(meeting.answer, "violet")


def register_all() -> None:
    register(
        Planned(
            "task",
            _("Task"),
            "checkbox",
            rows=own_tasks,
            at="due_at",
            tint=_tint,
            kind_of=lambda task: task.kind,
            on=lambda task: (task.subject_type, task.subject_id),
            moves="task-move",
        )
    )
    register(
        Planned(
            "meeting",
            _("Meeting"),
            "users",
            rows=planned_of,
            at="starts_at",
            until="ends_at",
            tint=_tint_of_meeting,
            said=lambda meeting: meeting.get_answer_display(),
            tells=people_in,
            on=lambda meeting: (meeting.subject_type, meeting.subject_id),
            uid_of=lambda meeting: str(meeting.uid),
        )
    )
