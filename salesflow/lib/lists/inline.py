"""Editing one cell of a list, or one fact of a record, in place.

A list names its route (`cell_url`), its columns the fields they edit. The editor is the record's own form with these
fields alone, so that a value means the same there and here; the record's own service saves it.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import ValidationError
from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from salesflow.lib.errors import Conflict, require
from salesflow.lib.lists.page import chosen
from salesflow.lib.lists.rows import Rows
from salesflow.lib.lists.spec import ListSpec
from salesflow.lib.web.forms import chosen_said, errors_to

#: So many fields stand in one cell at most.
MOST = 4
VERSION = "version"


@dataclass(frozen=True)
class Inline:
    """How records of one kind are edited in place; the first of `lists` is meant where the page names none.

    `form(record, user, data)` is the form of the whole record, `save(record, user, values, version)` its service.
    """

    lists: Sequence[ListSpec]
    may: Callable[[Any, Any], bool]
    form: Callable[[Any, Any, Any], Any]
    save: Callable[[Any, Any, dict[str, Any], int | None], Any]

    def list_named(self, key: str) -> ListSpec:
        return next((each for each in self.lists if each.views_key == key), self.lists[0])


def cell_view(inline: Inline, request: HttpRequest, record: Any) -> HttpResponse:
    """GET: the editor of the fields named in `field` (or, with `row`, the row). POST: saved, and the row drawn anew.

    What is wrong is told in the editor (400), as is what another wrote meanwhile (409): sent again, it is carried out.
    A fact of a record's page names no `list` and gets no row (204). Raises PermissionDenied, ValidationError.
    """
    require(inline.may(request.user, record))
    asked = request.POST if request.method == "POST" else request.GET
    if request.method != "POST" and "row" in asked:
        return _row(inline, request, record.pk)
    form = _narrowed(inline, record, request)
    if request.method != "POST":
        return _editor(request, form)
    theirs, status = {}, 400
    if form.is_valid():
        try:
            inline.save(record, request.user, form.values(), form.cleaned_data[VERSION])
        except ValidationError as error:
            errors_to(form, error)
        except Conflict as conflict:
            form.add_error(None, ValidationError(conflict.message, code=conflict.code))
            theirs, status = _theirs(inline, form, record, request), 409
        else:
            return _row(inline, request, record.pk)
    return _editor(request, form, theirs=theirs, status=status)


def _narrowed(inline: Inline, record: Any, request: HttpRequest) -> Any:
    """The form of the record with the fields asked for and its version, and nothing else."""
    posted = request.POST if request.method == "POST" else None
    form = inline.form(record, request.user, posted)
    asked = posted if posted is not None else request.GET
    names = list(dict.fromkeys(asked.get("field", "").split()))
    hidden = inline.lists[0].hidden(request.user)
    steering = {VERSION, *getattr(form, "steering", ())}
    known = [
        name
        for name in names
        if name in form.fields and name not in steering and name.partition(".")[0] not in hidden
    ]
    if not names or known != names or len(names) > MOST:
        raise ValidationError(_("This field is not edited in place."), code="unknown_field")
    form.fields = {name: form.fields[name] for name in (*names, VERSION)}
    form.auto_id = "cell_%s"
    for field in form.fields.values():
        field.widget.attrs.pop("autofocus", None)
        # of no form of the page: a deed on rows does not send it along
        field.widget.attrs.update({"form": "cell", "aria-label": str(field.label or "")})
    return form


def _editor(request: HttpRequest, form: Form, *, theirs: Any = (), status: int = 200) -> HttpResponse:
    return render(request, "lib/_cell_editor.html", {"form": form, "theirs": theirs}, status=status)


def _theirs(inline: Inline, form: Any, record: Any, request: HttpRequest) -> list[str]:
    """What the fields hold by now, where that is not what was typed; the form then holds the present version."""
    fresh = type(record)._default_manager.get(pk=record.pk)
    now = inline.form(fresh, request.user, None)
    form.data = form.data.copy()
    form.data[VERSION] = fresh.version
    found = []
    for name in form.fields:
        value = now.get_initial_for_field(now.fields[name], name)
        prepared = now.fields[name].prepare_value(value)
        typed = form.data.getlist(name) if isinstance(prepared, list) else form.data.get(name, "")
        said = prepared if isinstance(prepared, list) else str("" if prepared is None else prepared)
        if name != VERSION and said != typed:
            found.append(str(chosen_said(now.fields[name], value) or "—"))
    return found


def _row(inline: Inline, request: HttpRequest, pk: int) -> HttpResponse:
    """The row as the list now shows it; nothing where it went out of sight."""
    asked = request.POST if request.method == "POST" else request.GET
    if "list" not in asked:
        return HttpResponse(status=204)
    spec, user = inline.list_named(asked["list"]), request.user
    columns = spec.columns_for(user, chosen(asked))
    found = list(spec.for_columns(spec.visible(user).filter(pk=pk), columns))
    spec.complete(found, user)
    drawn = Rows(spec, user, columns, picks=any(deed.allowed(user) for deed in spec.deeds))
    return HttpResponse(drawn.body(found))
