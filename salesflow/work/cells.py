"""Columns of the list of tasks that only it has."""

from typing import Any

from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from salesflow.lib.lists.cells import register_kind
from salesflow.lib.lists.spec import Column
from salesflow.lib.subjects import subject_of, type_of
from salesflow.lib.templatetags import ui
from salesflow.lib.web import figures
from salesflow.work.models import Task


def tick(task: Task, row: Any, column: Column) -> SafeString:
    """The circle that finishes an open task, and what shows a closed one."""
    if task.state != Task.State.OPEN:
        return ui.icon("circle-check" if task.state == Task.State.DONE else "circle-x")
    return format_html(
        '<button class="btn btn-quiet btn-icon" formaction="{}" aria-label="{}">{}</button>',
        reverse("task-done", args=[task.pk]),
        _("Mark “%(task)s” as done") % {"task": task},
        ui.icon("circle"),
    )


def record(subject: Any, row: Any, column: Column) -> SafeString:
    """The record it hangs on, by name and link."""
    if subject is None:
        return format_html('<span class="muted">{}</span>', figures.DASH)
    kind = subject_of(type_of(subject))
    return format_html('<a class="link" href="{}">{}</a>', kind.url(subject.pk), kind.label(subject))


def register_all() -> None:
    register_kind("tick", tick)
    register_kind("record", record)
