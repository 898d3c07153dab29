"""The sidebar: each page names its place, nobody keeps a list of all."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.urls import URLPattern, path, reverse
from django.utils.functional import Promise
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

PEOPLE, LEADS, TIME, RECORDS, OUTGOING, AUDIT = "people", "leads", "time", "records", "outgoing", "audit"
GROUPS: dict[str, str | Promise] = {
    PEOPLE: gettext_lazy("People"),
    LEADS: gettext_lazy("Leads"),
    TIME: gettext_lazy("Time"),
    RECORDS: gettext_lazy("Records"),
    OUTGOING: gettext_lazy("Outgoing messages"),
    AUDIT: gettext_lazy("Audit"),
}


@dataclass(frozen=True)
class Place:
    """Where a page stands: its group, its icon (a name of Material Symbols), its order within the group."""

    group: str
    icon: str
    order: int


@dataclass(frozen=True)
class SinglePage:
    """A page that is about no kind of record: `admin:<name>` at `/admin/<address>`.

    One with a `place` stands in the sidebar.
    """

    address: str
    name: str
    view: Callable[..., Any]
    title: str | Promise = ""
    place: Place | None = None


_singles: dict[str, SinglePage] = {}


def add_page(page: SinglePage) -> None:
    """Give the admin a page of its own kind; the same name again replaces it."""
    _singles[page.name] = page


def single_addresses(guard: Callable[..., Any]) -> list[URLPattern]:
    """The addresses of these pages behind the admin's door."""
    return [path(page.address, guard(page.view), name=page.name) for page in _singles.values()]


def sidebar(request: HttpRequest) -> list[dict[str, Any]]:
    """The groups of the sidebar, as the theme wants them."""
    top = [
        {"title": _("Set-up"), "icon": "checklist", "link": reverse("admin:index")},
        {"title": _("Back to SalesFlow"), "icon": "arrow_back", "link": reverse("home"), "active": _never},
    ]
    return [{"items": top}, *({"title": GROUPS[group], "items": _items(group)} for group in GROUPS)]


def _items(group: str) -> list[dict[str, Any]]:
    found = [*_kinds(group), *_own(group)]
    return [
        {"title": capfirst(title), "icon": place.icon, "link": link}
        for place, title, link in sorted(found, key=lambda each: each[0].order)
    ]


def _kinds(group: str) -> Iterator[tuple[Place, Any, str]]:
    for model, page in admin.site._registry.items():
        place = getattr(page, "place", None)
        if place is not None and place.group == group:
            name = f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist"
            yield place, model._meta.verbose_name_plural, reverse(name)


def _own(group: str) -> Iterator[tuple[Place, Any, str]]:
    for page in _singles.values():
        if page.place is not None and page.place.group == group:
            yield page.place, page.title, reverse(f"admin:{page.name}")


def _never(request: HttpRequest) -> bool:
    return False
