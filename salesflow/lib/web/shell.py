"""The parts of the shell that stand around every page, kept as they were last drawn.

Navigation, menus and dialogs are half of a page's HTML and the same from page to page. They are drawn from what
`_seen` names and from nothing else, so that their HTML may be kept by it.
"""

from collections import OrderedDict
from threading import Lock
from typing import Any

from django.conf import settings
from django.middleware.csrf import get_token
from django.template import Context
from django.template.loader import get_template
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language

#: How many parts a process keeps; some 10 KB each.
KEPT = 512
#: Stands where the token against forged forms goes, which differs from request to request.
MARK = "here-goes-the-token-of-the-request"

_kept: OrderedDict[tuple[Any, ...], str] = OrderedDict()
_lock = Lock()


def part(context: Context, name: str) -> SafeString:
    """The HTML of the template `name`, which may use `nav`, `workspace`, `user`, `theme`, `addresses` and no more."""
    key = (name, *_seen(context))
    with _lock:
        html = _kept.get(key)
        if html is not None:
            _kept.move_to_end(key)
    if html is None or settings.DEBUG:
        html = _drawn(context, name)
        with _lock:
            _kept[key] = html
            while len(_kept) > KEPT:
                _kept.popitem(last=False)
    if MARK in html:
        html = html.replace(MARK, str(format_html("{}", get_token(context["request"]))))
    return mark_safe(html)  # noqa: S308, drawn by a template


def _seen(context: Context) -> tuple[Any, ...]:
    user = context["user"]
    person = (user.pk, user.name, user.email) if user.is_authenticated else ()
    return get_language(), context["theme"], context["workspace"].name, person, context["nav"].state


def _drawn(context: Context, name: str) -> str:
    known = {word: context[word] for word in ("nav", "workspace", "user", "theme", "addresses")}
    return get_template(name).render({**known, "csrf_token": MARK})
