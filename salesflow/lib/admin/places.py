"""The sidebar: each page names its place, nobody keeps a list of all."""

from dataclasses import dataclass
from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

PEOPLE, LEADS, TIME, RECORDS, OUTGOING, AUDIT = "people", "leads", "time", "records", "outgoing", "audit"
GROUPS: dict[str, str | Promise] = {
    PEOPLE: gettext_lazy("People"),
    LEADS: gettext_lazy("Leads"),
    TIME: gettext_lazy("Time"),
    RECORDS: gettext_lazy("Records"),
    OUTGOING: gettext_lazy("Outgoing messages"),
    AUDIT: gettext_lazy("Audit"),
}


@dataclass(frozen=True)
class Place:
    """Where a page stands: its group, its icon (a name of Material Symbols), its order within the group."""

    group: str
    icon: str
    order: int


def sidebar(request: HttpRequest) -> list[dict[str, Any]]:
    """The groups of the sidebar, as the theme wants them."""
    top = [
        {"title": _("Set-up"), "icon": "checklist", "link": reverse("admin:index")},
        {"title": _("Back to SalesFlow"), "icon": "arrow_back", "link": reverse("home"), "active": _never},
    ]
    return [{"items": top}, *({"title": GROUPS[group], "items": _items(group)} for group in GROUPS)]


def _items(group: str) -> list[dict[str, Any]]:
    pages = admin.site._registry.items()
    found = [(getattr(page, "place", None), model) for model, page in pages]
    placed: list[tuple[Place, Any]] = [(place, model) for place, model in found if place is not None]
    return [
        {
            "title": capfirst(model._meta.verbose_name_plural),
            "icon": place.icon,
            "link": reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist"),
        }
        for place, model in sorted(placed, key=lambda pair: pair[0].order)
        if place.group == group
    ]


def _never(request: HttpRequest) -> bool:
    return False
