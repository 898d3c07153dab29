"""Times as people say them: `today`, `last_week`, `next_3_days`; each is a span of days in the workspace's zone.

`last_7_days` ends with today and `next_3_days` begins with it; `last_2_hours` is counted from this moment.
"""

import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from salesflow.lib.lists import ports
from salesflow.lib.lists.filters import start_of_day
from salesflow.lib.web.ports import workspace

_COUNTED = re.compile(r"(last|next)_([1-9][0-9]{0,2})_(hour|day|week|month)s?", re.ASCII)
_NAMED = re.compile(r"(last|this|next)_(week|month|quarter|year)")
#: What a page offers; the numbers are examples of many.
OFFERED = (
    ("today", _("Today")),
    ("yesterday", _("Yesterday")),
    ("tomorrow", _("Tomorrow")),
    ("this_week", _("This week")),
    ("last_week", _("Last week")),
    ("next_week", _("Next week")),
    ("this_month", _("This month")),
    ("last_month", _("Last month")),
    ("next_month", _("Next month")),
    ("this_quarter", _("This quarter")),
    ("last_quarter", _("Last quarter")),
    ("this_year", _("This year")),
    ("last_year", _("Last year")),
    ("last_24_hours", _("Last 24 hours")),
    ("next_24_hours", _("Next 24 hours")),
    ("last_7_days", _("Last 7 days")),
    ("next_3_days", _("Next 3 days")),
    ("next_7_days", _("Next 7 days")),
    ("last_30_days", _("Last 30 days")),
    ("overdue", _("Overdue")),
)


@dataclass(frozen=True)
class Span:
    """From `start` on and before `end`; an end that is None is open. Both are moments, or both are days."""

    start: Any
    end: Any


def span_of(word: str) -> Span | None:
    """The span of moments a word stands for now, or None for no such word."""
    now = timezone.now()
    if word == "now":
        return Span(now, now)
    if word == "overdue":
        return Span(None, now)
    if counted := _COUNTED.fullmatch(word):
        way, number, unit = counted[1], int(counted[2]), counted[3]
        if unit == "hour":
            reach = timedelta(hours=number)
            return Span(now - reach, now) if way == "last" else Span(now, now + reach)
    days = days_of(word, now.astimezone(ports.day_zone()).date())
    return days and Span(start_of_day(days.start), start_of_day(days.end))


def days_of(word: str, today: date | None = None) -> Span | None:
    """The span of calendar days a word stands for, or None for no such word or one of hours."""
    today = today or timezone.now().astimezone(ports.day_zone()).date()
    near = {"yesterday": -1, "today": 0, "tomorrow": 1}.get(word)
    if near is not None:
        return Span(today + timedelta(days=near), today + timedelta(days=near + 1))
    if word == "overdue":
        return Span(None, today)
    if counted := _COUNTED.fullmatch(word):
        return _counted(counted[1], int(counted[2]), counted[3], today)
    if named := _NAMED.fullmatch(word):
        step = {"last": -1, "this": 0, "next": 1}[named[1]]
        return Span(_begun(named[2], today, step), _begun(named[2], today, step + 1))
    return None


def _counted(way: str, number: int, unit: str, today: date) -> Span | None:
    if unit == "hour":
        return None
    if unit == "month":
        far = _months_away(today, number if way == "next" else -number)
    else:
        reach = timedelta(days=number * (7 if unit == "week" else 1))
        far = today + reach if way == "next" else today - reach
    after = timedelta(days=1)
    return Span(today, far) if way == "next" else Span(far + after, today + after)


def _begun(unit: str, today: date, step: int) -> date:
    """The first day of this week, month, quarter or year, or of the one so many steps away."""
    if unit == "week":
        begun = today - timedelta(days=(today.weekday() - workspace().week_start) % 7)
        return begun + timedelta(weeks=step)
    if unit == "year":
        return date(today.year + step, 1, 1)
    months = 3 if unit == "quarter" else 1
    first = today.replace(day=1, month=(today.month - 1) // months * months + 1)
    return _months_away(first, months * step)


def _months_away(day: date, months: int) -> date:
    """The same day so many months away, or the last one of a shorter month."""
    month = day.year * 12 + day.month - 1 + months
    year, month = month // 12, month % 12 + 1
    return date(year, month, min(day.day, monthrange(year, month)[1]))


def moment_span(text: str, moment: datetime) -> Span:
    """The span of what was written: a day is a whole day, a time is itself."""
    return Span(moment, moment + timedelta(days=1)) if len(text) == 10 else Span(moment, moment)
