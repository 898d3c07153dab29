"""Calendars are edited here, through the services; clocks are only looked at."""

from typing import Any, ClassVar

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.dates import WEEKDAYS_ABBR
from django.utils.translation import gettext_lazy as _
from unfold.admin import TabularInline
from unfold.decorators import action, display

from salesflow.clocks import registry
from salesflow.clocks.forms import (
    DAY_FIELDS,
    OWN_FIELDS,
    CalendarForm,
    ExceptionForm,
    HolidaysForm,
    OverrideForm,
)
from salesflow.clocks.hours import day_to_text
from salesflow.clocks.models import BusinessCalendar, CalendarException, CalendarVersion, Clock
from salesflow.clocks.services import (
    calendar_archive,
    calendar_change,
    calendar_create,
    calendar_default,
    calendar_override,
    calendar_restore,
    database_now,
    holidays_load,
)
from salesflow.lib.admin import checklist
from salesflow.lib.admin.pages import LookingPage
from salesflow.lib.admin.places import TIME, Place
from salesflow.lib.admin.service_pages import ArchivingPage
from salesflow.lib.subjects import subject_types
from salesflow.people.admin.config import administrator

RULE = ("date", "kind", "ranges", "like_weekday", "name")


class VersionInline(TabularInline):
    """The hours there were and will be; other hours are a new line, never a changed one."""

    model = CalendarVersion
    fields = readonly_fields = ("number", "valid_from", "for_whom", "hours", "created_by", "created_at")
    extra = 0
    can_delete = False
    hide_title = True
    tab = True

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def get_queryset(self, request: HttpRequest) -> QuerySet[CalendarVersion]:
        return super().get_queryset(request).select_related("team", "user", "created_by")

    @display(description=_("for"))
    def for_whom(self, version: CalendarVersion) -> str:
        return str(version.user or version.team or _("everybody"))

    @display(description=_("hours"))
    def hours(self, version: CalendarVersion) -> str:
        if version.week is None:
            return str(_("those of the calendar"))
        days = [
            f"{WEEKDAYS_ABBR[number]} {day_to_text(day)}" for number, day in enumerate(version.week) if day
        ]
        return " · ".join(days)


class ExceptionInline(TabularInline):
    """This year's exceptions and later ones; earlier ones stay as they are."""

    model = CalendarException
    form = ExceptionForm
    fields = ("date", "kind", "hours", "like_weekday", "name")
    extra = 1
    hide_title = True
    tab = True

    def get_queryset(self, request: HttpRequest) -> QuerySet[CalendarException]:
        return shown_exceptions(super().get_queryset(request))


def shown_exceptions(exceptions: QuerySet[CalendarException]) -> QuerySet[CalendarException]:
    """Those of everybody, from this year on: a page's form stays of a size that can be sent."""
    return exceptions.filter(team=None, user=None, date__year__gte=database_now().year)


@admin.register(BusinessCalendar)
class BusinessCalendarAdmin(ArchivingPage):
    """Calendars: hours per weekday as text, exceptions, public holidays, hours of teams and people."""

    place = Place(TIME, "calendar_month", 10)
    form = CalendarForm
    list_display = ("name", "zone", "country", "is_default", "in_use")
    search_fields = ("name",)
    readonly_fields = ("country", "subdivision")
    fieldsets = (
        (None, {"fields": ("name", "zone", "is_default", ("country", "subdivision"))}),
        (_("Hours"), {"fields": (*DAY_FIELDS, "valid_from")}),
    )
    inlines = (ExceptionInline, VersionInline)
    actions_detail = ("load_holidays", "override", "archive", "restore")

    def get_inlines(self, request: HttpRequest, obj: BusinessCalendar | None) -> tuple[Any, ...]:
        return self.inlines if obj else (ExceptionInline,)

    def values(self, form: CalendarForm, formsets: list[Any], change: bool) -> dict[str, Any]:
        own = OWN_FIELDS if not change else set(OWN_FIELDS) & set(form.changed_data)
        found: dict[str, Any] = {name: form.cleaned_data[name] for name in own}
        if not change or form.week_changed():
            found |= {"weekly": form.weekly(), "valid_from": form.cleaned_data["valid_from"]}
        for formset in formsets:
            if formset.model is CalendarException and formset.has_changed():
                found["exceptions"] = [*_earlier(form.instance), *_given(formset)]
        return found

    def record_create(self, *, by: Any, **values: Any) -> BusinessCalendar:
        return calendar_create(by=by, **values)

    def record_change(self, record: BusinessCalendar, *, by: Any, **values: Any) -> BusinessCalendar:
        return calendar_change(calendar=record, by=by, **values)

    def record_archive(self, record: BusinessCalendar, *, by: Any) -> None:
        calendar_archive(calendar=record, by=by)

    def record_restore(self, record: BusinessCalendar, *, by: Any) -> None:
        calendar_restore(calendar=record, by=by)

    @action(
        description=_("Load holidays"),
        url_path="load-holidays",
        dialog={
            "title": _("Load public holidays"),
            "description": _("Replaces what was loaded for that year; dates entered by hand stay."),
            "form_class": HolidaysForm,
            "form_submit_text": _("Load"),
        },
    )
    def load_holidays(self, request: HttpRequest, form: HolidaysForm, object_id: str) -> HttpResponse:
        calendar = self.record(request, object_id)
        values = {name: form.cleaned_data[name] for name in ("country", "subdivision", "year")}
        return self.tried(
            request,
            calendar,
            lambda: holidays_load(calendar=calendar, by=administrator(request), **values),
            done=lambda number: _("Dates loaded: %(number)s.") % {"number": number},
        )

    @action(
        description=_("Hours of a team or person"),
        url_path="override",
        dialog={
            "title": _("Hours of a team or person"),
            "description": _("They hold instead of the calendar's; its holidays hold for all."),
            "form_class": OverrideForm,
            "form_submit_text": _("Save"),
        },
    )
    def override(self, request: HttpRequest, form: OverrideForm, object_id: str) -> HttpResponse:
        calendar = self.record(request, object_id)
        values = form.cleaned_data
        return self.tried(
            request,
            calendar,
            lambda: calendar_override(
                calendar=calendar,
                by=administrator(request),
                team=values["team"],
                user=values["user"],
                weekly=form.weekly(),
                valid_from=values["valid_from"],
                ends=values["ends"],
            ),
            form=form,
            dialog=self.override.dialog,
        )


def _earlier(calendar: BusinessCalendar) -> list[dict[str, Any]]:
    """The exceptions a page does not show, as they are."""
    if calendar.pk is None:
        return []
    shown = shown_exceptions(calendar.calendarexception_set.all())
    hidden = calendar.calendarexception_set.filter(team=None, user=None).exclude(pk__in=shown)
    return list(hidden.values(*RULE))


def _given(formset: Any) -> list[dict[str, Any]]:
    filled = [each for each in formset.forms if each.cleaned_data.get("date")]
    return [each.rule() for each in filled if not each.cleaned_data.get("DELETE")]


class MetricFilter(admin.SimpleListFilter):
    """By the metrics there are, without looking through all clocks for them."""

    title = _("metric")
    parameter_name = "metric"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(name, name) for name in registry.metrics()]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Clock]) -> QuerySet[Clock]:
        return queryset.filter(metric=self.value()) if self.value() else queryset


class StateFilter(admin.SimpleListFilter):
    """The states whose clocks an index finds among those that ended."""

    title = _("state")
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("running", _("Running, the next step first")), ("failed", _("Set aside after a failure"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Clock]) -> QuerySet[Clock]:
        if self.value() == "failed":
            return queryset.filter(state="running", failed_at__isnull=False)
        return queryset.filter(state="running") if self.value() == "running" else queryset


@admin.register(Clock)
class ClockAdmin(LookingPage):
    """Every deadline as it stands; nothing can be changed here."""

    place, has_history = Place(TIME, "timer", 20), False
    list_display = (
        "metric",
        "subject_type",
        "subject_id",
        "state",
        "owner",
        "due_at",
        "next_step_at",
        "attempts",
    )
    list_filter = (StateFilter, MetricFilter)
    number_column = "subject_id"
    search_help_text = _("Number of the record")
    list_select_related: ClassVar = ("owner",)

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        """The index of clocks begins with the kind of record: there are few kinds."""
        found, twice = super().get_search_results(request, queryset, search_term)
        if search_term.strip():
            found = found.filter(subject_type__in=subject_types())
        return found, twice

    def get_ordering(self, request: HttpRequest) -> tuple[str, ...]:
        """As the index of what is filtered by has them."""
        if request.GET.get("state"):
            return ("next_step_at", "-pk")
        return ("-started_at", "-pk") if request.GET.get("metric") else ("-pk",)


def _calendar_stands() -> checklist.Found:
    calendar = calendar_default()
    if calendar is None:
        return checklist.Found("todo", str(_("No calendar is the default.")))
    if not calendar.holidays_known.get(str(database_now().year)):
        return checklist.Found("look", str(_("%(name)s, without this year's holidays")) % {"name": calendar})
    return checklist.Found("done", str(calendar))


checklist.register(
    checklist.Step(
        "calendar",
        _("Business calendar"),
        _("When people work, and the public holidays: deadlines in working hours count by it."),
        20,
        _calendar_stands,
        "admin:clocks_businesscalendar_changelist",
    )
)
