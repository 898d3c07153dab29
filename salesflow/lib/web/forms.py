"""Django forms in the house's look: `{{ form }}`, `{{ field.as_field_group }}`, nothing to add per form.

A form may name fields that stand two in a row: `half = ("contact_name", "phone")`.
"""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
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
