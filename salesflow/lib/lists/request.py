"""What an address asks of a list: parsed once, for page, REST and count alike."""

from dataclasses import dataclass, field
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import Q, QuerySet
from django.http import QueryDict
from django.utils.translation import gettext as _

from salesflow.lib.lists.conditions import condition
from salesflow.lib.lists.filters import Filters
from salesflow.lib.lists.keyset import Cursor, Order, Page, fetch
from salesflow.lib.lists.language import Node, parse
from salesflow.lib.lists.spec import ListSpec

#: Words of an address that are not filters.
CONTROLS = ("ordering", "search", "filter", "cursor", "page_size", "archived", "columns", "layout", "lane")
_LONGEST_SEARCH = 200


@dataclass
class ListRequest:
    """A list as somebody wants to see it; `problems` names what a page ignored, REST refuses instead."""

    spec: ListSpec
    user: Any
    params: QueryDict
    filters: Filters
    order: Order
    cursor: Cursor | None
    size: int
    search: str
    archived: bool = False
    tree: Node | None = None
    condition: Q | None = None
    problems: list[str] = field(default_factory=list)

    @classmethod
    def parse(cls, spec: ListSpec, params: QueryDict, user: Any, *, strict: bool = True) -> "ListRequest":
        """Read the address; raises ValidationError for what the list does not know, unless not `strict`."""
        reader = _Reader(spec, params, user)
        filters, order = reader.filters(), reader.order()
        tree, meant = reader.tree()
        made = cls(
            spec=spec,
            user=user,
            params=params,
            filters=filters,
            order=order,
            cursor=reader.cursor(order),
            size=reader.size(),
            search=reader.search(),
            archived=reader.archived(),
            tree=tree,
            condition=meant,
        )
        if reader.errors and strict:
            raise ValidationError(reader.errors)
        made.problems = [
            f"{name}: {message}" for name, error in reader.errors.items() for message in _messages(error)
        ]
        return made

    def rows(self) -> QuerySet[Any]:
        """Everything the address asks for, in no order yet."""
        seen = self.spec.listed(self.user, self.filters)
        seen = self.spec.archived(seen) if self.archived else self.spec.current(seen)
        rows = self.filters.filter_queryset(seen)
        if self.condition is not None:
            rows = rows.filter(self.condition)
        if self.search and self.spec.search is not None:
            rows = self.spec.found(rows, self.search, self.user)
        return rows

    def page(self, prepare: Any = None) -> Page:
        """The page at the cursor; `prepare(rows)` adds what the caller needs of each row."""
        return fetch((prepare or self.spec.for_page)(self.rows()), self.order, self.cursor, self.size)

    def count(self) -> int:
        """Exactly how many there are; for lists people look at use `count_up_to`."""
        return self.rows().order_by().count()

    def count_up_to(self, most: int) -> int:
        """How many there are, counting no further than `most` + 1."""
        return self.rows().order_by().values("pk")[: most + 1].count()

    @property
    def is_narrowed(self) -> bool:
        """Whether anything but the ordering keeps records out of sight."""
        used = set(self.params) - {"ordering", "cursor", "page_size", "columns", "layout", "lane"}
        return any(self.params.getlist(name) != [""] for name in used)


class _Reader:
    """Reads one address and collects what is wrong with it."""

    def __init__(self, spec: ListSpec, params: QueryDict, user: Any) -> None:
        self.spec, self.params, self.user = spec, params, user
        self.errors: dict[str, Any] = {}

    def filters(self) -> Filters:
        known = self.spec.filter_names(self.user)
        given = [name for name in self.params if name not in CONTROLS]
        for name in given:
            if name not in known:
                self._wrong(name, _("This list has no such filter."), "unknown_filter")
        used = [name for name in known if name in self.params]
        filters = self._made(self.params, used)
        try:
            filters.check()
        except ValidationError as error:
            self.errors.update(error.error_dict)
            good = self.params.copy()
            for name in error.error_dict:
                good.pop(name, None)
            filters = self._made(good, used)
            filters.check()
        return filters

    def _made(self, params: QueryDict, names: list[str]) -> Filters:
        return self.spec.filterset(
            params, self.spec.model._default_manager.none(), user=self.user, names=names
        )

    def order(self) -> Order:
        key = self.params.get("ordering") or self.spec.default_ordering
        order = self.spec.order(key, self.user)
        if order is None:
            self._wrong("ordering", _("This list has no such ordering."), "unknown_ordering")
            order = self.spec.order(self.spec.default_ordering, self.user)
        assert order is not None
        return order

    def cursor(self, order: Order) -> Cursor | None:
        text = self.params.get("cursor")
        if not text:
            return None
        try:
            return Cursor.read(text, order, self.spec.model)
        except ValidationError as error:
            self.errors.update(error.error_dict)
            return None

    def size(self) -> int:
        text = self.params.get("page_size")
        if not text:
            return self.spec.page_size
        if not (text.isascii() and text.isdigit()) or int(text[:9]) < 1:
            self._wrong("page_size", _("Say how many, from 1 on."), "invalid")
            return self.spec.page_size
        return min(int(text[:9]), self.spec.largest_page)

    def search(self) -> str:
        text = " ".join(self.params.get("search", "").split())
        if not text:
            return ""
        if not self.spec.searchable(self.user):
            self._wrong("search", _("This list cannot be searched."), "unknown_filter")
            return ""
        if len(text) > _LONGEST_SEARCH or "\x00" in text:
            self._wrong("search", _("Search for fewer characters."), "invalid")
            return ""
        return text

    def tree(self) -> tuple[Node | None, Q | None]:
        """The filter as a tree, for who shows it, and as the condition it means here."""
        text = self.params.get("filter", "").strip()
        if not text:
            return None, None
        try:
            read = parse(text)
            return read, condition(self.spec, self.user, read)
        except ValidationError as error:
            self.errors["filter"] = error.error_list
            return None, None

    def archived(self) -> bool:
        text = self.params.get("archived", "").lower()
        if text not in ("", "true", "false", "1", "0") or (text and not self.spec.has_archive):
            self._wrong("archived", _("Say true or false."), "invalid")
        return text in ("true", "1")

    def _wrong(self, name: str, message: str, code: str) -> None:
        self.errors[name] = [ValidationError(message, code=code)]


def _messages(error: Any) -> list[str]:
    return [message for part in error for message in part.messages]
