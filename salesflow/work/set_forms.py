"""The form that asks which field of many records is set, and to what."""

from copy import deepcopy
from typing import Any, ClassVar

from django import forms
from django.core.exceptions import ValidationError
from django.urls import reverse_lazy
from django.utils.translation import gettext_lazy as _

from salesflow.people.models import User
from salesflow.work.bulk_set import CUSTOM, Settable
from salesflow.work.custom_forms import CustomForm

#: Another field asks for another value: the form is fetched anew, with the button that sends it.
_ANEW = {
    "hx-post": reverse_lazy("bulk-set"), "hx-trigger": "change", "hx-target": "#page-form", "hx-select": "#page-form",
    "hx-select-oob": "#set-go", "hx-swap": "outerHTML",
}  # fmt: skip


class SetForm(CustomForm):
    """The choice of a field, and once it is made (`shown`) the widget of the record's own form."""

    half: ClassVar[Any] = ()
    field = forms.ChoiceField(label=_("Field"), required=False, widget=forms.Select(attrs=_ANEW))

    def __init__(self, settable: Settable, user: User, data: Any = None, *, shown: str = "") -> None:
        super().__init__(data, initial={"field": shown})
        known = settable.choosable(user)
        self.fields["field"].choices = [("", _("Choose…")), *known]  # type: ignore[attr-defined]
        self.shown = shown if shown in dict(known) else ""
        if self.shown:
            asked = self._value_field(settable, user)
            asked.widget.attrs["autofocus"] = "autofocus"
            asked.heading = ""
            self.fields = {"field": self.fields["field"], self.shown: asked}

    def _value_field(self, settable: Settable, user: User) -> Any:
        if not self.shown.startswith(CUSTOM):
            return deepcopy(settable.form.base_fields[self.shown])
        self.resource = settable.resource
        self.add_custom(user, {})
        self.half = ()
        return self.fields[self.shown]

    def params(self) -> dict[str, Any]:
        """What was typed, as the deed takes it."""
        value = self.cleaned_data[self.shown]
        return {"field": self.shown, "value": value.isoformat() if hasattr(value, "isoformat") else value}

    def refuse(self, error: ValidationError) -> None:
        """Put what the deed says of its value under the field that asks for it."""
        errors = error.error_dict if hasattr(error, "error_dict") else {"": [error]}
        for name, faults in errors.items():
            self.add_error(self.shown if name == "value" else None, faults)
