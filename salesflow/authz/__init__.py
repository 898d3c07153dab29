"""The rights table: every address and method, what it needs, and what each role gets there.

`manage.py authz_table` prints it and the rights tests hold the running product against it.
"""

from salesflow.authz.pages import PAGES, Asks, Page, pages
from salesflow.authz.rest import EMPTY, REFUSED, RELATIONS, SEEN, UNSEEN, Entry, entries

__all__ = [
    "EMPTY",
    "PAGES",
    "REFUSED",
    "RELATIONS",
    "SEEN",
    "UNSEEN",
    "Asks",
    "Entry",
    "Page",
    "entries",
    "pages",
]
