"""What notices and timeline entries say, in the reader's language.

Each app registers the sentence of its kinds; parameters are filled in by name, and a missing one reads as a dash,
so that an old notice never breaks a page.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django.urls import NoReverseMatch
from django.utils.functional import Promise
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

_PLACE = re.compile(r"%\(\w+\)[sd]")
#: Gives the page a notice leads to, from its parameters and the id of its record.
Place = Callable[[Mapping[str, Any], int | None], str]
#: Makes the parameters of a sentence, in the reader's language, from those that were stored.
Words = Callable[[Mapping[str, Any]], Mapping[str, Any]]


@dataclass(frozen=True)
class Said:
    """One kind of news: its sentence with `%(name)s` places, and the icon beside it.

    Of a notice also who may get it (`right`, empty for everybody), and how it comes by mail unless its reader
    chose: `now`, with the `digest`, or `off`; `words` makes its parameters where they are words themselves.
    """

    text: str | Promise
    icon: str = "bell"
    to: Place | None = None
    right: str = ""
    mail: str = "digest"
    words: Words | None = None


_notices: dict[str, Said] = {}
_events: dict[str, Said] = {}


class _Dashes(dict[str, Any]):
    def __missing__(self, key: str) -> str:
        return "–"


def register_notice(
    kind: str,
    text: str | Promise,
    icon: str = "bell",
    to: Place | None = None,
    *,
    right: str = "",
    mail: str = "digest",
    words: Words | None = None,
) -> None:
    """Name the sentence of a kind of notice; `to` gives its page where no single record stands behind it.

    `right`, `mail` and `words` are those of `Said`.
    """
    _notices[kind] = Said(text, icon, to, right, mail, words)


def notice_said(kind: str) -> Said:
    """What is registered of a kind of notice; of an unknown one only its name."""
    return _notices.get(kind) or Said(kind)


def register_event(kind: str, text: str | Promise, icon: str = "point") -> None:
    _events[kind] = Said(text, icon)


#: What becomes of a record of configuration: the end of the kind -> what is said, and the icon.
_CONFIG = {
    "created": (_("{what}: created"), "plus"),
    "changed": (_("{what}: changed"), "settings"),
    "archived": (_("{what}: archived"), "archive"),
    "restored": (_("{what}: restored"), "rotate-clockwise"),
}


def register_config_events(kind: str, what: str | Promise) -> None:
    """Name the four sentences of a kind of configuration: `leads.pool` is created, changed, archived, restored."""
    for end, (text, icon) in _CONFIG.items():
        register_event(f"{kind}_{end}", format_lazy(text, what=what), icon)


def notice_text(kind: str, params: Mapping[str, Any]) -> str:
    """The sentence of a notice; the bare kind when nobody registered it."""
    return _said(_notices.get(kind), kind, params)


def event_text(kind: str, params: Mapping[str, Any]) -> str:
    return _said(_events.get(kind), kind, params)


def notice_url(kind: str, params: Mapping[str, Any], subject_id: int | None) -> str:
    """The page a kind of notice leads to by itself, or nothing."""
    said = _notices.get(kind)
    if said is None or said.to is None:
        return ""
    try:
        return said.to(params, subject_id)
    except NoReverseMatch:
        return ""


def notice_title(kind: str) -> str:
    """What a kind of notice is about, for a list of them: its sentence without what differs each time."""
    said = str(notice_said(kind).text).replace("%%", "%")
    return " ".join(_PLACE.sub("…", said).removesuffix(": …").removesuffix("：…").split())


def notice_kinds() -> list[str]:
    return sorted(_notices)


def event_kinds() -> list[str]:
    return sorted(_events)


def notice_icon(kind: str) -> str:
    return _notices[kind].icon if kind in _notices else "bell"


def event_icon(kind: str) -> str:
    return _events[kind].icon if kind in _events else "point"


def _said(said: Said | None, kind: str, params: Mapping[str, Any]) -> str:
    if said is None:
        return kind
    params = said.words(params) if said.words is not None else params
    return str(said.text) % _Dashes(
        {name: "–" if value in (None, "") else value for name, value in params.items()}
    )
