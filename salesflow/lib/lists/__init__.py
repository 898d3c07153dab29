"""Lists: one declaration gives the page, the REST list and the count."""

from salesflow.lib.lists.keyset import Cursor, Order, Page, fetch
from salesflow.lib.lists.request import ListRequest
from salesflow.lib.lists.spec import Choice, Column, Deed, ListSpec, Search, Step

__all__ = [
    "Choice",
    "Column",
    "Cursor",
    "Deed",
    "ListRequest",
    "ListSpec",
    "Order",
    "Page",
    "Search",
    "Step",
    "fetch",
]
