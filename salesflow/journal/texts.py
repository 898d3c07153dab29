"""What notices and timeline entries say, in the reader's language.

Each app registers the sentence of its kinds; parameters are filled in by name, and a missing one reads as a dash,
so that an old notice never breaks a page.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise


@dataclass(frozen=True)
class Said:
    """One kind of news: its sentence with `%(name)s` places, and the icon beside it."""

    text: str | Promise
    icon: str = "bell"


_notices: dict[str, Said] = {}
_events: dict[str, Said] = {}


class _Dashes(dict[str, Any]):
    def __missing__(self, key: str) -> str:
        return "–"


def register_notice(kind: str, text: str | Promise, icon: str = "bell") -> None:
    _notices[kind] = Said(text, icon)


def register_event(kind: str, text: str | Promise, icon: str = "circle-dot") -> None:
    _events[kind] = Said(text, icon)


def notice_text(kind: str, params: Mapping[str, Any]) -> str:
    """The sentence of a notice; the bare kind when nobody registered it."""
    return _said(_notices.get(kind), kind, params)


def event_text(kind: str, params: Mapping[str, Any]) -> str:
    return _said(_events.get(kind), kind, params)


def notice_icon(kind: str) -> str:
    return _notices[kind].icon if kind in _notices else "bell"


def event_icon(kind: str) -> str:
    return _events[kind].icon if kind in _events else "circle-dot"


def _said(said: Said | None, kind: str, params: Mapping[str, Any]) -> str:
    if said is None:
        return kind
    return str(said.text) % _Dashes(
        {name: "–" if value in (None, "") else value for name, value in params.items()}
    )
