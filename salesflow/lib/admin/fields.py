"""Form fields for what the tables keep as lists, JSON and seconds."""

import json
import re
from typing import Any

from django import forms
from django.contrib.admin.widgets import AutocompleteSelect, AutocompleteSelectMultiple
from django.contrib.postgres.forms import SimpleArrayField
from django.core.exceptions import ValidationError
from django.forms.fields import InvalidJSONInput
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.widgets import (
    UnfoldAdminCheckboxSelectMultipleWidget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
)

from salesflow.lib.web.times import spelled


class _ByNumber:
    """Draws what was sent also when it is no number: the admin's own widget would look such a record up."""

    def optgroups(self, name: str, value: Any, attr: Any = None) -> Any:
        numbers = [each for each in value if re.fullmatch(r"[0-9]{1,18}", str(each), re.ASCII)]
        return super().optgroups(name, numbers, attr)  # type: ignore[misc]


class FoundRecord(_ByNumber, AutocompleteSelect):
    """A record to be looked for by typing. `known` names the one there is, so that lines of many ask for none."""

    known: Any = None

    def optgroups(self, name: str, value: Any, attr: Any = None) -> Any:
        if self.known is None or [str(each) for each in value] != [str(self.known.pk)]:
            return super().optgroups(name, value, attr)
        empty = [] if self.is_required else [self.create_option(name, "", "", False, 0)]
        return [
            (None, [*empty, self.create_option(name, self.known.pk, str(self.known), True, len(empty))], 0)
        ]


class FoundRecords(_ByNumber, AutocompleteSelectMultiple):
    """Several of them."""


class LinesField(SimpleArrayField):
    """A list of texts, one in a line."""

    def __init__(self, base_field: forms.Field, **kwargs: Any) -> None:
        kwargs["widget"] = UnfoldAdminTextareaWidget(attrs={"rows": 5})
        kwargs["help_text"] = kwargs.get("help_text") or gettext_lazy("One in a line.")
        kwargs["show_hidden_initial"] = False
        super().__init__(base_field, delimiter="\n", **kwargs)

    def to_python(self, value: Any) -> Any:
        if isinstance(value, str):
            value = [line.strip() for line in value.splitlines() if line.strip()]
        return super().to_python(value)


class NumbersField(SimpleArrayField):
    """A list of whole numbers in one line: 50, 80."""

    def __init__(self, base_field: forms.Field, **kwargs: Any) -> None:
        kwargs["widget"] = UnfoldAdminTextInputWidget()
        super().__init__(base_field, delimiter=", ", **kwargs)

    def to_python(self, value: Any) -> Any:
        if isinstance(value, str):
            value = [part for part in re.split(r"[\s,;，、；%]+", value) if part]
        return super().to_python(value)


class ChecksField(forms.MultipleChoiceField):
    """Some of a few values, as boxes to tick."""

    widget = UnfoldAdminCheckboxSelectMultipleWidget

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{"required": False, **kwargs})


class JSONText(forms.JSONField):
    """JSON as one reads and writes it: indented, no escapes, and nothing that PostgreSQL cannot keep."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs["widget"] = UnfoldAdminTextareaWidget(
            attrs={"rows": kwargs.pop("rows", 8), "class": "font-mono", "spellcheck": "false"}
        )
        kwargs["show_hidden_initial"] = False  # what was changed is told from the record itself
        super().__init__(**kwargs)

    def to_python(self, value: Any) -> Any:
        if not isinstance(value, str) or value in self.empty_values:
            return super().to_python(value)
        try:
            return _loads(value)
        except ValueError as error:
            raise ValidationError(
                _("This is not JSON: %(fault)s"), code="invalid", params={"fault": str(error)[:200]}
            ) from None

    def bound_data(self, data: Any, initial: Any) -> Any:
        try:
            return None if data is None else _loads(data)
        except ValueError:
            return InvalidJSONInput(data)

    def prepare_value(self, value: Any) -> Any:
        if isinstance(value, InvalidJSONInput):
            return value
        return json.dumps(value, ensure_ascii=False, indent=2)


def _loads(text: str) -> Any:
    if "\\u0000" in text:
        raise ValueError("\\u0000")
    try:
        return json.loads(text, parse_constant=_no_constant)
    except RecursionError:
        raise ValueError("…") from None


def _no_constant(name: str) -> None:
    raise ValueError(name)


def in_words(seconds: int | None) -> str:
    """What a number of seconds is, to stand beside it."""
    return f"= {spelled(seconds)}" if seconds else ""
