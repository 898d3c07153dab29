"""The navigation: each app registers its pages in `AppConfig.ready`, the shell asks which a user sees.

from salesflow.lib.web import nav
nav.register(nav.NavItem("leads", _("Leads"), "user-search", "leads:list", nav.PIPELINE, order=10))
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from typing import Any

from django.http import HttpRequest
from django.urls import NoReverseMatch, get_urlconf, reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

TOP, PIPELINE, DELIVER, INSIGHT, ADMIN = "top", "pipeline", "deliver", "insight", "admin"
GROUPS: dict[str, str | Promise] = {
    TOP: "",
    PIPELINE: _("Pipeline"),
    DELIVER: _("Deliver"),
    INSIGHT: _("Insight"),
    ADMIN: _("Admin"),
}
#: How many pages stand beside "More" in the bottom bar of a phone.
PHONE_ITEMS = 4


@dataclass(frozen=True)
class Badge:
    """A count beside an item; only what is overdue is red."""

    count: int
    overdue: bool = False


def everybody(user: Any) -> bool:
    return True


def nothing(user: Any) -> Badge | int | None:
    return None


@dataclass(frozen=True)
class NavItem:
    """One page in the sidebar, the palette and, if it fits, the bottom bar.

    `visible(user)` hides it, `badge(user)` counts beside it, `keys` is its shortcut such as "G L" (two keys in a
    row). Items of a group stand by `order`; the first four of all with `phone` make the bottom bar.
    """

    key: str
    label: str | Promise
    icon: str
    url_name: str
    group: str = PIPELINE
    visible: Callable[[Any], bool] = everybody
    badge: Callable[[Any], Badge | int | None] = nothing
    order: int = 100
    keys: str = ""
    phone: bool = False
    #: Beginnings of other addresses that belong to it.
    beside: tuple[str, ...] = ()


@dataclass(frozen=True)
class Action:
    """A deed offered in the palette and by its keys; opens in the drawer unless `drawer` is false."""

    key: str
    label: str | Promise
    icon: str
    url_name: str
    visible: Callable[[Any], bool] = everybody
    keys: str = ""
    drawer: bool = True


@dataclass
class Entry:
    """An item as one user meets it on one page."""

    item: NavItem
    url: str
    active: bool
    badge: Badge | None

    @property
    def keys(self) -> list[str]:
        return self.item.keys.split()


@dataclass
class Menu:
    """The navigation of one request."""

    groups: list[tuple[str | Promise, list[Entry]]] = field(default_factory=list)
    phone: list[Entry] = field(default_factory=list)
    current: Entry | None = None
    actions: list[tuple[Action, str, list[str]]] = field(default_factory=list)

    @cached_property
    def state(self) -> tuple[Any, ...]:
        """All that tells this menu from another one."""
        entries = tuple(entry for _title, members in self.groups for entry in members)
        return (
            tuple((entry.item.key, entry.url, entry.active, entry.badge) for entry in entries),
            tuple((action.key, url) for action, url, _keys in self.actions),
        )


_items: dict[str, NavItem] = {}
_actions: dict[str, Action] = {}


def register(item: NavItem) -> None:
    """Add a page to the navigation; the same key again replaces it."""
    if item.group not in GROUPS:
        raise ValueError(f"unknown group: {item.group}")
    _items[item.key] = item


def register_action(action: Action) -> None:
    """Add a deed to the palette; the same key again replaces it."""
    _actions[action.key] = action


def menu(request: HttpRequest, current: str | None = None) -> Menu:
    """What this user sees, with the present page marked: by key, or by the longest address that fits."""
    user = request.user
    shown = [(item, url) for item in _items.values() if (url := _url(item.url_name)) and item.visible(user)]
    shown.sort(key=lambda pair: pair[0].order)
    here = current or _fitting(request.path, shown)
    entries = [Entry(item, url, item.key == here, _badge(item, user)) for item, url in shown]
    grouped = [(title, [e for e in entries if e.item.group == group]) for group, title in GROUPS.items()]
    return Menu(
        groups=[(title, members) for title, members in grouped if members],
        phone=[entry for entry in entries if entry.item.phone][:PHONE_ITEMS],
        current=next((entry for entry in entries if entry.active), None),
        actions=[
            (action, url, action.keys.split())
            for action in _actions.values()
            if (url := _url(action.url_name)) and action.visible(user)
        ],
    )


def _url(name: str) -> str | None:
    """An address, or nothing for a page that is not built."""
    return _url_in(name, get_urlconf())


@lru_cache(maxsize=256)
def _url_in(name: str, urlconf: str | None) -> str | None:
    try:
        return reverse(name, urlconf)
    except NoReverseMatch:
        return None


def _fitting(path: str, shown: list[tuple[NavItem, str]]) -> str | None:
    fits = [
        (len(start), item.key)
        for item, url in shown
        for start in (url, *item.beside)
        if path == start or (start != "/" and path.startswith(start))
    ]
    return max(fits)[1] if fits else None


def _badge(item: NavItem, user: Any) -> Badge | None:
    badge = item.badge(user)
    if isinstance(badge, int):
        badge = Badge(badge)
    return badge if badge and badge.count else None
