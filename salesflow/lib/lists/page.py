"""The page of a list: the whole state is in the address, and the page is made of nothing else."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, urlencode

from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from salesflow.lib.lists import cells, ports
from salesflow.lib.lists.controls import Control, controls_of
from salesflow.lib.lists.keyset import Cursor
from salesflow.lib.lists.request import ListRequest
from salesflow.lib.lists.spec import Column, Deed, ListSpec
from salesflow.lib.web import figures
from salesflow.lib.web.toasts import toast

#: Pages count no further: nobody reads the difference, and the database would.
COUNTED = 1000
MOST_PICKED = 1000
#: Words of the address that are no part of what a view shows.
PASSING = ("cursor", "page_size")


@dataclass(frozen=True)
class Cell:
    column: Column
    css: str
    html: Any


@dataclass(frozen=True)
class Row:
    pk: int
    name: str
    url: str
    cells: list[Cell]


class ListPage:
    """What the template of a list draws."""

    def __init__(self, spec: ListSpec, request: HttpRequest) -> None:
        self.spec, self.request, self.user = spec, request, request.user
        self.wanted = ListRequest.parse(spec, request.GET, request.user, strict=False, all_filters=True)
        self.columns = spec.columns_for(request.user)
        self.page = self.wanted.page()
        self.rows = [self._row(found) for found in self.page.rows]
        self.count = self.wanted.count_up_to(COUNTED)

    def _row(self, found: Any) -> Row:
        drawn = [Cell(column, cells.css_of(column), cells.draw(column, found)) for column in self.columns]
        return Row(found.pk, str(found), self.spec.row_url(found), drawn)

    @property
    def count_text(self) -> str:
        if self.count > COUNTED:
            return _("%(most)s+ records") % {"most": figures.number(COUNTED)}
        return ngettext("%(n)s record", "%(n)s records", self.count) % {"n": figures.number(self.count)}

    @property
    def previous_url(self) -> str | None:
        return self._turned(self.page.previous)

    @property
    def next_url(self) -> str | None:
        return self._turned(self.page.next)

    def _turned(self, cursor: Cursor | None) -> str | None:
        if cursor is None:
            return None
        params = self.request.GET.copy()
        params["cursor"] = str(cursor)
        return f"?{params.urlencode()}"

    @property
    def bar(self) -> list[Control]:
        return controls_of(self.wanted, list(self.spec.bar))

    @property
    def more(self) -> list[Control]:
        """The filters that fold away: those the list names, or all that are not in the bar."""
        known = self.spec.filter_names(self.user)
        names = self.spec.folded if self.spec.folded is not None else known
        names = [name for name in names if name in known and name not in self.spec.bar]
        return controls_of(self.wanted, names)

    @property
    def more_are_set(self) -> int:
        return sum(control.is_set for control in self.more)

    @property
    def kept(self) -> list[tuple[str, str]]:
        """What the filter form carries along beside its own fields."""
        return [
            (name, self.request.GET[name]) for name in ("ordering", "archived") if self.request.GET.get(name)
        ]

    @property
    def query(self) -> str:
        """The state of this view, without the place in it."""
        return urlencode(
            [
                (name, value)
                for name, values in self.request.GET.lists()
                if name not in PASSING
                for value in values
                if value
            ]
        )

    @property
    def tabs(self) -> list[dict[str, Any]]:
        shown = [(label, query, None) for label, query in self.spec.tabs(self.user)]
        if not any(query == "" for _label, query, _saved in shown):
            shown.insert(0, (_("All"), "", None))
        shown += [(tab.name, tab.query, tab.id) for tab in ports.saved_tabs(self.user, self.spec.key)]
        here = _state(self.query)
        return [
            {"label": label, "url": f"?{query}" if query else self.request.path, "active": _state(query) == here,
             "saved": saved}
            for label, query, saved in shown
        ]  # fmt: skip

    @property
    def saved_here(self) -> int | None:
        """The saved view this page shows, if it is one."""
        return next((tab["saved"] for tab in self.tabs if tab["active"] and tab["saved"]), None)

    @property
    def is_known(self) -> bool:
        return any(tab["active"] for tab in self.tabs)

    @property
    def deeds(self) -> list[Deed]:
        return [deed for deed in self.spec.deeds if deed.allowed(self.user)]


def list_view(
    spec: ListSpec,
    request: HttpRequest,
    *,
    template: str | None = None,
    context: dict[str, Any] | None = None,
) -> HttpResponse:
    """The page of a list. A filter the list does not know is told and left out."""
    page = ListPage(spec, request)
    for problem in page.wanted.problems:
        toast(request, problem, "warning")
    return render(request, template or spec.template, {"list": page, **(context or {})})


def picked(spec: ListSpec, request: HttpRequest) -> QuerySet[Any]:
    """The rows a deed on several was asked for: the ids ticked, or (`all=1`) everything the view's `query` shows.

    Only what the person may see. Raises ValidationError for no ids, too many, or what are none.
    """
    if request.POST.get("all") == "1":
        return ListRequest.parse(spec, QueryDict(request.POST.get("query", "")), request.user).rows()
    ids = request.POST.getlist("ids") or request.POST.getlist("pick")
    numbers = [int(text) for text in ids if text.isascii() and text.isdigit() and len(text) < 19]
    if not numbers or len(numbers) != len(ids) or len(numbers) > MOST_PICKED:
        raise ValidationError(_("Choose at least one row."), code="required")
    return spec.current(spec.visible(request.user)).filter(pk__in=numbers)


def _state(query: str) -> list[tuple[str, str]]:
    return sorted(pair for pair in parse_qsl(query) if pair[0] not in PASSING)
