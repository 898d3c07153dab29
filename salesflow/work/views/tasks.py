"""Pages of tasks: the list, making and changing one, and what becomes of it."""

from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from salesflow.lib.errors import Conflict, require
from salesflow.lib.lists.page import list_view, picked
from salesflow.lib.recent import looked_at
from salesflow.lib.subjects import subject_of, type_of, visible_subject, visible_subjects
from salesflow.lib.web import times
from salesflow.lib.web.forms import MOMENT, errors_to
from salesflow.lib.web.toasts import toast
from salesflow.work import policies
from salesflow.work.forms import TaskForm
from salesflow.work.lists import TaskList
from salesflow.work.mentions import mentions_drawn
from salesflow.work.models import Task
from salesflow.work.services import (
    day_of,
    task_cancel,
    task_change,
    task_create,
    task_done,
    task_move,
    task_reopen,
)
from salesflow.work.services.mentions import mentions_typed, names_of_mentioned
from salesflow.work.services.tasks import MORNING
from salesflow.work.views.back import way_back
from salesflow.work.views.stale import change_tried


def _visible(request: HttpRequest, pk: int) -> Task:
    rows = Task.objects.visible_to(request.user).select_related("assignee", "created_by")  # type: ignore[arg-type]
    return get_object_or_404(rows, pk=pk, archived_at=None)


@login_required
def task_list(request: HttpRequest) -> HttpResponse:
    may = {"may_import": policies.can_import_list(request.user, "tasks")}  # type: ignore[arg-type]
    return list_view(TaskList(), request, template="work/tasks.html", context=may)


@login_required
def task_new(request: HttpRequest) -> HttpResponse:
    """A new task, on the record named by `on` (leads.lead:12) or on its own; `day` is when it is due."""
    subject = subject_named(request, request.GET.get("on", ""))
    require(request.user.may("tasks.create"))  # type: ignore[union-attr]
    form = TaskForm(request.user, request.POST or None, initial=_on_day(request))  # type: ignore[arg-type]
    if request.method == "POST" and form.is_valid():
        values = form.values()
        values.setdefault("assignee", request.user)
        try:
            task = task_create(by=request.user, subject=subject, **values)  # type: ignore[arg-type]
        except ValidationError as error:
            errors_to(form, error)
        else:
            toast(request, _("“%(task)s” is planned.") % {"task": task})
            return redirect(_page_of(subject) if subject is not None else "tasks")
    context = {"form": form, "title": _("New task"), "submit": _("Create task"), "subject": subject,
               "on_type": type_of(subject) if subject is not None else "",
               "back": _page_of(subject) if subject is not None else reverse("tasks")}  # fmt: skip
    return render(request, "work/task_new.html", context, status=400 if form.errors else 200)


def _on_day(request: HttpRequest) -> dict[str, Any]:
    """At nine of the day in the address, where the reader is."""
    day = request.GET.get("day", "")
    return {"due_at": f"{datetime.combine(day_of(day), MORNING):{MOMENT}}"} if day else {}


def subject_named(request: HttpRequest, named: str) -> Any | None:
    type_, _colon, id_ = named.partition(":")
    if not named:
        return None
    if not (id_.isascii() and id_.isdigit() and len(id_) < 19):
        raise Http404
    try:
        return visible_subject(request.user, type_, int(id_))
    except ValidationError:
        raise Http404 from None


def _page_of(subject: Any) -> str:
    return subject_of(type_of(subject)).url(subject.pk)


@login_required
def task_page(request: HttpRequest, pk: int) -> HttpResponse:
    """One task, to be changed as long as it is open; a stale change shows what the other wrote."""
    task = _visible(request, pk)
    looked_at(request.user, task)
    may_edit = policies.can_edit_task(request.user, task)  # type: ignore[arg-type]
    require(may_edit or request.method != "POST")
    drawn = mentions_drawn(task.details, names_of_mentioned([task.details]))
    # as one types it: in the form, and beside a change that came too late
    task.details = mentions_typed(task.details, request.user)  # type: ignore[arg-type]
    form = TaskForm.of(request.user, task, request.POST or None)  # type: ignore[arg-type]
    theirs: dict[str, Any] | None = {}
    if request.method == "POST" and form.is_valid():
        values = {**form.values(), "expected_version": form.cleaned_data["version"]}
        theirs = change_tried(
            form,
            task,
            typed=form.cleaned_data,
            change=lambda: task_change(task=task, by=request.user, **values),  # type: ignore[arg-type]
        )
        if theirs is None:
            toast(request, _("The changes are saved."))
            return redirect(task)
    named = (task.subject_type, task.subject_id)
    subject = visible_subjects(request.user, [named]).get(named)  # type: ignore[arg-type]
    on = subject if task.subject_id is not None else task
    context = {
        "task": task,
        "form": form,
        "drawn": drawn,
        "on": on,
        "on_type": type_of(on) if on is not None else "",
        "theirs": theirs,
        "subject": subject,
        "subject_url": _page_of(subject) if subject is not None else "",
        "may_edit": may_edit,
        "open": task.state == Task.State.OPEN,
        "back": reverse("tasks"),
    }
    return render(request, "work/task.html", context, status=400 if form.errors else 200)


@login_required
@require_POST
def task_finish(request: HttpRequest, pk: int) -> HttpResponse:
    task = task_done(task=_visible(request, pk), by=request.user)  # type: ignore[arg-type]
    toast(request, _("“%(task)s” is done.") % {"task": task}, undo=reverse("task-reopen", args=[pk]))
    return redirect(way_back(request, reverse("tasks")))


@login_required
@require_POST
def task_give_up(request: HttpRequest, pk: int) -> HttpResponse:
    task = task_cancel(task=_visible(request, pk), by=request.user)  # type: ignore[arg-type]
    toast(request, _("“%(task)s” is cancelled.") % {"task": task}, undo=reverse("task-reopen", args=[pk]))
    return redirect(way_back(request, reverse("tasks")))


@login_required
@require_POST
def task_open_again(request: HttpRequest, pk: int) -> HttpResponse:
    task = task_reopen(task=_visible(request, pk), by=request.user)  # type: ignore[arg-type]
    toast(request, _("“%(task)s” is open again.") % {"task": task})
    return redirect(way_back(request, reverse("tasks")))


@login_required
@require_POST
def task_to_day(request: HttpRequest, pk: int) -> HttpResponse:
    """Move a task to the day that is sent, or that the address of an undo names."""
    task, zone = _visible(request, pk), timezone.get_current_timezone()
    require(policies.can_edit_task(request.user, task))  # type: ignore[arg-type]
    before = task.due_at
    day = day_of(request.POST.get("day") or request.GET.get("day", ""))
    task_move(task=task, by=request.user, day=day, zone=zone)  # type: ignore[arg-type]
    undo = f"{reverse('task-move', args=[pk])}?day={before.astimezone(zone).date()}" if before else ""
    text = _("“%(task)s” stands on %(day)s now.") % {"task": task, "day": times.day(day)}
    toast(request, text, undo=undo)
    return redirect(way_back(request, reverse("calendar")))


@login_required
@require_POST
def tasks_done(request: HttpRequest) -> HttpResponse:
    """Finish the chosen tasks, each by itself; what was closed meanwhile or is not one's to close is told."""
    require(request.user.may("tasks.edit"))  # type: ignore[union-attr]
    done, left = _each(request, picked(TaskList(), request), task_done)
    if done:
        text = ngettext("%(n)s task is done.", "%(n)s tasks are done.", len(done)) % {"n": len(done)}
        undo = f"{reverse('tasks-reopen')}?{urlencode({'ids': ','.join(map(str, done))})}"
        toast(request, text, undo=undo)
    if left:
        text = ngettext("%(n)s task could not be closed.", "%(n)s tasks could not be closed.", left)
        toast(request, text % {"n": left}, "warning")
    return redirect(way_back(request, reverse("tasks")))


@login_required
@require_POST
def tasks_reopen(request: HttpRequest) -> HttpResponse:
    """The undo of finishing several."""
    require(request.user.may("tasks.edit"))  # type: ignore[union-attr]
    ids = [int(part) for part in request.GET.get("ids", "").split(",") if part.isascii() and part.isdigit()]
    chosen = Task.objects.visible_to(request.user).filter(pk__in=[id_ for id_ in ids[:1000] if id_ < 2**63])  # type: ignore[arg-type]
    opened, _left = _each(request, chosen, task_reopen)
    text = ngettext("%(n)s task is open again.", "%(n)s tasks are open again.", len(opened))
    toast(request, text % {"n": len(opened)})
    return redirect(way_back(request, reverse("tasks")))


def _each(request: HttpRequest, tasks: Any, deed: Any) -> tuple[list[int], int]:
    """Ids of those the deed was done to, and how many it refused."""
    done, left = [], 0
    for task in tasks:
        try:
            deed(task=task, by=request.user)
        except (Conflict, PermissionDenied):
            left += 1
        else:
            done.append(task.pk)
    return done, left
