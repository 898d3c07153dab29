"""What the pages of customers, contacts and opportunities share."""

from collections.abc import Callable
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from contacts.forms import RecordForm
from leads.views.deeds import errors_to, show_form
from salesflow.lib.errors import Conflict
from salesflow.lib.lists import ListSpec
from salesflow.lib.lists.page import list_view
from salesflow.lib.subjects import type_of
from salesflow.lib.web.forms import chosen_said
from salesflow.lib.web.toasts import toast
from salesflow.work.custom_forms import custom_texts
from salesflow.work.forms import LogForm
from salesflow.work.policies import can_import_list
from salesflow.work.services import tasks_on
from salesflow.work.services.timeline import timeline
from salesflow.work.views.timelines import part_shown, part_tabs


def posted(request: HttpRequest) -> Any:
    """What was sent, also when that is nothing; None when the form is only looked at."""
    return request.POST if request.method == "POST" else None


def visible(request: HttpRequest, rows: QuerySet[Any], pk: int) -> Any:
    """The record if this person may see it; 404 otherwise."""
    return get_object_or_404(rows.visible_to(request.user), pk=pk)  # type: ignore[attr-defined]


def list_with_import(spec: ListSpec, request: HttpRequest, **offers: bool) -> HttpResponse:
    """The page of a list whose records also come in from files."""
    user: Any = request.user
    may_import = can_import_list(user, spec.key)
    return list_view(
        spec, request, template="contacts/list.html", context={**offers, "may_import": may_import}
    )


def work_on(request: HttpRequest, record: Any, *, may_work: bool) -> dict[str, Any]:
    """What people do on a record: its tasks, its timeline, and the form that writes on it."""
    user: Any = request.user
    type_, here = type_of(record), record.archived_at is None
    part = part_shown(request)
    return {
        "tasks": tasks_on(subject=record, user=user),
        "may_plan": here and may_work and user.may("tasks.create"),
        "log": LogForm() if here and may_work else None,
        "timeline": timeline(subject_type=type_, subject_id=record.pk, part=part),
        "part": part,
        "parts": part_tabs(request),
        "older": reverse(f"contacts:{type_.rpartition('.')[2]}-timeline", args=[record.pk]),
    }


def older_entries(request: HttpRequest, record: Model) -> HttpResponse:
    """Further entries of a record's timeline, for the button at its end."""
    before, part = request.GET.get("before", ""), part_shown(request)
    page = timeline(subject_type=type_of(record), subject_id=record.pk, before=before, part=part)
    context = {"timeline": page, "older": request.path, "part": part}
    return render(request, "work/_timeline.html", context)


def entered(
    request: HttpRequest,
    form: RecordForm,
    title: str,
    act: Callable[[], Model],
    *,
    done: str,
    back: str = "",
    **context: Any,
) -> HttpResponse:
    """A form that makes or changes a record: on success to its page, else the form with what is wrong."""
    if request.method == "POST" and form.is_valid():
        try:
            made = act()
        except ValidationError as error:
            errors_to(form, error)
        else:
            toast(request, done)
            return redirect(made)
    return show_form(request, form, title, back=back, **context)


def edited(
    request: HttpRequest,
    form: RecordForm,
    title: str,
    act: Callable[[], Model],
    record: Any,
    *,
    back: str = "",
) -> HttpResponse:
    """As `entered`; a stale edit shows what the other wrote beside what was typed."""
    theirs: dict[str, Any] = {}

    def acted() -> Model:
        try:
            return act()
        except Conflict as conflict:
            if conflict.code == "stale_version":
                theirs.update(_theirs(form, type(record)._default_manager.get(pk=record.pk)))
            elif conflict.code != "duplicate":
                raise
            raise ValidationError(conflict.message, code=conflict.code) from None

    return entered(
        request, form, title, acted, done=_("The changes are saved."), back=back, theirs=theirs,
        template="contacts/edit.html",
    )  # fmt: skip


def _theirs(form: RecordForm, fresh: Any) -> dict[str, Any]:
    """Label -> present value, where it differs from what was typed; the form then holds the present version."""
    form.data = form.data.copy()
    form.data["version"] = fresh.version
    found = {}
    own = custom_texts(form.resource, fresh.custom) if form.resource else {}
    for name, field in form.fields.items():
        now = own.get(name, getattr(fresh, name, None))
        several = isinstance(now, list)
        typed = form.data.getlist(name) if several else form.data.get(name) or ""
        if name not in form.steering and (now if several else str(getattr(now, "pk", now) or "")) != typed:
            found[str(field.label)] = chosen_said(field, now)
    return found
