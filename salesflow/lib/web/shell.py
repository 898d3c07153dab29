"""The parts of the shell that stand around every page, kept as they were last drawn.

Navigation, menus and dialogs are half of a page's HTML and the same from page to page. They are drawn from what
`_seen` names and from nothing else, so that their HTML may be kept by it.
"""

from typing import Any

from django.template import Context
from django.template.loader import get_template
from django.utils.safestring import SafeString
from django.utils.translation import get_language

from salesflow.lib.web.kept import MARK, Kept

#: How many parts a process keeps; some 10 KB each.
_kept = Kept(512)


def part(context: Context, name: str) -> SafeString:
    """The HTML of the template `name`, which may use `nav`, `workspace`, `user`, `theme`, `addresses` and no more."""
    return _kept.piece(context["request"], (name, *_seen(context)), lambda: _drawn(context, name))


def _seen(context: Context) -> tuple[Any, ...]:
    user = context["user"]
    person = (user.pk, user.name, user.email) if user.is_authenticated else ()
    return get_language(), context["theme"], context["workspace"].name, person, context["nav"].state


def _drawn(context: Context, name: str) -> str:
    known = {word: context[word] for word in ("nav", "workspace", "user", "theme", "addresses")}
    return get_template(name).render({**known, "csrf_token": MARK})
