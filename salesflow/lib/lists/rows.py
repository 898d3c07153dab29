"""The rows of a table, joined here since a template takes longer than the query."""

from collections.abc import Iterable, Sequence
from typing import Any

from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from salesflow.lib.lists import cells
from salesflow.lib.lists.spec import Column, ListSpec
from salesflow.lib.web.html import escape, format_html


class Rows:
    """Draws rows with these columns for one person; with `picks` each has a box that ticks it."""

    def __init__(self, spec: ListSpec, user: Any, columns: Sequence[Column], *, picks: bool) -> None:
        self.spec, self._edits = spec, spec.edits(user)
        self._pick = _("Select %(name)s") if picks else ""
        self._cells = [
            (column.link, cells.drawer(column), *_tags_of(column, self._edits)) for column in columns
        ]

    def body(self, rows: Iterable[Any]) -> SafeString:
        return mark_safe("\n  ".join(map(self.row, rows)))  # noqa: S308, each line is safe

    def row(self, found: Any) -> SafeString:
        """One line of the table; where cells are edited it names the record."""
        url = escape(self.spec.row_url(found))
        link = f'<a class="row-link" href="{url}">' if url else ""
        name = f' data-id="{found.pk}"' if self._edits else ""
        drawn = [f'<tr data-href="{url}"{name}>' if url else f"<tr{name}>"]
        if self._pick:
            drawn.append(self._box(found))
        for links, draw, opened, closed in self._cells:
            if links and link:
                drawn.append(f"{opened}{link}{draw(found)}</a>{closed}")
            else:
                drawn.append(f"{opened}{draw(found)}{closed}")
        return mark_safe("\n    ".join(drawn) + "\n  </tr>")  # noqa: S308, each part is escaped

    def _box(self, found: Any) -> str:
        """What ticks the line."""
        label = escape(self._pick % {"name": found})
        return f'<td class="pick-cell"><input type="checkbox" name="ids" value="{found.pk}" aria-label="{label}"></td>'


def _tags_of(column: Column, edits: bool) -> tuple[str, str]:
    """What a cell of this column begins and ends with."""
    phone = format_html(' data-m="{}"', column.phone) if column.phone else ""
    edit = format_html(' data-edit="{}"', column.edit) if edits and column.edit else ""
    if column.link:
        return f'<th scope="row"{phone}{edit}>', "</th>"
    css = cells.css_of(column)
    style = format_html(' class="{}"', css) if css else ""
    return f"<td{style}{phone}{edit}>", "</td>"
