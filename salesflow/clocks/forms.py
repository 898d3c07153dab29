"""Forms of the admin for calendars: hours as lines of text, holidays by country and year."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext_lazy as _
from unfold.forms import BaseDialogForm
from unfold.widgets import (
    UnfoldAdminIntegerFieldWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminSingleDateWidget,
    UnfoldAdminTextInputWidget,
    UnfoldBooleanWidget,
)

from salesflow.clocks.calendars import zone_parse
from salesflow.clocks.holiday_rules import FIRST_YEAR, LAST_YEAR, country_checked
from salesflow.clocks.hours import Day, Week, day_from_text, day_to_json, day_to_text, week_to_json
from salesflow.clocks.models import BusinessCalendar, CalendarException
from salesflow.clocks.services import database_now
from salesflow.lib.admin.forms import ServiceForm
from salesflow.people.models import Team, User

OWN_FIELDS = ("name", "zone", "is_default")
DAY_FIELDS = tuple(f"day_{weekday}" for weekday in range(7))


class DayField(forms.CharField):
    """One line of hours, `09:00-12:00, 13:30-18:00`; empty is closed. Its value is a `Day`."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("widget", UnfoldAdminTextInputWidget(attrs={"placeholder": "—"}))
        super().__init__(required=False, **kwargs)

    def to_python(self, value: Any) -> Day:  # type: ignore[override]
        return value if isinstance(value, tuple) else day_from_text(super().to_python(value) or "")

    def prepare_value(self, value: Any) -> str:
        return value if isinstance(value, str) else day_to_text(value or ())

    def has_changed(self, initial: Any, data: Any) -> bool:
        try:
            return self.to_python(data) != (initial or ())
        except ValidationError:
            return True


class WeekForm(forms.Form):
    """Seven lines of hours and the date from which they hold."""

    day_0 = DayField(label=WEEKDAYS[0])
    day_1 = DayField(label=WEEKDAYS[1])
    day_2 = DayField(label=WEEKDAYS[2])
    day_3 = DayField(label=WEEKDAYS[3])
    day_4 = DayField(label=WEEKDAYS[4])
    day_5 = DayField(label=WEEKDAYS[5])
    day_6 = DayField(label=WEEKDAYS[6])
    valid_from = forms.DateField(
        label=_("Valid from"),
        required=False,
        widget=UnfoldAdminSingleDateWidget,
        help_text=_(
            "Write hours as 09:00-12:00, 13:30-18:00; an empty day is closed. Hours you change hold from this date on, "
            "empty is today; days before keep theirs."
        ),
    )

    def show_week(self, week: Week | None) -> None:
        """Start from these hours."""
        for name, day in zip(DAY_FIELDS, week or ((),) * 7, strict=True):
            self.initial[name] = day

    def weekly(self) -> dict[str, Any]:
        return week_to_json(tuple(self.cleaned_data[name] for name in DAY_FIELDS))

    def week_changed(self) -> bool:
        return bool(set(DAY_FIELDS) & set(self.changed_data))


class CalendarForm(WeekForm, ServiceForm):
    """A calendar with the weekly hours in force today."""

    class Meta:
        model = BusinessCalendar
        fields = OWN_FIELDS

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            today = database_now().astimezone(zone_parse(self.instance.zone)).date()
            of_all = self.instance.calendarversion_set.filter(team=None, user=None)
            version = of_all.filter(valid_from__lte=today).first() or of_all.last()
            self.show_week(version and version.week)

    def clean_zone(self) -> str:
        zone_parse(self.cleaned_data["zone"])
        return self.cleaned_data["zone"]

    def clean_is_default(self) -> bool:
        if self.initial.get("is_default") and not self.cleaned_data["is_default"]:
            raise ValidationError(_("Make another calendar the default instead."), code="no_default")
        return self.cleaned_data["is_default"]


class ExceptionForm(forms.ModelForm):
    """One date that differs, its hours as a line of text."""

    hours = DayField(label=_("Hours"))
    like_weekday = forms.TypedChoiceField(
        label=_("Works like"),
        required=False,
        coerce=int,
        empty_value=None,
        choices=[("", "—"), *WEEKDAYS.items()],
        widget=UnfoldAdminSelectWidget,
    )

    class Meta:
        model = CalendarException
        fields = ("date", "kind", "hours", "like_weekday", "name")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial["hours"] = self.instance.day

    def clean(self) -> dict[str, Any]:
        values = super().clean() or self.cleaned_data
        is_open = values.get("kind") == CalendarException.Kind.OPEN
        if is_open and "hours" in values and not values["hours"] and values.get("like_weekday") is None:
            self.add_error("hours", _("An open day needs hours, or the weekday it works like."))
        if not is_open and values.get("like_weekday") is not None:
            self.add_error("like_weekday", _("Only an open day works like a weekday."))
        return values

    def rule(self) -> dict[str, Any]:
        """The exception as the service takes it."""
        values = self.cleaned_data
        return {
            "date": values["date"],
            "kind": values["kind"],
            "ranges": day_to_json(values["hours"]),
            "like_weekday": values["like_weekday"],
            "name": values["name"],
        }

    def _post_clean(self) -> None:
        """Nothing is written to the instance: the service makes the rows."""


class HolidaysForm(BaseDialogForm):
    """Which public holidays to load."""

    country = forms.CharField(
        label=_("Country"),
        max_length=2,
        help_text=_("ISO code, such as CN or DE."),
        widget=UnfoldAdminTextInputWidget,
    )
    subdivision = forms.CharField(
        label=_("Province or state"), max_length=10, required=False, widget=UnfoldAdminTextInputWidget
    )
    year = forms.IntegerField(
        label=_("Year"), min_value=FIRST_YEAR, max_value=LAST_YEAR, widget=UnfoldAdminIntegerFieldWidget
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        known = str(self.object_id).isdigit()
        calendar = BusinessCalendar.objects.filter(pk=self.object_id).first() if known else None
        if calendar:
            self.initial |= {"country": calendar.country, "subdivision": calendar.subdivision}
        self.initial["year"] = database_now().year

    def clean_country(self) -> str:
        return self.cleaned_data["country"].upper()

    def clean(self) -> dict[str, Any]:
        values = super().clean() or self.cleaned_data
        if "country" in values:
            country_checked(values["country"], values.get("subdivision", ""))
        return values


class OverrideForm(WeekForm, BaseDialogForm):
    """Hours of a team or a person."""

    team = forms.ModelChoiceField(
        label=_("Team"),
        queryset=Team.objects.filter(archived_at=None).order_by("name"),
        required=False,
        widget=UnfoldAdminSelectWidget,
    )
    user = forms.ModelChoiceField(
        label=_("Person"),
        queryset=User.objects.active().order_by("name"),
        required=False,
        widget=UnfoldAdminSelectWidget,
    )
    ends = forms.BooleanField(
        label=_("Back to the calendar's hours"), required=False, widget=UnfoldBooleanWidget
    )
    field_order = ("team", "user", *DAY_FIELDS, "valid_from", "ends")

    def clean(self) -> dict[str, Any]:
        values = super().clean() or self.cleaned_data
        if bool(values.get("team")) == bool(values.get("user")):
            raise ValidationError(_("Choose a team or a person."), code="required")
        return values
