"""Teams, departments, regions, territories."""

from typing import Any

from django.contrib import admin
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from salesflow.lib.admin.places import PEOPLE, Place
from salesflow.people.admin.config import ConfigPage
from salesflow.people.models import Department, Region, Team, Territory


@admin.register(Team)
class TeamPage(ConfigPage):
    """People under one manager; who belongs to it is said on the person's page."""

    place, rights = Place(PEOPLE, "groups", 30), "teams"
    fields = ("name", "region", "manager")
    autocomplete_fields = ("manager",)
    list_display = ("name", "region", "manager", "people", "in_use")
    list_select_related = ("region", "manager")
    search_fields = ("name",)
    ordering = ("name",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Team]:
        active = Count("members", filter=Q(members__is_active=True))
        return super().get_queryset(request).annotate(people=active)

    @display(description=_("people"), ordering="people")
    def people(self, team: Any) -> int:
        return team.people


@admin.register(Department)
class DepartmentPage(ConfigPage):
    place, rights = Place(PEOPLE, "corporate_fare", 40), "departments"
    fields = ("name",)
    list_display = ("name", "in_use")
    search_fields = ("name",)
    ordering = ("name",)


@admin.register(Region)
class RegionPage(ConfigPage):
    """Sales regions; what a regional director sees follows from them."""

    place, rights = Place(PEOPLE, "public", 50), "teams"
    fields = ("name",)
    list_display = ("name", "in_use")
    search_fields = ("name",)
    ordering = ("name",)


@admin.register(Territory)
class TerritoryPage(ConfigPage):
    """What a team sells to; an empty list of places matches every place."""

    place, rights = Place(PEOPLE, "map", 60), "territories"
    fields = ("name", "team", "countries", "regions", "cities")
    list_display = ("name", "team", "countries_said", "regions_said", "cities_said", "in_use")
    list_select_related = ("team",)
    search_fields = ("name",)
    ordering = ("name",)

    @display(description=_("countries"))
    def countries_said(self, territory: Territory) -> str:
        return _some(territory.countries)

    @display(description=_("provinces or states"))
    def regions_said(self, territory: Territory) -> str:
        return _some(territory.regions)

    @display(description=_("cities"))
    def cities_said(self, territory: Territory) -> str:
        return _some(territory.cities)


def _some(values: list[str], most: int = 4) -> str:
    shown = ", ".join(values[:most]) or "–"
    return f"{shown} +{len(values) - most}" if len(values) > most else shown
