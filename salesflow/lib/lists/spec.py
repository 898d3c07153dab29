"""One declaration per list: columns, filters, orderings, search and deeds, for the page, REST and the count."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import partial
from typing import Any, ClassVar

from django.db.models import Model, Q, QuerySet
from django.utils.functional import Promise

from salesflow.lib import fields as field_policy
from salesflow.lib.lists import ports
from salesflow.lib.lists.custom import custom_sql
from salesflow.lib.lists.filters import Filters
from salesflow.lib.lists.keyset import Order
from salesflow.lib.lists.lanes import Board

Text = str | Promise


@dataclass(frozen=True)
class Column:
    """A column of the page. `kind` picks how it is drawn (see `cells`), `value` where it comes from.

    `value` is an attribute path ("owner.name") or a function of the row; by default the attribute named `key`.
    `sort` is the ordering its head sorts by, `first="-"` when the largest should come first. `phone` is its place
    in the two lines a row has on a phone: 1l, 1r, 2l or 2r. `reads` are the fields it needs, where the list loads no
    more than it shows. `plain` is the attribute a file holds, or what gives it of the row, where the page draws more
    than that.
    """

    key: str
    label: Text
    kind: str = "text"
    value: str | Callable[[Any], Any] = ""
    sort: str = ""
    first: str = ""
    phone: str = ""
    link: bool = False
    options: Mapping[str, Any] = field(default_factory=dict)
    reads: tuple[str, ...] = ()
    plain: str | Callable[[Any], Any] = ""
    edit: str = ""


@dataclass(frozen=True)
class Search:
    """What the search box looks into.

    With `find` the list has an index of fragments: `find(rows, query)` narrows by it. Without, `columns` are compared
    one by one, which is good for the few hundred rows of a setting only.
    """

    columns: tuple[str, ...] = ()
    find: Callable[[QuerySet[Any], str], QuerySet[Any]] | None = None

    def apply(self, rows: QuerySet[Any], query: str) -> QuerySet[Any]:
        if self.find is not None:
            return self.find(rows, query)
        for word in query.split():
            anywhere = Q()
            for column in self.columns:
                anywhere |= Q(**{f"{column}__icontains": word})
            rows = rows.filter(anywhere)
        return rows


@dataclass(frozen=True)
class Choice:
    """What a deed asks for beside its rows: one of `options(user)`, or a text, sent under `name`."""

    name: str
    label: Text
    options: Callable[[Any], Sequence[tuple[str, Any]]] | None = None


@dataclass(frozen=True)
class Step:
    """A way on from an empty list, offered to those it is allowed to; `query` is what the page is opened with."""

    label: Text
    url_name: str
    allowed: Callable[[Any], bool] = lambda user: True
    drawer: bool = False
    query: str = ""


@dataclass(frozen=True)
class Deed:
    """Something done to the chosen rows at once; `url_name` takes a POST with `ids`, or `all=1` and the query.

    `to_all` says that it does take `all=1`.
    """

    key: str
    label: Text
    icon: str
    url_name: str
    allowed: Callable[[Any], bool] = lambda user: True
    kind: str = ""
    choice: Choice | None = None
    to_all: bool = False


class ListSpec:
    """A list of one kind of record. Subclass it, set what differs, and use the one instance of it everywhere."""

    key: ClassVar[str]
    #: Under which name people keep views of it: another list of the same records has views of its own.
    views: ClassVar[str] = ""
    model: ClassVar[type[Model]]
    title: ClassVar[Text] = ""
    icon: ClassVar[str] = "list"
    filterset: ClassVar[type[Filters]] = Filters
    #: The filters that stand in the bar of the page, in order, and those that fold away; REST has all there are.
    bar: ClassVar[tuple[str, ...]] = ()
    folded: ClassVar[tuple[str, ...] | None] = None
    columns: ClassVar[Sequence[Column]] = ()
    #: Columns one may choose beside those shown at first.
    more_columns: ClassVar[Sequence[Column]] = ()
    #: Name in the address -> column(s) of an index; both directions are meant.
    orderings: ClassVar[Mapping[str, str | tuple[str, ...]]] = {"id": "id"}
    default_ordering: ClassVar[str] = "-id"
    #: Orderings by a column that may be empty elsewhere and never is in this list: one range to read instead of two.
    filled: ClassVar[frozenset[str]] = frozenset()
    #: The state a page opens with when the address names none, such as "assignee=me"; REST always starts with all.
    opens_with: ClassVar[str] = ""
    search: ClassVar[Search | None] = None
    #: The right that taking the list out as a file asks for; a list without it stays inside.
    exports: ClassVar[str] = ""
    #: Whether such records are imported from files, which `for_import` makes.
    imports: ClassVar[bool] = False
    deeds: ClassVar[Sequence[Deed]] = ()
    #: The route (it takes the record's key) at which cells are edited in place, and the right that asks for.
    cell_url: ClassVar[str] = ""
    edit_right: ClassVar[str] = ""
    #: How the list is shown as a board (`layout=board`), if it is.
    board: ClassVar[Board | None] = None
    page_size: ClassVar[int] = 50
    largest_page: ClassVar[int] = 500
    #: What an empty list says: its title, what it is good for, and how to begin; the first step stands out.
    empty_title: ClassVar[Text] = ""
    empty_text: ClassVar[Text] = ""
    steps: ClassVar[Sequence[Step]] = ()
    table_template: ClassVar[str] = "lib/_list_table.html"
    template: ClassVar[str] = "lib/list.html"

    def visible(self, user: Any) -> QuerySet[Any]:
        """The records this person may meet in this list."""
        return self.model.objects.visible_to(user)  # type: ignore[attr-defined]

    def current(self, rows: QuerySet[Any]) -> QuerySet[Any]:
        """Those not archived, which is what a list shows unless it is asked for `archived=true`."""
        return rows.filter(archived_at=None) if self.has_archive else rows

    def archived(self, rows: QuerySet[Any]) -> QuerySet[Any]:
        return rows.filter(archived_at__isnull=False) if self.has_archive else rows.none()

    @property
    def views_key(self) -> str:
        return self.views or self.key

    @property
    def has_archive(self) -> bool:
        return any(field.name == "archived_at" for field in self.model._meta.fields)

    @property
    def has_custom(self) -> bool:
        return any(field.name == "custom" for field in self.model._meta.fields)

    def listed(self, user: Any, filters: Filters) -> QuerySet[Any]:
        """Where a list starts: `visible`, unless the filters in use lead there on a shorter way."""
        return self.visible(user)

    def found(self, rows: QuerySet[Any], query: str, user: Any) -> QuerySet[Any]:
        """Those of the rows the search box finds for this person."""
        return self.search.apply(rows, query) if self.search is not None else rows

    def for_page(self, rows: QuerySet[Any]) -> QuerySet[Any]:
        """The same rows with what the columns need, in a constant number of statements."""
        return rows

    def for_columns(self, rows: QuerySet[Any], columns: Sequence[Column]) -> QuerySet[Any]:
        """As `for_page`, for the columns somebody chose."""
        return self.for_page(rows)

    def for_import(self, user: Any) -> Sequence[Column]:
        """The columns an import of these records takes, headed as it knows them."""
        return ()

    def complete(self, rows: list[Any], user: Any) -> None:
        """Give the rows of a page what no join can, in a constant number of statements."""

    def row_url(self, row: Any) -> str:
        return row.get_absolute_url() if hasattr(row, "get_absolute_url") else ""

    def edits(self, user: Any) -> bool:
        """Whether cells are offered for editing; whether this record may be edited is asked when one is opened."""
        return bool(self.cell_url) and user.may(self.edit_right)

    def tabs(self, user: Any) -> list[tuple[Text, str]]:
        """Views everybody has, as (name, query); the person's saved ones come after them."""
        return []

    def hidden(self, user: Any) -> frozenset[str]:
        return field_policy.hidden(self.key, user)

    def filter_names(self, user: Any) -> list[str]:
        """The filters this person may use: none on a field that is hidden from him."""
        hidden = self.hidden(user)
        known = self.filterset.base_filters
        return [name for name, made in known.items() if not hidden or (made.field_name or name) not in hidden]

    def columns_for(self, user: Any, chosen: Sequence[str] = ()) -> list[Column]:
        """The columns of a page: the one that leads to the record and those chosen, in their order; or the usual."""
        hidden = self.hidden(user)
        usual = [column for column in self.columns if column.key not in hidden]
        known = {column.key: column for column in self.choosable(user)}
        wanted = [known[key] for key in dict.fromkeys(chosen) if key in known]
        if not wanted:
            return usual
        return _placed([column for column in usual if column.link and column not in wanted] + wanted)

    def choosable(self, user: Any) -> list[Column]:
        """Every column this person may look at, the usual ones first."""
        hidden = self.hidden(user)
        known = [column for column in (*self.columns, *self.more_columns) if column.key not in hidden]
        return known + (self.custom_columns() if self.has_custom and "custom" not in hidden else [])

    def custom_columns(self, *, for_import: bool = False) -> list[Column]:
        """A column for each field that was added to these records."""
        said = ports.custom_said()
        return [_custom_column(word, said, for_import) for word in ports.custom_words(self.key)]

    def order(self, key: str, user: Any) -> Order | None:
        """The ordering under this name, or nothing if the list has none such for this person."""
        name = key.removeprefix("-")
        columns = self.orderings.get(name)
        if columns is None:
            return self._custom_order(key, user)
        order = Order.of(key, columns, filled=name in self.filled)
        return order if not self.hidden(user) & {name, *order.columns} else None

    def _custom_order(self, key: str, user: Any) -> Order | None:
        """By a field that was added, where its index is there."""
        name = key.removeprefix("-custom.").removeprefix("custom.")
        if not self.has_custom or "." not in key or self.hidden(user) & {"custom"}:
            return None
        word = next((each for each in ports.custom_words(self.key) if each.sorts and each.key == name), None)
        if word is None:
            return None
        return Order(
            key, ("custom_value", "id"), key.startswith("-"), made={"custom_value": custom_sql(word)}
        )

    def searchable(self, user: Any) -> bool:
        return self.search is not None


def _placed(columns: list[Column]) -> list[Column]:
    """The same columns, where the places of a phone's row that none of them claims go to the first that claim none."""
    free = [place for place in ("2l", "1r", "2r") if all(column.phone != place for column in columns)]
    return [replace(each, phone=free.pop(0)) if free and not each.phone else each for each in columns]


def _custom_column(word: ports.CustomWord, said: ports.Said, for_import: bool) -> Column:
    """The column of a custom field; for an import it is headed by its name and holds choices by their first names."""
    name = f"custom.{word.key}"
    value, plain = partial(_custom_value, said, word), partial(_custom_plain, said, word, for_import)
    sort = name if word.sorts else ""
    label = name if for_import else word.label
    return Column(name, label, value=value, sort=sort, reads=("custom",), plain=plain, edit=name)


def _custom_value(said: ports.Said, word: ports.CustomWord, row: Any) -> str:
    return said(word, row.custom.get(word.key))


def _custom_plain(said: ports.Said, word: ports.CustomWord, for_import: bool, row: Any) -> Any:
    """What a file holds: numbers and days as they are, an amount with its currency, choices as their reader says."""
    value = row.custom.get(word.key)
    if isinstance(value, Mapping):
        return f"{value.get('amount', '')} {value.get('currency', '')}".strip()
    if word.kind in ("choice", "multi_choice") and not for_import:
        return said(word, value)
    if isinstance(value, list):
        return ", ".join(map(str, value))
    if word.kind == "user":
        return said(word, value)
    if word.kind == "date" and isinstance(value, str):
        try:
            return date.fromisoformat(value)
        except ValueError:  # an import kept what it could not read
            return value
    return value
