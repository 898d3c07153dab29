"""How each kind of column is drawn. A kind is a function of the value, the row and the column; it gives safe HTML."""

from collections.abc import Callable
from typing import Any

from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from salesflow.lib.lists.spec import Column
from salesflow.lib.templatetags import ui
from salesflow.lib.web import figures, ports
from salesflow.lib.web.html import escape, format_html

Draw = Callable[[Any, Any, Column], Any]
#: Columns of figures stand at the right.
NUMERIC = ("money", "count", "number")


def register_kind(kind: str, drawn: Draw) -> None:
    """Add a kind of an app's own: `drawn(value, row, column)` gives safe HTML or text."""
    _KINDS[kind] = drawn


def value_of(column: Column, row: Any) -> Any:
    """What stands in a cell: an attribute path, or what the column's function makes of the row."""
    if callable(column.value):
        return column.value(row)
    found = row
    for name in (column.value or column.key).split("."):
        if found is None:
            return None
        found = getattr(found, name)
    return found


def drawer(column: Column) -> Callable[[Any], SafeString]:
    """How this column draws its cell of a row, on one page: what looks at the value alone is drawn once per value."""
    draw, kept = _KINDS[column.kind], dict[Any, SafeString]()

    def drawn(row: Any) -> SafeString:
        return escape(draw(value_of(column, row), row, column))

    def drawn_once(row: Any) -> SafeString:
        value = value_of(column, row)
        if value not in kept:
            kept[value] = escape(draw(value, row, column))
        return kept[value]

    return drawn_once if column.kind in _OF_VALUE else drawn


def css_of(column: Column) -> str:
    if column.kind in NUMERIC:
        return "num"
    return {"text": "clip", "company": "clip", "datetime": "secondary", "ago": "secondary"}.get(
        column.kind, ""
    )


def _text(value: Any, row: Any, column: Column) -> Any:
    return _dash() if value in (None, "") else value


def _dash() -> SafeString:
    return format_html('<span class="muted">{}</span>', figures.DASH)


def badge_words(value: Any, row: Any, column: Column) -> Any:
    """What a state is called: by the column's `labels`, else in the model's own words."""
    if isinstance(value, bool):
        return _("Yes") if value else _("No")
    shown = getattr(row, f"get_{column.key}_display", None)
    return column.options.get("labels", {}).get(value) or (shown() if shown else value)


def _badge(value: Any, row: Any, column: Column) -> Any:
    """A state in its tint: `kinds` maps values to tints, `labels` to words; else the model's own words."""
    if value in (None, ""):
        return _dash()
    words = badge_words(value, row, column)
    kind = column.options.get("kinds", {}).get(value, "neutral")
    return ui.badge(words, kind=kind, dot=column.options.get("dot", True))


def _countdown(value: Any, row: Any, column: Column) -> Any:
    """Time left until a moment: `start` and `limit` name the row's attributes that tell the whole."""
    start, limit = (
        getattr(row, column.options[name]) if name in column.options else None for name in ("start", "limit")
    )
    return ui.countdown(value, start, limit)


def _money(value: Any, row: Any, column: Column) -> Any:
    """An amount in the currency of the row's attribute named by `currency`."""
    if value is None:
        return _dash()
    currency = getattr(row, column.options.get("currency", "currency"), "")
    return ui.money({"workspace": ports.workspace()}, value, currency)


def _tags(value: Any, row: Any, column: Column) -> Any:
    return format_html_join(" ", "{}", ((ui.badge(tag),) for tag in value or []))


#: Kinds of which equal values look the same in every row.
_OF_VALUE = {"text", "person", "company", "grade", "score", "datetime", "ago", "badge", "count", "number"}
_KINDS: dict[str, Draw] = {
    "text": _text,
    "person": lambda value, row, column: ui.who(value, nobody=column.options.get("nobody", "")),
    "company": lambda value, row, column: ui.who(value, "company"),
    "grade": lambda value, row, column: ui.grade(value),
    "score": lambda value, row, column: ui.score(value, column.options.get("top", 100)),
    "countdown": _countdown,
    "money": _money,
    "datetime": lambda value, row, column: ui.when(value),
    "ago": lambda value, row, column: ui.ago(value),
    "badge": _badge,
    "tags": _tags,
    "count": lambda value, row, column: figures.number(value),
    "number": lambda value, row, column: figures.number(value, column.options.get("digits", 2)),
}
