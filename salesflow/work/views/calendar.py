"""One's own calendar by day, week or month; the whole state is in the address."""

from datetime import date, timedelta
from typing import Any
from urllib.parse import urlencode

from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import pgettext
from django.views.decorators.http import require_safe

from salesflow.lib.subjects import subject_of, type_of, visible_subjects
from salesflow.lib.web import ports, times
from salesflow.lib.web.toasts import toast
from salesflow.work.agenda import Day
from salesflow.work.services import agenda, day_of

MONTH, WEEK, DAY = "month", "week", "day"
#: Entries a day shows; the page of the day shows the most.
SHOWN = {MONTH: 4, WEEK: 12, DAY: 100}


@login_required
@require_safe
def calendar(request: HttpRequest) -> HttpResponse:
    """What the person has to do around the day `on` (today), as a `view` of a day, a week or a month."""
    shown = CalendarPage(request)
    if shown.problem:
        toast(request, shown.problem, "warning")
    return render(request, "work/calendar.html", {"calendar": shown})


class CalendarPage:
    """What the template draws."""

    def __init__(self, request: HttpRequest) -> None:
        self.user, self.zone = request.user, timezone.get_current_timezone()
        self.today = timezone.localdate()
        self.problem = ""
        self.view = request.GET.get("view", MONTH)
        if self.view not in SHOWN:
            self.view = MONTH
        self.on = self._on(request.GET.get("on", ""))
        self.first, self.length = self._span()
        self.days = agenda(
            user=self.user,  # type: ignore[arg-type]
            first=self.first,
            days=self.length,
            zone=self.zone,
            most=SHOWN[self.view],
        )

    def _on(self, text: str) -> date:
        try:
            return day_of(text) if text else self.today
        except ValidationError as error:
            self.problem = " ".join(error.messages)
            return self.today

    def _span(self) -> tuple[date, int]:
        """The first day and how many: whole weeks, as the workspace begins them."""
        if self.view == DAY:
            return self.on, 1
        start = self.on.replace(day=1) if self.view == MONTH else self.on
        first = start - timedelta(days=(start.weekday() - ports.workspace().week_start) % 7)
        if self.view == WEEK:
            return first, 7
        weeks = -((first - _next_month(start)).days // 7)
        return first, 7 * weeks

    @property
    def is_day(self) -> bool:
        return self.view == DAY

    @property
    def title(self) -> str:
        if self.view == DAY:
            return times.whole_day(self.on)
        if self.view == MONTH:
            return times.month_name(self.on)
        return f"{times.day(self.first)} – {times.day(self.first + timedelta(days=6))}"

    @cached_property
    def weeks(self) -> list[list[Day]]:
        return [self.days[start : start + 7] for start in range(0, len(self.days), 7)]

    @property
    def weekdays(self) -> list[str]:
        return [times.weekday_name(day.day) for day in self.days[:7]]

    @property
    def tabs(self) -> list[dict[str, Any]]:
        words = {
            MONTH: pgettext("span of a calendar", "Month"),
            WEEK: pgettext("span of a calendar", "Week"),
            DAY: pgettext("span of a calendar", "Day"),
        }
        return [
            {"label": label, "url": self._address(view, self.on), "active": view == self.view}
            for view, label in words.items()
        ]

    @property
    def previous_url(self) -> str:
        before = {DAY: self.on - timedelta(days=1), WEEK: self.on - timedelta(days=7)}
        return self._address(self.view, before.get(self.view) or self.on.replace(day=1) - timedelta(days=1))

    @property
    def next_url(self) -> str:
        after = {DAY: self.on + timedelta(days=1), WEEK: self.on + timedelta(days=7)}
        return self._address(self.view, after.get(self.view) or _next_month(self.on))

    @property
    def today_url(self) -> str:
        return self._address(self.view, self.today)

    @staticmethod
    def _address(view: str, on: date) -> str:
        return f"?{urlencode({'view': view, 'on': on})}"

    @cached_property
    def about(self) -> dict[Any, tuple[str, str]]:
        """Name and page of the records that the entries of a day are about, where the person may see them."""
        named = {entry.on for day in self.days for entry in day.entries}
        seen = visible_subjects(self.user, named)
        return {
            key: (subject_of(key[0]).label(record), subject_of(key[0]).url(record.pk))
            for key, record in seen.items()
        }

    @property
    def listed(self) -> list[tuple[Any, tuple[str, str] | None]]:
        """The entries of the one day, each with the record it is about, if that is another than itself."""
        return [
            (entry, self.about.get(entry.on) if entry.on != (type_of(entry.row), entry.row.pk) else None)
            for entry in self.days[0].entries
        ]


def _next_month(day: date) -> date:
    return (day.replace(day=1) + timedelta(days=31)).replace(day=1)
