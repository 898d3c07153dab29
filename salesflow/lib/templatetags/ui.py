"""The pieces pages are made of: `{% load ui %}`. The style page (/style/) shows every one of them."""

from collections.abc import Iterable
from datetime import date, datetime
from functools import lru_cache
from typing import Any

from django import template
from django.contrib.messages.storage.base import Message
from django.template.context import Context
from django.template.loader_tags import BLOCK_CONTEXT_KEY
from django.templatetags.static import static
from django.utils.html import format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from salesflow.lib.templatetags import ui_blocks
from salesflow.lib.web import figures, identity, shell, times
from salesflow.lib.web.html import escape, format_html
from salesflow.lib.web.toasts import told

register = template.Library()

KINDS = {"neutral", "accent", "ok", "warn", "bad", "info", "violet"}
GRADES = {"A": "ok", "B": "info", "C": "neutral"}


def _kind(kind: str) -> str:
    return f"is-{kind if kind in KINDS else 'neutral'}"


@register.simple_tag
def icon(name: str, size: str = "", label: str = "") -> SafeString:
    """A picture of the sprite; size sm, lg or xl; decoration unless it has a label."""
    return _icon(name, size, str(label))


@lru_cache(maxsize=1024)
def _icon(name: str, size: str, label: str) -> SafeString:
    spoken = format_html('role="img" aria-label="{}"', label) if label else mark_safe('aria-hidden="true"')
    return format_html(
        '<svg class="icon{}" {}><use href="{}#{}"></use></svg>',
        f" icon-{size}" if size else "",
        spoken,
        static("icons.svg"),
        name,
    )


@register.simple_tag
def badge(
    text: Any, kind: str = "neutral", dot: bool = False, picture: str = "", title: str = ""
) -> SafeString:
    """A short state in a tint; `dot` and `picture` (an icon's name) stand before the words."""
    return format_html(
        '<span class="badge {}{}"{}>{}<span>{}</span></span>',
        _kind(kind),
        " dot" if dot else "",
        format_html(' title="{}"', title) if title else "",
        icon(picture) if picture else "",
        text,
    )


@register.simple_tag
def grade(value: str | None, size: str = "") -> SafeString:
    """The letter of a lead: A, B or C; a dash before it is graded."""
    if not value:
        return format_html('<span class="muted">{}</span>', figures.DASH)
    return format_html(
        '<span class="grade{} {}" title="{}">{}</span>',
        f" grade-{size}" if size else "",
        _kind(GRADES.get(value, "neutral")),
        _("Grade %(grade)s") % {"grade": value},
        value,
    )


@register.simple_tag
def score(value: int | None, top: int = 100) -> SafeString:
    """A score with its meter."""
    if value is None:
        return format_html('<span class="muted">{}</span>', figures.DASH)
    return format_html(
        '<span class="score">{}<span class="num">{}</span></span>', bar(value, top), figures.number(value)
    )


@register.simple_tag
def bar(value: float, top: float = 100) -> SafeString:
    """A thin bar beside the figure that says it; decoration only."""
    width = max(0, min(54, round(54 * float(value) / float(top)))) if top else 0
    return format_html(
        '<svg class="bar" viewBox="0 0 54 4" aria-hidden="true"><rect width="{}" height="4"></rect></svg>',
        width,
    )


@register.simple_tag
def avatar(name: Any, kind: str = "person", size: str = "") -> SafeString:
    """Initials in the name's hue: a circle for a person, a square for a company. Decoration beside the name."""
    return _avatar(str(name), kind, size)


@lru_cache(maxsize=4096)
def _avatar(text: str, kind: str, size: str) -> SafeString:
    return format_html(
        '<span class="avatar avatar-{} hue-{}{}{}" aria-hidden="true">{}</span>',
        kind,
        identity.hue(text),
        f" avatar-{size}" if size else "",
        " avatar-han" if identity.is_han(text) else "",
        identity.initials(text),
    )


@register.simple_tag
def who(name: Any, kind: str = "person", url: str = "", nobody: str = "") -> SafeString:
    """Initials and name; `nobody` is said when there is none."""
    if not name:
        return format_html('<span class="muted">{}</span>', nobody or figures.DASH)
    inner = f"{avatar(name, kind)}<span>{escape(name)}</span>"
    if url:
        return SafeString(f'<a class="who" href="{escape(url)}">{inner}</a>')
    return SafeString(f'<span class="who">{inner}</span>')


@register.simple_tag
def countdown(due: datetime | None, start: datetime | None = None, limit: float | None = None) -> SafeString:
    """What is left until `due`, counting on in the browser; `limit` in seconds is the whole when there is no start."""
    if due is None:
        return format_html('<span class="muted">{}</span>', figures.DASH)
    shown = times.countdown(due, start, limit)
    whole = (due - start).total_seconds() if start else float(limit or times.DAY)
    return format_html(
        '<time class="countdown badge {}" datetime="{}" data-due="{}" data-limit="{}" title="{}">'
        '<svg class="ring" viewBox="0 0 12 12" aria-hidden="true"><circle cx="6" cy="6" r="4.6"></circle>'
        '<circle cx="6" cy="6" r="4.6" pathLength="100" stroke-dasharray="{} 100"></circle></svg>'
        "<span>{}</span></time>",
        _kind(shown.kind),
        due.isoformat(),
        int(due.timestamp()),
        int(whole),
        times.exact(due),
        shown.used,
        shown.text,
    )


@register.simple_tag
def ago(moment: datetime | None) -> SafeString:
    """How far from now, with the exact moment on hover."""
    if moment is None:
        return format_html('<span class="muted">{}</span>', figures.DASH)
    return format_html(
        '<time datetime="{}" data-ago="{}" title="{}">{}</time>',
        moment.isoformat(),
        int(moment.timestamp()),
        times.exact(moment),
        times.ago(moment),
    )


@register.simple_tag
def when(moment: datetime | date | None) -> SafeString:
    """The exact moment or day."""
    if moment is None:
        return format_html('<span class="muted">{}</span>', figures.DASH)
    return format_html('<time datetime="{}">{}</time>', moment.isoformat(), times.exact(moment))


@register.simple_tag
def day_name(moment: date | datetime) -> str:
    """Today, yesterday or the day: the head of a group of entries."""
    return times.day_name(moment)


@register.simple_tag
def hour(moment: datetime) -> str:
    """The time of day where the reader is."""
    return times.hour(moment)


@register.simple_tag
def span(seconds: float | None) -> str:
    """A length of time in its two largest units."""
    return figures.DASH if seconds is None else times.span(seconds)


@register.simple_tag(takes_context=True)
def money(context: Context, amount: Any, currency: str = "", short: bool = True) -> SafeString:
    """An amount: short (¥18.4M, ¥1842万) with the exact one on hover, or whole with `short=False`."""
    base = getattr(context.get("workspace"), "base_currency", "CNY")
    currency = currency or base
    if amount is None:
        return format_html('<span class="muted">{}</span>', figures.DASH)
    text = figures.money(amount, currency, short=short, base=base)
    if not short:
        return format_html('<span class="figure nowrap">{}</span>', text)
    return format_html(
        '<span class="figure nowrap" title="{}">{}</span>', figures.exact_money(amount, currency), text
    )


@register.simple_tag
def number(value: Any, digits: int = 0) -> str:
    return figures.number(value, digits)


@register.simple_tag
def compact(value: Any) -> SafeString:
    """A large count in short with the whole one on hover."""
    return format_html('<span title="{}">{}</span>', figures.number(value), figures.compact(value))


@register.simple_tag
def percent(part: Any, whole: Any, digits: int = 1) -> SafeString:
    """A share with the two numbers it is made of; a dash when the whole is nothing."""
    return format_html(
        '<span class="figure nowrap">{} <small class="muted">{}/{}</small></span>',
        figures.percent(part, whole, digits),
        figures.number(part),
        figures.number(whole),
    )


@register.simple_tag
def progress(value: Any, top: Any, label: str, state: str = "") -> SafeString:
    """A bar for work under way; without a known end it moves. State done or failed colours it."""
    known = format_html(' value="{}" max="{}"', value, top) if top else ""
    return format_html(
        '<progress{}{} aria-label="{}"></progress>',
        known,
        format_html(' class="is-{}"', state) if state else "",
        label,
    )


@register.simple_tag
def keys(*names: str) -> SafeString:
    """Key caps."""
    return format_html_join(" ", "<kbd>{}</kbd>", ((name,) for name in names))


@register.simple_tag
def sparkline(values: Iterable[float | None], tone: str = "") -> SafeString:
    """A line of the last values without axes; nothing for fewer than two."""
    points = [float(value) for value in values if value is not None]
    if len(points) < 2:
        return SafeString("")
    low, high = min(points), max(points)
    scale = (high - low) or 1
    step = 72 / (len(points) - 1)
    line = " ".join(
        f"{place * step:.1f},{24 - (value - low) / scale * 22:.1f}" for place, value in enumerate(points)
    )
    return format_html(
        '<svg class="spark {}" viewBox="0 0 72 26" aria-hidden="true"><polyline points="{}"></polyline></svg>',
        tone,
        line,
    )


@register.simple_tag(takes_context=True)
def sort_header(
    context: Context, label: str, key: str = "", first: str = "", present: str = ""
) -> SafeString:
    """A column's head: a link that sorts by `key` and turns the order round; the address keeps all else.

    `first="-"` starts with the largest. The present order is `present`, else `ordering` in the address.
    """
    if not key:
        return format_html("{}", label)
    params = context["request"].GET.copy()
    present = present or params.get("ordering", "")
    sorted_here = present.lstrip("-") == key
    params["ordering"] = (key if present.startswith("-") else f"-{key}") if sorted_here else f"{first}{key}"
    for gone in ("cursor", "before", "after", "page"):
        params.pop(gone, None)
    mark = icon("arrow-down" if present.startswith("-") else "arrow-up") if sorted_here else ""
    return format_html('<a class="sort" href="?{}">{}{}</a>', params.urlencode(), label, mark)


@register.simple_tag(takes_context=True)
def sort_state(context: Context, key: str, present: str = "") -> SafeString:
    """`aria-sort` for the head of the column the table is sorted by."""
    present = present or context["request"].GET.get("ordering", "")
    if present.lstrip("-") != key:
        return SafeString("")
    return format_html('aria-sort="{}"', "descending" if present.startswith("-") else "ascending")


@register.simple_tag(takes_context=True)
def block_again(context: Context, name: str) -> str:
    """What the page put into a block, a second time (the title stands in the tab and on the page)."""
    return context.render_context[BLOCK_CONTEXT_KEY].get_block(name).render(context)


@register.simple_tag(takes_context=True)
def shell_part(context: Context, name: str) -> SafeString:
    """A part of the shell, by the name of its template; see `salesflow.lib.web.shell`."""
    return shell.part(context, name)


@register.simple_block_tag
def if_filled(content: str, tag: str, css: str) -> SafeString:
    """Wrap a block of the page in an element, unless the page left it empty."""
    if not content.strip():
        return SafeString("")
    return format_html('<{} class="{}">{}</{}>', SafeString(tag), css, content, SafeString(tag))


@register.filter
def as_toast(message: Message) -> dict[str, str]:
    """A stored message as a toast: kind, text, undo."""
    return told(message)


register.tags.update(ui_blocks.register.tags)
