"""The page of a list: the whole state is in the address, and the page is made of nothing else."""

from collections.abc import Sequence
from functools import cached_property
from typing import Any
from urllib.parse import parse_qsl, urlencode

from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from salesflow.lib.lists import bar, ports
from salesflow.lib.lists.builder import ADDING, Builder, read_addition
from salesflow.lib.lists.controls import Control, controls_of, options_drawn
from salesflow.lib.lists.keyset import Cursor
from salesflow.lib.lists.request import ListRequest
from salesflow.lib.lists.rows import Rows
from salesflow.lib.lists.spec import Column, Deed, ListSpec
from salesflow.lib.web import figures
from salesflow.lib.web.toasts import toast

#: Pages count no further: nobody reads the difference, and the database would.
COUNTED = 1000
MOST_PICKED = 1000
#: Words of the address that are no part of what a view shows.
PASSING = ("cursor", "page_size", "lane")


class ListPage:
    """What the template of a list draws."""

    is_board = False

    def __init__(
        self,
        spec: ListSpec,
        request: HttpRequest,
        *,
        word: str = "",
        saved: Sequence[ports.SavedTab] | None = None,
    ) -> None:
        self.spec, self.request, self.user = spec, request, request.user
        self._saved = saved
        self.wanted = ListRequest.parse(spec, request.GET, request.user, strict=False)
        self.builder = Builder(self.wanted, word)
        self.load()

    def load(self) -> None:
        """Read what the page shows."""
        spec = self.spec
        self.columns = spec.columns_for(self.user, chosen(self.request.GET))
        self._rows = Rows(spec, self.user, self.columns, picks=bool(self.deeds))
        self.page = self.wanted.page(lambda rows: spec.for_columns(rows, self.columns))
        spec.complete(self.page.rows, self.user)
        self.rows = self.page.rows
        is_whole = self.page.next is None and self.page.previous is None
        self.count = len(self.rows) if is_whole else self.wanted.count_up_to(COUNTED)

    @property
    def body(self) -> SafeString:
        """The lines of the table."""
        return self._rows.body(self.rows)

    @property
    def body_template(self) -> str:
        return self.spec.table_template

    @property
    def layout_url(self) -> str:
        """The same view in the other layout, board or list; empty where there is one only."""
        if self.spec.board is None:
            return ""
        kept = [pair for pair in parse_qsl(self.query) if pair[0] != "layout"]
        layout = [] if self.is_board else [("layout", "board")]
        # a list without a word in its address opens in another view
        return f"?{urlencode([*kept, *layout]) or f'ordering={self.spec.default_ordering}'}"

    @cached_property
    def cells_url(self) -> str:
        """Where cells are edited, with a 0 for the record's key; empty where nobody edits them."""
        return reverse(self.spec.cell_url, args=[0]) if self.spec.edits(self.user) else ""

    @property
    def count_text(self) -> str:
        return records_said(self.count)

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

    @cached_property
    def bar(self) -> list[Control]:
        return controls_of(self.wanted, list(self.spec.bar))

    @cached_property
    def more(self) -> list[Control]:
        """The filters that fold away: those the list names, or all that are not in the bar."""
        known = self.spec.filter_names(self.user)
        names = self.spec.folded if self.spec.folded is not None else known
        names = [name for name in names if name in known and name not in self.spec.bar]
        return controls_of(self.wanted, names)

    @cached_property
    def more_are_set(self) -> int:
        return sum(control.is_set for control in self.more)

    @property
    def bar_drawn(self) -> SafeString:
        return bar.drawn(self)

    @property
    def kept(self) -> list[tuple[str, str]]:
        """What the filter form carries along beside its own fields."""
        return [
            (name, self.request.GET[name])
            for name in ("ordering", "archived", "filter", "columns", "layout")
            if self.request.GET.get(name)
        ]

    @cached_property
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
    def may_export(self) -> bool:
        return bool(self.spec.exports) and self.user.may(self.spec.exports)

    @cached_property
    def column_choice(self) -> list[tuple[Column, bool]]:
        """The columns one may choose, those shown first and in their order, with whether they are shown."""
        shown = [column for column in self.columns if not column.link]
        rest = [each for each in self.spec.choosable(self.user) if not each.link and each not in shown]
        return [(column, True) for column in shown] + [(column, False) for column in rest]

    @cached_property
    def kept_beside_columns(self) -> list[tuple[str, str]]:
        return [pair for pair in parse_qsl(self.query) if pair[0] != "columns"]

    @property
    def usual_url(self) -> str:
        """Where the usual columns are shown again; empty where they are."""
        kept = urlencode(self.kept_beside_columns)
        return f"{self.request.path}?{kept}" if chosen(self.request.GET) else ""

    @cached_property
    def saved(self) -> Sequence[ports.SavedTab]:
        return ports.saved_tabs(self.user, self.spec.views_key) if self._saved is None else self._saved

    @cached_property
    def tabs(self) -> list[dict[str, Any]]:
        shown: list[tuple[Any, str, ports.SavedTab | None]]
        shown = [(label, query, None) for label, query in self.spec.tabs(self.user)]
        if not self.spec.opens_with and not any(query == "" for _label, query, _saved in shown):
            # where another view opens by itself, all is asked for in words
            opened = any(tab.opens for tab in self.saved)
            shown.insert(0, (_("All"), f"ordering={self.spec.default_ordering}" if opened else "", None))
        shown += [(tab.name, tab.query, tab) for tab in self.saved]
        here = _state(self.query)
        if self.is_board:  # another view is looked at as a board too
            shown = [(label, _on_board(query), saved) for label, query, saved in shown]
        return [
            {"label": label, "url": f"?{query}" if query else self.request.path, "active": _state(query) == here,
             "saved": saved, "icon": "users" if saved is not None and saved.shared else ""}
            for label, query, saved in shown
        ]  # fmt: skip

    @cached_property
    def saved_here(self) -> dict[str, Any] | None:
        """The tab of the saved view this page shows, if it is one that this person may change."""
        return next(
            (tab for tab in self.tabs if tab["active"] and tab["saved"] and tab["saved"].changes), None
        )

    @cached_property
    def is_known(self) -> bool:
        return any(tab["active"] for tab in self.tabs)

    @cached_property
    def deeds(self) -> list[Deed]:
        return [deed for deed in self.spec.deeds if deed.allowed(self.user)]

    @property
    def offered(self) -> list[tuple[Deed, SafeString]]:
        """The deeds with the options each lets one choose from."""
        return [(deed, self._options(deed)) for deed in self.deeds]

    def _options(self, deed: Deed) -> SafeString:
        given = deed.choice.options(self.user) if deed.choice and deed.choice.options else ()
        return options_drawn(tuple((str(value), str(label)) for value, label in given))

    @property
    def offers_all(self) -> bool:
        """Whether deeds may be done to more than this page shows."""
        more = self.page.next is not None or self.page.previous is not None
        return more and any(deed.to_all for deed in self.deeds)

    @property
    def is_filtered(self) -> bool:
        """Whether filters of the person's own keep records out of sight, and not just the view he is in."""
        return self.wanted.is_narrowed and not self.is_known

    @property
    def is_partial(self) -> bool:
        """Whether this is one of the views that show a part, beside the one the list opens with."""
        return self.wanted.is_narrowed and self.is_known and self.query != self.spec.opens_with

    @cached_property
    def steps(self) -> list[dict[str, Any]]:
        """Ways on from the empty list."""
        return [
            {"label": step.label, "drawer": step.drawer,
             "url": reverse(step.url_name) + (f"?{step.query}" if step.query else "")}
            for step in self.spec.steps
            if step.allowed(self.user)
        ]  # fmt: skip


def list_view(
    spec: ListSpec,
    request: HttpRequest,
    *,
    template: str | None = None,
    context: dict[str, Any] | None = None,
) -> HttpResponse:
    """The page of a list. A filter the list does not know is told and left out."""
    saved = None
    if not request.GET:
        saved = ports.saved_tabs(request.user, spec.views_key)
        # the view of the person's role, or the list's own
        if opening := next((tab.query for tab in saved if tab.opens), "") or spec.opens_with:
            return redirect(f"{request.path}?{opening}")
    if "column" in request.GET:
        return redirect(f"{request.path}?{_with_columns(request.GET)}")
    word = ""
    if any(name in request.GET for name in ADDING):
        word = request.GET.get("add_word", "")
        try:
            address = _built(spec, request)
        except ValidationError as error:
            toast(request, " ".join(error.messages), "warning")
            address = None
        if address is not None:
            return redirect(request.path + address)
    page = _page_of(spec, request)(spec, request, word=word, saved=saved)
    if page.is_board and "lane" in request.GET:
        return render(request, "lib/_board_more.html", {"list": page})
    if page.is_board and request.headers.get("HX-Target") == "board":
        return render(request, page.body_template, {"list": page})
    for problem in page.wanted.problems:
        toast(request, problem, "warning")
    return render(request, template or spec.template, {"list": page, **(context or {})})


def _page_of(spec: ListSpec, request: HttpRequest) -> type[ListPage]:
    """The layout the address asks for; a table where the list knows no other."""
    from salesflow.lib.lists.board import BoardPage

    return BoardPage if spec.board is not None and request.GET.get("layout") == "board" else ListPage


def chosen(params: QueryDict) -> list[str]:
    """The columns an address names."""
    return [key for key in params.get("columns", "").split(",") if key]


def _with_columns(params: QueryDict) -> str:
    """The address in which the boxes ticked (`column=…`, one each) are one word."""
    kept = [
        (name, value)
        for name, values in params.lists()
        if name not in ("column", "columns", *PASSING)
        for value in values
        if value
    ]
    keys = ",".join(key for key in params.getlist("column") if key)
    return urlencode([*kept, *([("columns", keys)] if keys else [])], safe=",")


def _built(spec: ListSpec, request: HttpRequest) -> str | None:
    """Where the condition leads that the builder sent; without it in the address, which the page is then made of."""
    sent = request.GET
    request.GET = kept = sent.copy()  # type: ignore[assignment]
    for name in ADDING:
        kept.pop(name, None)
    wanted = ListRequest.parse(spec, kept, request.user, strict=False)
    wanted.params = sent
    return read_addition(wanted)


def records_said(count: int) -> str:
    """How many records there are, as pages say it: no further than they count."""
    if count > COUNTED:
        return _("%(most)s+ records") % {"most": figures.number(COUNTED)}
    return ngettext("%(n)s record", "%(n)s records", count) % {"n": figures.number(count)}


def picked(spec: ListSpec, request: HttpRequest) -> QuerySet[Any]:
    """The rows a deed on several was asked for: the ids ticked, or (`all=1`) everything the view's `query` shows.

    Only what the person may see. Raises ValidationError for no ids, too many, or what are none.
    """
    if request.POST.get("all") == "1":
        return ListRequest.parse(spec, QueryDict(request.POST.get("query", "")), request.user).rows()
    return spec.current(spec.visible(request.user)).filter(pk__in=picked_ids(request))


def picked_ids(request: HttpRequest, *, most: int = MOST_PICKED) -> list[int]:
    """The ids ticked, for a deed that answers for each of them, seen or not. Raises as `picked`."""
    ids = request.POST.getlist("ids") or request.POST.getlist("pick")
    numbers = [int(text) for text in ids if text.isascii() and text.isdigit() and len(text) < 19]
    if not numbers or len(numbers) != len(ids):
        raise ValidationError(_("Choose at least one row."), code="required")
    if len(numbers) > most:
        message = _("Choose at most %(most)s rows.") % {"most": figures.number(most)}
        raise ValidationError(message, code="too_many")
    return numbers


def _on_board(query: str) -> str:
    return query if "layout" in dict(parse_qsl(query)) else f"{query}&layout=board".lstrip("&")


def _state(query: str) -> list[tuple[str, str]]:
    return sorted(pair for pair in parse_qsl(query) if pair[0] not in (*PASSING, "layout"))
