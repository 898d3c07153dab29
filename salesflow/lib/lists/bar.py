"""The bar above a list: its views, filters and choices, kept as it was last drawn.

It holds some hundred words to choose from and is the same for a person's next look at the same address, unless what
he chooses from has changed meanwhile. Conditions a person is building are drawn anew each time.
"""

from collections.abc import Hashable
from typing import TYPE_CHECKING

from django.middleware.csrf import get_token
from django.template.loader import get_template
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language

from salesflow.lib.lists.builder import ADDING
from salesflow.lib.web import ports
from salesflow.lib.web.kept import MARK, Kept

if TYPE_CHECKING:
    from salesflow.lib.lists.page import ListPage

#: How many bars a process keeps; some 30 KB each.
_kept = Kept(128)
_BUILT = ("filter", *ADDING)


def drawn(page: "ListPage") -> SafeString:
    """The bar of this page of a list."""
    if any(page.request.GET.get(name) for name in _BUILT):
        return mark_safe(_draw(page, get_token(page.request)))  # noqa: S308, drawn by a template
    return _kept.piece(page.request, _seen(page), lambda: _draw(page, MARK))


def _seen(page: "ListPage") -> Hashable:
    return (
        page.spec.views_key,
        get_language(),
        page.user.pk,
        page.spec.hidden(page.user),
        ports.workspace().config_revision,
        page.request.get_full_path(),
        tuple(page.bar),
        tuple(page.more),
        tuple(page.saved),
    )


def _draw(page: "ListPage", token: str) -> str:
    return get_template("lib/_list_bar.html").render({"list": page, "csrf_token": token})
