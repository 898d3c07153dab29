"""The filters of a list as a page offers them."""

from dataclasses import dataclass, field
from typing import Any

from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from salesflow.lib.lists.filters import Choices, Day, Figure, Flag, Ids, Moment
from salesflow.lib.lists.request import ListRequest
from salesflow.lib.web.html import format_html


@dataclass
class Control:
    """One filter: a choice (`select`), a day (`date`), a number or words (`text`), with what is set now."""

    name: str
    label: Any
    kind: str
    value: str
    options: list[tuple[str, Any]] = field(default_factory=list)

    @property
    def drawn_options(self) -> SafeString:
        """The options of a select; written here, since a template takes longer for them than for the rest of a page."""
        return SafeString("".join(self._option(value, label) for value, label in self.options))

    def _option(self, value: str, label: Any) -> SafeString:
        chosen = SafeString(" selected") if value == self.value else ""
        return format_html('<option value="{}"{}>{}</option>', value, chosen, label)

    @property
    def is_set(self) -> bool:
        return bool(self.value)


def controls_of(wanted: ListRequest, names: list[str]) -> list[Control]:
    """The controls of these filters, in order, filled from the address."""
    known = wanted.spec.filter_names(wanted.user)
    return [_control(wanted, name) for name in names if name in known]


def _control(wanted: ListRequest, name: str) -> Control:
    made = wanted.spec.filterset.base_filters[name]
    value = ",".join(part for part in wanted.params.getlist(name) if part)
    options = options_of(made, wanted.user)
    kind = "select" if options else "text"
    if isinstance(made, Moment | Day):
        kind, value = "date", value[:10]
    elif isinstance(made, Figure):
        kind = "number"
    if options and value and value not in dict(options):
        # several at once, as an address may have it: kept as one choice of its own
        known = dict(options)
        options.append((value, ", ".join(str(known.get(part, part)) for part in value.split(","))))
    return Control(name, made.label or name, kind, value, options)


def options_of(made: Any, user: Any) -> list[tuple[str, Any]]:
    """What a person chooses from for this filter; nothing where he types."""
    if isinstance(made, Choices):
        return [(str(value), label) for value, label in _plain(made.extra.get("choices", []))]
    if isinstance(made, Ids):
        people = [("me", _("Me")), ("my_team", _("My team"))] if made.extra.get("people") else []
        return people + [(str(pk), label) for pk, label in (made.choices(user) if made.choices else [])]
    if isinstance(made, Flag):
        return [("true", _("Yes")), ("false", _("No"))]
    return []


def _plain(choices: Any) -> Any:
    return choices() if callable(choices) else choices
