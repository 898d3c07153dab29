"""What the pages of customers, contacts and opportunities share."""

from collections.abc import Callable
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _

from contacts.forms import RecordForm
from leads.views.deeds import errors_to, show_form
from salesflow.lib.errors import Conflict
from salesflow.lib.web.toasts import toast


def posted(request: HttpRequest) -> Any:
    """What was sent, also when that is nothing; None when the form is only looked at."""
    return request.POST if request.method == "POST" else None


def visible(request: HttpRequest, rows: QuerySet[Any], pk: int) -> Any:
    """The record if this person may see it; 404 otherwise."""
    return get_object_or_404(rows.visible_to(request.user), pk=pk)  # type: ignore[attr-defined]


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
    for name, field in form.fields.items():
        now = getattr(fresh, name, None)
        typed = form.data.get(name) or ""
        if name not in form.steering and str(getattr(now, "pk", now) or "") != typed:
            found[str(field.label)] = now
    return found
