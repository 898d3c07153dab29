"""Fields that are added to a kind of record."""

from typing import Any

from django import forms
from django.apps import apps
from django.contrib import admin
from django.http import HttpRequest
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display
from unfold.widgets import UnfoldAdminSelectWidget

from salesflow.lib.admin.fields import LinesField
from salesflow.lib.admin.forms import ServiceForm
from salesflow.lib.admin.places import RECORDS, Place
from salesflow.people.admin.config import ConfigPage
from salesflow.work.models import CustomField


def _resources() -> list[tuple[str, str]]:
    """The kinds of record that have a place for such values, as REST names them."""
    kept = [
        model for model in apps.get_models() if any(field.name == "custom" for field in model._meta.fields)
    ]
    return [(f"{model._meta.model_name}s", capfirst(str(model._meta.verbose_name_plural))) for model in kept]


class CustomFieldForm(ServiceForm):
    """The record, the key and the words; what may be chosen stands one in a line."""

    resource = forms.ChoiceField(label=_("Kind of record"), widget=UnfoldAdminSelectWidget)
    choices = LinesField(
        forms.CharField(max_length=120),
        label=_("Choices"),
        required=False,
        help_text=_("One in a line, for a field of kind choice."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "resource" in self.fields:
            self.fields["resource"].choices = _resources()  # type: ignore[attr-defined]


@admin.register(CustomField)
class CustomFieldPage(ConfigPage):
    """Values lie under the key: record and key stay what they were."""

    place, rights = Place(RECORDS, "text_fields", 10), "custom_fields"
    form = CustomFieldForm
    fields = ("resource", "key", "label", "kind", "choices", "position")
    list_display = ("label", "resource_said", "key", "kind", "position", "in_use")
    search_fields = ("label", "key")
    ordering = ("resource", "position", "pk")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return ("resource", "key") if obj else ()

    @display(description=_("kind of record"), ordering="resource")
    def resource_said(self, field: CustomField) -> str:
        return dict(_resources()).get(field.resource, field.resource)
