"""The filters of a list as a page offers them."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from salesflow.lib.lists.filters import Choices, Day, Figure, Flag, Ids, Moment
from salesflow.lib.lists.request import ListRequest
from salesflow.lib.web.html import format_html


@dataclass(frozen=True)
class Control:
    """One filter: a choice (`select`), a day (`date`), a number or words (`text`), with what is set now."""

    name: str
    label: str
    kind: str
    value: str
    options: tuple[tuple[str, str], ...] = ()

    @property
    def drawn(self) -> SafeString:
        return _drawn(self)

    @property
    def is_set(self) -> bool:
        return bool(self.value)


@lru_cache(maxsize=1024)  # a template would take longer for them than for the rest of a page
def _drawn(control: Control) -> SafeString:
    state = SafeString(' class="is-set"' if control.is_set else "")
    if control.kind == "select":
        pattern = '<select name="{}" aria-label="{}"{}><option value="">{}</option>{}</select>'
        options = options_drawn(control.options, control.value)
        return format_html(pattern, control.name, control.label, state, control.label, options)
    kind = {"number": 'number" step="any'}.get(control.kind, control.kind)
    hint = SafeString("") if kind == "date" else format_html(' placeholder="{}"', control.label)
    pattern = '<input type="{}" name="{}" value="{}" aria-label="{}"{}{}>'
    return format_html(pattern, SafeString(kind), control.name, control.value, control.label, hint, state)


@lru_cache(maxsize=1024)
def options_drawn(options: tuple[tuple[str, str], ...], chosen: str = "") -> SafeString:
    """The options of a select, of which one may be chosen."""
    return mark_safe("".join(_option(value, label, value == chosen) for value, label in options))  # noqa: S308


def _option(value: str, label: str, chosen: bool) -> SafeString:
    return format_html(
        '<option value="{}"{}>{}</option>', value, SafeString(" selected" if chosen else ""), label
    )


def controls_of(wanted: ListRequest, names: list[str]) -> list[Control]:
    """The controls of these filters, in order, filled from the address."""
    known = wanted.spec.filter_names(wanted.user)
    return [_control(wanted, name) for name in names if name in known]


def _control(wanted: ListRequest, name: str) -> Control:
    made = wanted.spec.filterset.base_filters[name]
    value = ",".join(part for part in wanted.params.getlist(name) if part)
    options = list(options_of(made, wanted.user))
    kind = "select" if options else "text"
    if isinstance(made, Moment | Day):
        kind, value = "date", value[:10]
    elif isinstance(made, Figure):
        kind = "number"
    if options and value and value not in dict(options):
        # several at once, as an address may have it: kept as one choice of its own
        known = dict(options)
        options.append((value, ", ".join(known.get(part, part) for part in value.split(","))))
    return Control(name, str(made.label or name), kind, value, tuple(options))


def options_of(made: Any, user: Any) -> Sequence[tuple[str, str]]:
    """What a person chooses from for this filter, in his language; nothing where he types."""
    if isinstance(made, Choices):
        choices = made.extra.get("choices", [])
        return _said(choices()) if callable(choices) else _said_once(made, get_language() or "")
    if isinstance(made, Ids):
        people = [("me", _("Me")), ("my_team", _("My team"))] if made.extra.get("people") else []
        return people + [(str(pk), str(label)) for pk, label in (made.choices(user) if made.choices else [])]
    if isinstance(made, Flag):
        return [("true", _("Yes")), ("false", _("No"))]
    return []


def _said(choices: Any) -> Sequence[tuple[str, str]]:
    return [(str(value), str(label)) for value, label in choices]


@lru_cache(maxsize=512)
def _said_once(made: Any, language: str) -> Sequence[tuple[str, str]]:
    """The choices that never change, said in a language once for all."""
    return tuple(_said(made.extra.get("choices", [])))
