"""Writing small pieces of HTML, thousands to a page."""

from html import escape as _escape
from typing import Any

from django.utils.safestring import SafeString


def escape(value: Any) -> SafeString:
    """As Django's `conditional_escape`: what knows its own HTML gives it, all else is escaped."""
    if type(value) is SafeString:
        return value
    if hasattr(value, "__html__"):
        return SafeString(value.__html__())
    return SafeString(_escape(str(value)))


def format_html(pattern: str, *values: Any) -> SafeString:
    """As Django's `format_html`, without asking of every value whether it is lazy: a list page has four thousand."""
    return SafeString(pattern.format(*map(escape, values)))
