"""What the page of figures is narrowed by; the address holds it all."""

from collections.abc import Callable
from datetime import date, timedelta

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from performance.services import Period, days_back, period_of
from performance.services.period import midnight, month_before, today, workspace_zone
from performance.services.sources import SPLITS
from salesflow.people.models import Team, User
from salesflow.people.services import workspace

OWN_DATES = "dates"
PERIODS = [
    ("7", _("Last 7 days")),
    ("30", _("Last 30 days")),
    ("90", _("Last 90 days")),
    ("week", _("This week")),
    ("month", _("This month")),
    ("last-month", _("Last month")),
    ("year", _("This year")),
    (OWN_DATES, _("Own dates")),
]
_SPANS: dict[str, Callable[[date], tuple[date, date]]] = {
    "week": lambda day: (week_of(day), day + timedelta(days=1)),
    "month": lambda day: (day.replace(day=1), day + timedelta(days=1)),
    "last-month": lambda day: (month_before(day), day.replace(day=1)),
    "year": lambda day: (day.replace(month=1, day=1), day + timedelta(days=1)),
}


def week_of(day: date) -> date:
    """The first day of the week a day lies in, as the workspace counts weeks."""
    return day - timedelta(days=(day.weekday() - workspace().week_start) % 7)


def teams_of(user: User) -> list[tuple[int, str]]:
    """Teams with people whose figures the user may see; none for who sees only his own."""
    people = user.people_in_scope[user.scope("kpis.view")]
    if people == [user.pk]:
        return []
    teams = Team.objects.filter(archived_at=None).order_by("name")
    if people is not None:
        teams = teams.filter(pk__in=User.objects.filter(pk__in=people).values("team_id"))
    return list(teams.values_list("pk", "name"))


class FiguresForm(forms.Form):
    """Period and team; `from` and `to` (the last day, included) only with own dates."""

    period = forms.ChoiceField(label=_("Period"), choices=PERIODS, required=False)
    team = forms.TypedChoiceField(label=_("Team"), coerce=int, empty_value=None, required=False)
    since = forms.DateField(
        label=_("From"), required=False, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    until = forms.DateField(
        label=_("Up to"), required=False, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )

    def __init__(self, *args: object, user: User, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        self.teams = teams_of(user)
        self.fields["team"].choices = [("", _("All teams")), *self.teams]  # type: ignore[attr-defined]

    def clean(self) -> dict[str, object]:
        values = super().clean() or {}
        if not self.errors:
            values["span"] = self._span(values)
        return values

    def _span(self, values: dict[str, object]) -> Period:
        chosen = str(values.get("period") or "30")
        if chosen.isdigit():
            return days_back(int(chosen))
        if chosen in _SPANS:
            zone = workspace_zone()
            first, after = _SPANS[chosen](today(zone))
            return Period(midnight(first, zone), midnight(after, zone))
        since, until = values.get("since"), values.get("until")
        after_last = until + timedelta(days=1) if isinstance(until, date) and until < date.max else until
        try:
            return period_of(str(since) if since else None, str(after_last) if after_last else None)
        except ValidationError as error:
            raise ValidationError(error.messages) from None


class SourcesForm(FiguresForm):
    """As the page of figures, and what leads are told apart by."""

    by = forms.ChoiceField(
        label=_("Compared by"),
        choices=[(name, split.label) for name, split in SPLITS.items()],
        required=False,
    )
