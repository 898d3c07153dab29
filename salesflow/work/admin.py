"""Fields that are added to a kind of record."""

from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display
from unfold.widgets import (
    UnfoldAdminSelectWidget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
)

from salesflow.lib.admin.fields import LinesField
from salesflow.lib.admin.forms import ServiceForm
from salesflow.lib.admin.places import RECORDS, Place
from salesflow.lib.lists.ports import CustomWord
from salesflow.people.admin.config import ConfigPage
from salesflow.work.custom_models import extensible
from salesflow.work.custom_reading import text_of
from salesflow.work.models import CustomField
from salesflow.work.services import custom_field_change, custom_field_create


def _resources() -> list[tuple[str, str]]:
    """The kinds of record that have a place for such values, as REST names them."""
    return [(name, capfirst(str(model._meta.verbose_name_plural))) for name, model in extensible().items()]


class NamesField(forms.CharField):
    """What choices are called now, one in a line: `first name = present name`."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(required=False, widget=UnfoldAdminTextareaWidget(attrs={"rows": 4}), **kwargs)

    def prepare_value(self, value: Any) -> Any:
        return (
            "\n".join(f"{first} = {now}" for first, now in value.items())
            if isinstance(value, dict)
            else value
        )

    def clean(self, value: Any) -> dict[str, str]:
        lines = [line for line in str(super().clean(value)).splitlines() if line.strip()]
        if not all("=" in line for line in lines):
            raise ValidationError(_("Write each line as: first name = present name."), code="invalid")
        pairs = (line.split("=", 1) for line in lines)
        return {first.strip(): now.strip() for first, now in pairs}

    def has_changed(self, initial: Any, data: Any) -> bool:
        try:
            return (initial or {}) != self.clean(data)
        except ValidationError:
            return True


class DefaultField(forms.CharField):
    """The default as one would type it into the form of a record."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(required=False, widget=UnfoldAdminTextInputWidget(), **kwargs)

    def prepare_value(self, value: Any) -> Any:
        return text_of(CustomWord("", "", "money" if isinstance(value, dict) else "text"), value)

    def has_changed(self, initial: Any, data: Any) -> bool:
        return str(self.prepare_value(initial)) != str(data or "").strip()


class CustomFieldForm(ServiceForm):
    """The record, the key and the words; what may be chosen stands one in a line."""

    resource = forms.ChoiceField(label=_("Kind of record"), widget=UnfoldAdminSelectWidget)
    choices = LinesField(
        forms.CharField(max_length=120),
        label=_("Choices"),
        required=False,
        help_text=_("One in a line, for kinds with choices. Records keep one that is taken away."),
    )
    choice_names = NamesField(
        label=_("Renamed choices"),
        help_text=_(
            "One in a line, as: first name = present name. The first name stays in REST and in filters."
        ),
    )
    choice_names_zh = NamesField(
        label=_("Choices in Chinese"),
        help_text=_(
            "One in a line, as: first name = Chinese name. Shown to who reads Chinese; files may have either."
        ),
    )
    default = DefaultField(
        label=_("Default"), help_text=_("As one would type it; several choices with commas between them.")
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
    fields = (
        "resource", "key", "label", "label_zh", "kind", "choices", "choice_names", "choice_names_zh",
        "retired_said", "required", "default", "help_text", "group", "position", "indexed", "index_said",
    )  # fmt: skip
    list_display = (
        "label",
        "resource_said",
        "key",
        "kind",
        "required",
        "group",
        "position",
        "index_said",
        "in_use",
    )
    search_fields = ("label", "key")
    ordering = ("resource", "position", "pk")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return ("resource", "key", "retired_said", "index_said") if obj else ("retired_said", "index_said")

    def record_create(self, *, by: Any, **values: Any) -> Any:
        return custom_field_create(by=by, **values)

    def record_change(self, record: Any, *, by: Any, **values: Any) -> Any:
        return custom_field_change(field=record, by=by, **values)

    @display(description=_("kind of record"), ordering="resource")
    def resource_said(self, field: CustomField) -> str:
        return dict(_resources()).get(field.resource, field.resource)

    @display(description=_("index"))
    def index_said(self, field: CustomField) -> str:
        return (
            f"{field.get_index_state_display()}: {field.index_error}"
            if field.index_error
            else (str(field.get_index_state_display()) if field.index_state else "–")
        )

    @display(description=_("retired choices"))
    def retired_said(self, field: CustomField) -> str:
        return ", ".join(field.retired) or "–"
