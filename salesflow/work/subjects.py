"""Tasks as records that files hang on."""

from django.urls import reverse

from salesflow.lib.subjects import Subject, register
from salesflow.work import policies
from salesflow.work.models import Task


def register_all() -> None:
    register(
        Subject(
            type="work.task",
            visible=lambda user: Task.objects.visible_to(user).filter(archived_at=None),
            label=str,
            url=lambda pk: reverse("task", args=[pk]),
            can_work=policies.can_edit_task,
        )
    )
