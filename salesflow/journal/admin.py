"""The audit trail to look through, and the history of each record."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.apps import apps
from django.contrib import admin
from django.core.exceptions import FieldDoesNotExist
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.html import format_html, format_html_join
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import AutocompleteSelectFilter, DropdownFilter
from unfold.decorators import display

from salesflow.journal.lists import EventList
from salesflow.journal.models import Event
from salesflow.journal.texts import event_kinds, event_text
from salesflow.lib.admin import history
from salesflow.lib.admin.pages import BIGGEST, LookingPage
from salesflow.lib.admin.places import AUDIT, Place
from salesflow.lib.web.times import exact


def _said(event: Event) -> str:
    return event_text(event.kind, event.data)


def _value(value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(map(str, value)) or "–"
    return "–" if value in (None, "") else str(value)


def _changes(event: Event) -> list[tuple[str, str, str]]:
    """(field in words, old, new); nothing once the values were erased."""
    private = getattr(event, "private", None)
    found: Mapping[str, Sequence[Any]] = (private.data.get("changes") or {}) if private else {}
    return [
        (_field(event.subject_type, name), _value(old), _value(new)) for name, (old, new) in found.items()
    ]


def _field(subject_type: str, name: str) -> str:
    model = _models().get(subject_type)
    try:
        field = model and model._meta.get_field(name)
    except FieldDoesNotExist:
        field = None
    return capfirst(str(getattr(field, "verbose_name", name)))


def _models() -> dict[str, Any]:
    return {model._meta.label_lower: model for model in apps.get_models()}


def events_of(subject_type: str, subject_id: int, most: int) -> list[history.Line]:
    """The latest events of a record, for its page "History"."""
    rows = Event.objects.filter(subject_type=subject_type, subject_id=subject_id).order_by("-id")
    return [
        history.Line(event.at, _said(event), str(event.actor or ""), _changes(event))
        for event in rows.select_related("actor", "private")[:most]
    ]


history.fill(events_of)


class KindFilter(DropdownFilter):
    """By what happened; the kinds that have words, without looking through the events for them."""

    title = _("what happened")
    parameter_name = "kind"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(kind, f"{event_text(kind, {})} ({kind})") for kind in event_kinds()]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Event]) -> QuerySet[Event]:
        return queryset.filter(kind=self.value()) if self.value() else queryset


class TypeFilter(DropdownFilter):
    """By kind of record; narrows a search for a number, which no index finds by itself."""

    title = _("kind of record")
    parameter_name = "type"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        placed = [model for model in admin.site._registry if model is not Event]
        named = [(model._meta.label_lower, capfirst(str(model._meta.verbose_name))) for model in placed]
        return sorted(named, key=lambda pair: pair[1])

    def queryset(self, request: HttpRequest, queryset: QuerySet[Event]) -> QuerySet[Event]:
        return queryset.filter(subject_type=self.value()) if self.value() else queryset


class ActorFilter(AutocompleteSelectFilter):
    """By who did it, looked for by typing."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.title = _("person")


@admin.register(Event)
class EventPage(LookingPage):
    """What happened, by whom, to what; insert-only, as the database holds it."""

    place, has_history = Place(AUDIT, "history", 10), False
    list_display = ("when", "said", "code", "subject", "who")
    list_display_links = ("when", "said")
    list_filter = (KindFilter, TypeFilter, ("actor", ActorFilter))
    list_filter_submit = True
    list_select_related = ("actor",)
    search_fields = ("subject_id",)
    search_help_text = _("Kind of record and its number, such as leads.lead 12")
    fields = ("when", "said", "code", "subject", "who", "changes", "beside", "asked")
    readonly_fields = fields

    def get_queryset(self, request: HttpRequest) -> QuerySet[Event]:
        # the same rows as the audit over REST
        return EventList().visible(request.user)

    def get_ordering(self, request: HttpRequest) -> tuple[str, ...]:
        """As the index of what is filtered by has them."""
        return ("-at", "-id") if request.GET.get("kind") else ("-id",)

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        if not search_term.strip():
            return queryset, False
        name, _space, number = search_term.strip().rpartition(" ")
        if not (number.isascii() and number.isdigit() and int(number[:20]) <= BIGGEST):
            return queryset.none(), False
        types = [name.strip()] if name else sorted(_models())
        return queryset.filter(subject_type__in=types, subject_id=int(number)), False

    @display(description=_("when"))
    def when(self, event: Event) -> str:
        return exact(event.at)

    @display(description=_("kind"))
    def code(self, event: Event) -> str:
        return event.kind

    @display(description=_("by"))
    def who(self, event: Event) -> str:
        return str(event.actor or "–")

    @display(description=_("request"))
    def asked(self, event: Event) -> str:
        return event.request_id or "–"

    @display(description=_("beside it"))
    def beside(self, event: Event) -> str:
        return (
            format_html_join("", "<div><b>{}</b>: {}</div>", ((k, _value(v)) for k, v in event.data.items()))
            or "–"
        )

    @display(description=_("what"))
    def said(self, event: Event) -> str:
        return _said(event)

    @display(description=_("record"))
    def subject(self, event: Event) -> str:
        name = f"{event.subject_type} {event.subject_id}"
        try:
            page = f"admin:{event.subject_type.replace('.', '_')}_change"
            return format_html(
                '<a class="sf-link" href="{}">{}</a>', reverse(page, args=[event.subject_id]), name
            )
        except NoReverseMatch:
            return name

    @display(description=_("changes"))
    def changes(self, event: Event) -> str:
        return format_html_join("", "<div><b>{}</b>: {} → {}</div>", _changes(event)) or "–"
