"""What the shell of every page needs to know."""

from typing import Any

from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.utils.functional import SimpleLazyObject

from salesflow.lib.web import nav, ports, times

THEMES = ("light", "dark")


def shell(request: HttpRequest) -> dict[str, Any]:
    """Workspace, navigation, theme, the layout to extend, and the words the scripts use. All of it lazy."""
    theme = getattr(request, "theme", "")
    in_drawer = request.headers.get("HX-Target") == "drawer-body"
    return {
        "workspace": SimpleLazyObject(ports.workspace),
        "nav": SimpleLazyObject(lambda: nav.menu(request)),
        "theme": theme if theme in THEMES else "",
        "layout": "drawer.html" if in_drawer else "base.html",
        "in_drawer": in_drawer,
        "words": times.patterns,
        "server_now": timezone.now().isoformat(),
        "addresses": SimpleLazyObject(_addresses),
    }


def _addresses() -> dict[str, str]:
    """Addresses that other apps fill; the ones given here until they do."""
    wanted = {
        "search": ("search", "/search/"),
        "notices": ("notices", "/notices/"),
        "notice_count": ("notice-count", "/notices/count/"),
        "sign_out": ("sign-out", "/sign-out/"),
        "sign_in": ("sign-in", "/sign-in/"),
        "profile": ("profile", ""),
    }
    return {key: address(name, fallback) for key, (name, fallback) in wanted.items()}


def address(name: str, fallback: str) -> str:
    """The address of a page that another app may not have built yet."""
    try:
        return reverse(name)
    except NoReverseMatch:
        return fallback
