"""The page that asks which field of the chosen records is set, and to what."""

from typing import Any

from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from salesflow.lib.errors import require
from salesflow.lib.lists import ListRequest, ListSpec
from salesflow.lib.lists.page import COUNTED, picked_ids, records_said
from salesflow.lib.web import figures
from salesflow.work import policies
from salesflow.work.bulk import bulk_action, bulk_list
from salesflow.work.bulk_set import SET, Settable, settable_of
from salesflow.work.services import bulk_job_start
from salesflow.work.set_forms import SetForm
from salesflow.work.views.back import way_back
from salesflow.work.views.bulk import ended

LONGEST_QUERY = 2000


@login_required
@require_POST
def bulk_set(request: HttpRequest) -> HttpResponse:
    """Ask for a field and its value, then set it of the ticked rows, or with `all=1` of everything the view shows.

    `shown` names the field whose value was asked for: when another is chosen, the page asks anew. What the field does
    not take is told in the form, before any job begins.
    """
    require(policies.can_change_in_bulk(request.user))  # type: ignore[arg-type]
    name = request.POST.get("list", "")[:60]
    spec, settable = _asked(request, name)
    ids = None if request.POST.get("all") == "1" else picked_ids(request)
    query = request.POST.get("query", "")[:LONGEST_QUERY] if ids is None else ""
    field, shown = request.POST.get("field", ""), request.POST.get("shown", "")
    user: Any = request.user
    if not field or field != shown:
        return _page(request, spec, SetForm(settable, user, shown=field), ids, query)
    form = SetForm(settable, user, request.POST, shown=field)
    if form.is_valid() and form.shown:
        try:
            job = bulk_job_start(
                by=user, resource=name, action=SET, params=form.params(), ids=ids, query=query
            )
        except ValidationError as error:
            form.refuse(error)
        else:
            return ended(request, job)
    return _page(request, spec, form, ids, query)


def _asked(request: HttpRequest, name: str) -> tuple[ListSpec, Settable]:
    spec, settable, deed = bulk_list(name), settable_of(name), bulk_action(name, SET)
    if spec is None or settable is None or deed is None:
        message = _("This list has no such deed.")
        raise ValidationError({"list": ValidationError(message, code="invalid_choice")})
    require(deed.allowed(request.user))
    return spec, settable


def _page(
    request: HttpRequest, spec: ListSpec, form: SetForm, ids: list[int] | None, query: str
) -> HttpResponse:
    context = {
        "form": form, "title": _("Set a field"), "icon": spec.icon, "list_title": spec.title, "list": spec.views_key,
        "ids": ids, "query": query, "many": _many(request, spec, ids, query), "back": way_back(request),
    }  # fmt: skip
    return render(request, "work/bulk_set.html", context)


def _many(request: HttpRequest, spec: ListSpec, ids: list[int] | None, query: str) -> str:
    """Of how many records it will be asked; of many no more is counted than a list counts."""
    if ids is not None:
        return ngettext("%(n)s record selected", "%(n)s records selected", len(ids)) % {
            "n": figures.number(len(ids))
        }
    return records_said(ListRequest.parse(spec, QueryDict(query), request.user).count_up_to(COUNTED))
