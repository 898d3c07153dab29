"""The settings all share: one page, no list."""

from typing import Any

from babel import Locale
from babel.numbers import list_currencies
from django import forms
from django.conf import settings
from django.contrib import admin
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from phonenumbers import SUPPORTED_REGIONS
from unfold.widgets import UnfoldAdminSelect2Widget, UnfoldAdminSelectWidget

from salesflow.lib.admin.forms import ServiceForm
from salesflow.lib.admin.places import PEOPLE, Place
from salesflow.lib.admin.service_pages import ServicePage
from salesflow.lib.web.figures import locale
from salesflow.people.forms import zone_choices
from salesflow.people.models import Workspace
from salesflow.people.services import workspace_change


class WorkspaceForm(ServiceForm):
    """Choices instead of codes typed by heart."""

    time_zone = forms.ChoiceField(label=_("Time zone"), widget=UnfoldAdminSelect2Widget)
    base_currency = forms.ChoiceField(label=_("Base currency"), widget=UnfoldAdminSelect2Widget)
    language = forms.ChoiceField(
        label=_("Language"), choices=settings.LANGUAGES, widget=UnfoldAdminSelectWidget
    )
    phone_region = forms.ChoiceField(label=_("Default phone region"), widget=UnfoldAdminSelect2Widget)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        reader = locale()
        self._choose("time_zone", zone_choices())
        self._choose("base_currency", _named(list_currencies(), dict(reader.currencies)))
        self._choose("phone_region", _named(SUPPORTED_REGIONS, dict(Locale.parse(str(reader)).territories)))

    def _choose(self, name: str, choices: list[tuple[str, str]]) -> None:
        """The choices, and what is set already, known or not."""
        present = self.initial.get(name)
        rest = [] if present is None or present in dict(choices) else [(present, present)]
        self.fields[name].choices = [*rest, *choices]  # type: ignore[attr-defined]


def _named(codes: Any, names: dict[str, str]) -> list[tuple[str, str]]:
    return [(code, f"{code} {names.get(code, '')}".strip()) for code in sorted(codes)]


@admin.register(Workspace)
class WorkspacePage(ServicePage):
    """Name, zone, currency, language, phones, week."""

    place = Place(PEOPLE, "domain", 0)
    form = WorkspaceForm
    fields = (
        "name",
        "time_zone",
        "language",
        "base_currency",
        "phone_region",
        "week_start",
        "placeholder_values",
        "api_requests_per_minute",
        "export_large_rows",
    )

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        return HttpResponseRedirect(reverse("admin:people_workspace_change", args=[1]))

    def record_change(self, record: Workspace, *, by: Any, **values: Any) -> Workspace:
        return workspace_change(by=by, **values)
