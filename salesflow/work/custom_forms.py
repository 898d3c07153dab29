"""Fields that were added to a kind of record, in the forms of its pages; what they may hold the services judge."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext as _

from salesflow.lib.lists.ports import CustomWord
from salesflow.lib.web.html import escape
from salesflow.lib.web.ports import workspace
from salesflow.people.models import User
from salesflow.work.custom_reading import EMPTY, text_of
from salesflow.work.services.custom_fields import custom_words
from salesflow.work.services.custom_said import custom_people

CUSTOM = "custom."
#: Kinds that take a line of their own.
_WIDE = ("text", "multi_choice", "link")


class CustomForm(forms.Form):
    """A form with the fields that were added to a `resource`, under `custom.<key>`, by their groups.

    `held` are the values of the record it edits; without it the form is of a new one and begins with the defaults.
    """

    resource = ""

    def add_custom(self, user: User, held: Mapping[str, Any] | None) -> None:
        words = custom_words(self.resource)
        group = ""
        people = _People(user)
        places = {
            name: place for place, name in enumerate(dict.fromkeys(["", *(each.group for each in words)]))
        }
        for word in sorted(words, key=lambda word: places[word.group]):
            value = word.default if held is None else held.get(word.key)
            field = _field(word, value, people)
            field.heading = word.group if word.group != group else ""  # type: ignore[attr-defined]
            group = word.group
            self.fields[CUSTOM + word.key] = field
            self.initial[CUSTOM + word.key] = text_of(word, value)
        own = [CUSTOM + word.key for word in words if word.kind not in _WIDE]
        self.half = (*getattr(self, "half", ()), *own)

    def custom_values(self) -> dict[str, Any]:
        """What was typed, as the services take it; a field that was not sent, or was and stays empty, says nothing."""
        return {
            name.removeprefix(CUSTOM): self.cleaned_data[name]
            for name, field in self.fields.items()
            if name.startswith(CUSTOM)
            and (name in self.data or isinstance(field, _Several))
            and not (self.cleaned_data[name] in EMPTY and self.initial.get(name) in EMPTY)
        }


def custom_texts(resource: str, held: Mapping[str, Any]) -> dict[str, Any]:
    """The values of a record as its form shows them, by the names of the fields."""
    return {CUSTOM + word.key: text_of(word, held.get(word.key)) for word in custom_words(resource)}


class _People:
    """The colleagues one may name, read once where a field asks for them."""

    def __init__(self, user: User) -> None:
        self.user = user
        self._known: list[tuple[str, str]] | None = None

    def choices(self, held: Any) -> list[tuple[str, str]]:
        if self._known is None:
            self._known = custom_people(self.user)
        if held in EMPTY or any(pk == str(held) for pk, _name in self._known):
            return self._known
        gone = User.objects.filter(pk=held).first() if isinstance(held, int) else None
        return [*self._known, (str(held), gone.name if gone else str(held))]


def _field(word: CustomWord, held: Any, people: _People) -> Any:
    common: dict[str, Any] = {"label": word.label, "required": word.required, "help_text": _help(word)}
    if word.kind == "multi_choice":
        options = _choices(word, held if isinstance(held, list) else [held])
        return _Several(choices=options, widget=forms.CheckboxSelectMultiple, **common)
    options = _options(word, held, people)
    if options is not None:
        return forms.CharField(widget=forms.Select(choices=[("", "—"), *options]), **common)
    return forms.CharField(strip=True, widget=_widget(word, held), **common)


class _Several(forms.MultipleChoiceField):
    """What was ticked; whether it is one of the choices the service says."""

    def valid_value(self, value: str) -> bool:
        return True


def _options(word: CustomWord, held: Any, people: _People) -> list[tuple[str, str]] | None:
    """What is chosen from, with what the record holds; None for what is typed."""
    if word.kind == "boolean":
        truths = [("true", _("Yes")), ("false", _("No"))]
        return truths if held in EMPTY or isinstance(held, bool) else [*truths, (str(held), str(held))]
    if word.kind == "choice":
        return _choices(word, [held])
    return people.choices(held) if word.kind == "user" else None


def _choices(word: CustomWord, held: list[Any]) -> list[tuple[str, str]]:
    """The choices there are, and those that only this record still holds."""
    kept = [str(each) for each in held if each not in EMPTY and each not in word.choices]
    return [(choice, word.choice_said(choice)) for choice in (*word.choices, *kept)]


def _widget(word: CustomWord, held: Any) -> forms.Widget:
    if word.kind == "text" and isinstance(held, str) and ("\n" in held or len(held) > 100):
        return forms.Textarea(attrs={"rows": 3})
    if word.kind == "date" and (held in EMPTY or _is_day(held)):
        return forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    modes = {"number": "decimal", "money": "decimal", "link": "url"}
    attrs = {"autocomplete": "off"}
    if word.kind in modes:
        attrs["inputmode"] = modes[word.kind]
    return forms.TextInput(attrs=attrs)


def _is_day(held: Any) -> bool:
    try:
        return bool(date.fromisoformat(str(held)))
    except ValueError:
        return False


def _help(word: CustomWord) -> str:
    if word.kind == "money" and not word.help:
        return _("As 1200.50 %(currency)s; a bare amount is in %(currency)s.") % {
            "currency": workspace().base_currency
        }
    return escape(word.help)
