"""Django forms in the house's look: `{{ form }}`, `{{ field.as_field_group }}`, nothing to add per form.

A form may name fields that stand two in a row: `half = ("contact_name", "phone")`.
"""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Model
from django.forms.renderers import TemplatesSetting

MOMENT = "%Y-%m-%dT%H:%M"


class HouseRenderer(TemplatesSetting):
    form_template_name = "components/form.html"
    field_template_name = "components/_field.html"


class MomentInput(forms.DateTimeInput):
    """The browser's own field for a day and a time, in the reader's zone."""

    input_type = "datetime-local"

    def __init__(self) -> None:
        super().__init__(format=MOMENT)


def moment_field(label: Any, *, required: bool = True) -> forms.DateTimeField:
    return forms.DateTimeField(
        label=label, required=required, widget=MomentInput(), input_formats=[MOMENT, "%Y-%m-%dT%H:%M:%S"]
    )


def errors_to(form: forms.BaseForm, error: ValidationError) -> None:
    """Put a service's refusal under the fields it names."""
    if not hasattr(error, "error_dict"):
        form.add_error(None, error)
        return
    for name, errors in error.error_dict.items():
        form.add_error(name if name in form.fields else None, errors)


def chosen_said(field: forms.Field, value: Any) -> Any:
    """A value of a field as its form shows it: a choice by its name, several joined."""
    known = {str(code): said for code, said in getattr(field.widget, "choices", ())}
    values = value if isinstance(value, list) else [value]
    if isinstance(value, Model) or not all(str(each) in known for each in values):
        return ", ".join(map(str, value)) if isinstance(value, list) else value
    return ", ".join(str(known[str(each)]) for each in values)
