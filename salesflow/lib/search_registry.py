"""What the one search box finds: each app registers how it looks among its records, nothing here knows them.

from salesflow.lib import search_registry
search_registry.register(search_registry.Searched("leads", _("Leads"), "user-search", find=leads_found, order=10))
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from django.urls import NoReverseMatch, reverse
from django.utils.functional import Promise

from salesflow.lib.search import terms

#: Longer queries are cut; nobody types more into a search box.
LONGEST_QUERY = 100


@dataclass(frozen=True)
class Hit:
    """One record found: its name, its page, the words beside the name and those at the end of the line."""

    id: int
    title: str
    url: str
    note: str = ""
    end: str = ""


@dataclass(frozen=True)
class Searched:
    """One kind of record. `find(user, query, limit)` gives the best of what that user may see.

    `list_url_name` names the list that shows all of them, which takes `search=`.
    """

    key: str
    label: str | Promise
    icon: str
    find: Callable[[Any, str, int], Sequence[Hit]]
    order: int = 100
    list_url_name: str = ""


@dataclass
class Group:
    """The hits of one kind; `more_url` leads to all of them."""

    searched: Searched
    hits: Sequence[Hit] = field(default_factory=list)
    more_url: str = ""


_searched: dict[str, Searched] = {}


def register(searched: Searched) -> None:
    """Add a kind of record to the search; the same key again replaces it."""
    _searched[searched.key] = searched


def search_keys() -> list[str]:
    """The kinds of record there are, in their order."""
    return [each.key for each in sorted(_searched.values(), key=lambda each: (each.order, each.key))]


def search_all(*, user: Any, query: str, limit: int, keys: Sequence[str] = ()) -> list[Group]:
    """The best `limit` hits of each kind that has any, kinds in their order; `keys` narrows the kinds.

    A query without a letter, figure or Chinese character finds nothing. Whatever is typed is a text to look for.
    """
    query = " ".join(query[:LONGEST_QUERY].replace("\x00", " ").split())
    if not terms(query):
        return []
    groups = []
    for key in search_keys():
        if keys and key not in keys:
            continue
        searched = _searched[key]
        hits = searched.find(user, query, limit)
        if hits:
            groups.append(Group(searched, hits, _more(searched, query) if len(hits) >= limit else ""))
    return groups


def _more(searched: Searched, query: str) -> str:
    try:
        return f"{reverse(searched.list_url_name)}?{urlencode({'search': query})}"
    except NoReverseMatch:
        return ""
