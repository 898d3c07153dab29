"""Calendars are edited here, through the services; clocks are only looked at."""

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.dates import WEEKDAYS_ABBR
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin, TabularInline
from unfold.decorators import action, display
from unfold.forms import BaseDialogForm

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
    calendar_override,
    calendar_restore,
    database_now,
    holidays_load,
)
from salesflow.lib.errors import Conflict
from salesflow.people.models import User

RULE = ("date", "kind", "ranges", "like_weekday", "name")


def _by(request: HttpRequest) -> User:
    """Who is signed in; the admin lets nobody else come this far."""
    assert isinstance(request.user, User)
    return request.user


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
class BusinessCalendarAdmin(ModelAdmin):
    """Calendars: hours per weekday as text, exceptions, public holidays, hours of teams and people."""

    form = CalendarForm
    list_display = ("name", "zone", "country", "is_default", "is_archived")
    search_fields = ("name",)
    readonly_fields = ("country", "subdivision")
    fieldsets = (
        (None, {"fields": ("name", "zone", "is_default", ("country", "subdivision"))}),
        (_("Hours"), {"fields": (*DAY_FIELDS, "valid_from")}),
    )
    inlines = (ExceptionInline, VersionInline)
    actions_detail = ("load_holidays", "override", "archive", "restore")

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_archive_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        """Which of the two buttons there is; the service holds the right itself."""
        return not self.has_restore_permission(request, object_id)

    def has_restore_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        calendar = self.get_object(request, object_id) if object_id else None
        return calendar is not None and calendar.archived_at is not None

    def get_inlines(self, request: HttpRequest, obj: BusinessCalendar | None) -> tuple[Any, ...]:
        return self.inlines if obj else (ExceptionInline,)

    def changeform_view(self, request: HttpRequest, object_id: Any = None, *args: Any, **kwargs: Any) -> Any:
        """What the services refuse is said on the page; nothing of it was written."""
        try:
            return super().changeform_view(request, object_id, *args, **kwargs)
        except ValidationError as error:
            messages.error(request, " ".join(error.messages))
            return HttpResponseRedirect(request.get_full_path())

    def save_model(
        self, request: HttpRequest, obj: BusinessCalendar, form: CalendarForm, change: bool
    ) -> None:
        own = {name: form.cleaned_data[name] for name in OWN_FIELDS if name in form.changed_data}
        if not change:
            own = {"name": obj.name, "zone": obj.zone, **own}
            made = calendar_create(
                by=_by(request), weekly=form.weekly(), valid_from=form.cleaned_data["valid_from"], **own
            )
            obj.pk, obj.revision = made.pk, made.revision
        elif own or form.week_changed():
            calendar_change(
                calendar=obj,
                by=_by(request),
                weekly=form.weekly() if form.week_changed() else None,
                valid_from=form.cleaned_data["valid_from"],
                **own,
            )

    def save_related(self, request: HttpRequest, form: Any, formsets: list[Any], change: bool) -> None:
        for formset in formsets:
            # what the admin's own log of the page reads; the journal has the change itself
            formset.new_objects, formset.changed_objects, formset.deleted_objects = [], [], []
            if formset.model is CalendarException and formset.has_changed():
                earlier = form.instance.calendarexception_set.filter(team=None, user=None).exclude(
                    pk__in=shown_exceptions(form.instance.calendarexception_set.all())
                )
                given = [
                    each.rule()
                    for each in formset.forms
                    if each.cleaned_data.get("date") and not each.cleaned_data.get("DELETE")
                ]
                calendar_change(
                    calendar=form.instance, by=_by(request), exceptions=[*earlier.values(*RULE), *given]
                )

    @display(description=_("archived"), boolean=True)
    def is_archived(self, calendar: BusinessCalendar) -> bool:
        return calendar.archived_at is not None

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
        calendar = self._calendar(request, object_id)
        values = {name: form.cleaned_data[name] for name in ("country", "subdivision", "year")}
        number = holidays_load(calendar=calendar, by=_by(request), **values)
        return self._back(request, calendar, _("Dates loaded: %(number)s.") % {"number": number})

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
        calendar = self._calendar(request, object_id)
        values = form.cleaned_data
        return self._try(
            request,
            calendar,
            lambda: calendar_override(
                calendar=calendar,
                by=_by(request),
                team=values["team"],
                user=values["user"],
                weekly=form.weekly(),
                valid_from=values["valid_from"],
                ends=values["ends"],
            ),
        )

    @action(
        description=_("Archive"),
        permissions=["archive"],
        url_path="archive",
        dialog={
            "title": _("Archive this calendar?"),
            "description": _("No new policy can use it; clocks that count in it go on."),
            "form_class": None,
            "form_submit_text": _("Archive"),
        },
    )
    def archive(self, request: HttpRequest, form: BaseDialogForm, object_id: str) -> HttpResponse:
        calendar = self._calendar(request, object_id)
        return self._try(request, calendar, lambda: calendar_archive(calendar=calendar, by=_by(request)))

    @action(
        description=_("Restore"),
        permissions=["restore"],
        url_path="restore",
        dialog={
            "title": _("Put this calendar back into use?"),
            "description": "",
            "form_class": None,
            "form_submit_text": _("Restore"),
        },
    )
    def restore(self, request: HttpRequest, form: BaseDialogForm, object_id: str) -> HttpResponse:
        calendar = self._calendar(request, object_id)
        return self._try(request, calendar, lambda: calendar_restore(calendar=calendar, by=_by(request)))

    def _calendar(self, request: HttpRequest, object_id: str) -> BusinessCalendar:
        calendar = self.get_object(request, object_id)
        if calendar is None:
            raise Http404
        return calendar

    def _try(self, request: HttpRequest, calendar: BusinessCalendar, deed: Any) -> HttpResponse:
        try:
            deed()
        except (ValidationError, Conflict) as error:
            told = error.messages if isinstance(error, ValidationError) else [str(error.message)]
            return self._back(request, calendar, " ".join(told), messages.ERROR)
        return self._back(request, calendar, _("Done."))

    def _back(
        self, request: HttpRequest, calendar: BusinessCalendar, message: Any, level: int = messages.SUCCESS
    ) -> HttpResponse:
        """To the calendar's page, also out of a dialog, which htmx sent."""
        self.message_user(request, message, level)
        page = reverse("admin:clocks_businesscalendar_change", args=[calendar.pk])
        if request.headers.get("HX-Request"):
            return HttpResponse(headers={"HX-Redirect": page})
        return HttpResponseRedirect(page)


class MetricFilter(admin.SimpleListFilter):
    """By the metrics there are, without looking through all clocks for them."""

    title = _("metric")
    parameter_name = "metric"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(name, name) for name in registry.metrics()]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Clock]) -> QuerySet[Clock]:
        return queryset.filter(metric=self.value()) if self.value() else queryset


@admin.register(Clock)
class ClockAdmin(ModelAdmin):
    """Every deadline as it stands; nothing can be changed here."""

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
    list_filter = ("state", MetricFilter)
    search_fields = ("=subject_id",)
    search_help_text = _("Number of the record")
    list_select_related = ("owner",)
    ordering = ("-pk",)
    show_full_result_count = False

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
