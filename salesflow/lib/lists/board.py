"""A list as a board: a lane for each state, cards in the order of the list, moved by the services of the record.

The address is that of the list with `layout=board`, so filters, saved views and what one may see are the list's. A lane
shows its first cards and reads on from there by position; its total counts no further than the list does. All totals
are one statement, each lane is one more.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import connections
from django.urls import reverse
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from salesflow.lib.lists import cells
from salesflow.lib.lists.keyset import Page, fetch
from salesflow.lib.lists.lanes import Board, Move
from salesflow.lib.lists.page import COUNTED, ListPage
from salesflow.lib.templatetags import ui
from salesflow.lib.web import figures, ports
from salesflow.lib.web.html import escape, format_html

#: Cards of a lane that are read at once.
CARDS = 20


@dataclass
class Lane:
    """One column of the board as it is shown."""

    key: str
    label: Any
    kind: str
    page: Page
    count: int
    amount: Any
    more_than_amount: bool
    moves: list[Move]

    @property
    def count_text(self) -> str:
        return f"{figures.number(COUNTED)}+" if self.count > COUNTED else figures.number(self.count)

    @property
    def amount_text(self) -> Any:
        """The sum in the workspace's currency; with a plus where cards or amounts in other currencies add to it."""
        if not self.amount:
            return ""
        shared = ports.workspace()
        shown = ui.money({"workspace": shared}, self.amount, shared.base_currency)
        return format_html("{}+", shown) if self.more_than_amount or self.count > COUNTED else shown

    @property
    def moves_said(self) -> dict[str, dict[str, Any]]:
        """For the scripts: how a card of this lane comes into which other; the 0 stands for its key."""
        return {move.to: {"url": reverse(move.url_name, args=[0]), "asks": move.asks} for move in self.moves}


class BoardPage(ListPage):
    """What the template of a board draws."""

    is_board = True
    body_template = "lib/_board.html"

    @cached_property
    def board(self) -> Board:
        assert self.spec.board is not None
        return self.spec.board

    def load(self) -> None:
        """The lanes, or the one whose further cards are asked for (`lane`)."""
        only = self.request.GET.get("lane")
        hidden = self.spec.hidden(self.user)
        lines = [
            [
                column
                for key in line
                for column in self.spec.columns
                if column.key == key and key not in hidden
            ]
            for line in self.board.card
        ]
        self.columns = [column for line in lines for column in line]
        self._lines = [[cells.drawer(column) for column in line] for line in lines]
        totals = {} if only else self._totals()
        self.lanes = [
            self._lane(key, label, *totals.get(key, (0, None, False)))
            for key, label in self.board.lanes
            if only in (None, key)
        ]
        self.rows = [row for lane in self.lanes for row in lane.page.rows]
        self.spec.complete(self.rows, self.user)
        self.page = Page([], None, None)
        self.count = sum(lane.count for lane in self.lanes)

    def _lane(self, key: str, label: Any, count: int, amount: Any, more: bool) -> Lane:
        rows = self.spec.for_columns(self.wanted.rows().filter(**{self.board.by: key}), self.columns)
        cursor = self.wanted.cursor if self.request.GET.get("lane") else None
        page = fetch(rows, self.wanted.order, cursor, CARDS)
        moves: dict[str, Move] = {}
        for move in self.board.moves:
            if key in move.of and move.allowed(self.user):
                moves.setdefault(move.to, move)
        kind = self.board.kinds.get(key, "neutral")
        return Lane(key, label, kind, page, count, amount, more, list(moves.values()))

    def _totals(self) -> dict[str, tuple[int, Any, bool]]:
        """Lane -> its cards, counted to `COUNTED` + 1; their sum in the base currency; whether others add to it."""
        board, sums = self.board, self.board.amount and self.board.amount not in self.spec.hidden(self.user)
        names = (board.amount, board.currency) if sums else ("pk",)
        base, parts, given = ports.workspace().base_currency, [], []
        for key, _label in board.lanes:
            rows = self.wanted.rows().filter(**{board.by: key}).order_by().values(*names)[: COUNTED + 1]
            try:
                sql, params = rows.query.sql_with_params()
            except EmptyResultSet:
                continue
            summed = "NULL, FALSE"
            if sums:
                there = f"t.{board.amount} IS NOT NULL AND t.{board.currency}"
                summed = f"sum(t.{board.amount}) FILTER (WHERE {there} = %s), COALESCE(bool_or({there} <> %s), FALSE)"
            parts.append(f"SELECT %s, count(*), {summed} FROM ({sql}) t")  # noqa: S608, written by the ORM
            given += [key, *((base, base) if sums else ()), *params]
        if not parts:
            return {}
        with connections[self.spec.model.objects.db].cursor() as cursor:  # type: ignore[attr-defined]
            cursor.execute(" UNION ALL ".join(parts), given)
            return {key: (count, amount, more) for key, count, amount, more in cursor.fetchall()}

    # ---- drawing ----

    def cards(self, lane: Lane) -> SafeString:
        """The cards of a lane, joined here as the lines of a table are."""
        menu = [
            (move.asks, escape(move.label), reverse(move.url_name, args=[0]).partition("/0/"))
            for move in lane.moves
        ]
        words = _("Move “%(name)s” to …")
        return mark_safe("\n".join(self._card(row, menu, words) for row in lane.page.rows))  # noqa: S308, each is safe

    def _card(self, row: Any, menu: Iterable[tuple[bool, str, tuple[str, str, str]]], words: str) -> str:
        name, url, pk = escape(row), escape(self.spec.row_url(row)), row.pk
        lines = [f'<span class="row">{"".join(drawn)}</span>' for drawn in self._drawn(row)]
        ways = []
        for asks, label, (before, _zero, after) in menu:
            address = f"{before}/{pk}/{after}"
            if asks:
                ways.append(f'<a class="menu-item" href="{address}" data-drawer>{label}</a>')
            else:
                ways.append(
                    f'<button class="menu-item" form="board-move" formaction="{address}">{label}</button>'
                )
        menus = ""
        if ways:
            menus = (
                f'<details class="menu menu-right board-menu"><summary class="btn btn-quiet btn-icon"'
                f' aria-label="{escape(words % {"name": row})}">{ui.icon("dots")}</summary>'
                f'<div class="menu-list">{"".join(ways)}</div></details>'
            )
        drag = ' draggable="true"' if ways else ""
        return (
            f'<li class="board-card" data-id="{pk}"{drag}><a class="strong truncate" href="{url}" draggable="false">'
            f"{name}</a>{''.join(lines)}{menus}</li>"
        )

    def _drawn(self, row: Any) -> Iterable[list[str]]:
        """The lines of a card below its name, each cell apart from the next."""
        for line in self._lines:
            yield [f"<span>{draw(row)}</span>" for draw in line]

    @property
    def lanes_drawn(self) -> list[dict[str, Any]]:
        return [
            {"lane": lane, "cards": self.cards(lane), "more": self._more(lane), "rest": self._rest(lane)}
            for lane in self.lanes
        ]

    def _more(self, lane: Lane) -> str:
        """Where the further cards of a lane are; empty where there are none."""
        if lane.page.next is None:
            return ""
        params = self.request.GET.copy()
        params["lane"], params["cursor"] = lane.key, str(lane.page.next)
        return f"?{params.urlencode()}"

    def _rest(self, lane: Lane) -> str:
        """The same as a list, for who has no scripts."""
        params = self.request.GET.copy()
        for name in ("layout", "lane", "cursor"):
            params.pop(name, None)
        params[self.board.by] = lane.key
        if lane.page.next is not None:
            params["cursor"] = str(lane.page.next)
        return f"?{params.urlencode()}"
