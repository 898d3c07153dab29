"""Times in words: what is left of a limit, how long ago, the exact moment.

The browser counts on by the same patterns.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache

from babel import Locale
from babel.dates import format_date, format_skeleton, format_time, format_timedelta
from django.utils import timezone
from django.utils.translation import get_language, gettext, ngettext, pgettext

from salesflow.lib.web.figures import DASH, locale

MINUTE, HOUR, DAY = 60, 3600, 86_400
#: From here on days are told instead of hours.
LONG = 48 * HOUR


def patterns() -> dict[str, str]:
    """How spans are written in the active language; the scripts use the same ones."""
    return _patterns(get_language())


@lru_cache(maxsize=16)
def _patterns(language: str | None) -> dict[str, str]:
    return {
        "days": pgettext("time left: days and hours", "{d}d {h}h"),
        "hours": pgettext("time left: hours and minutes, the minutes in two figures", "{h}h {m}m"),
        "minutes": pgettext("time left: minutes", "{m}m"),
        "seconds": pgettext("time left: seconds", "{s}s"),
        "late": pgettext("countdown after the limit", "{time} late"),
    }


def span(seconds: float, words: dict[str, str] | None = None) -> str:
    """A length of time in its two largest units: 2d 4h, 7h 05m, 37m, 45s."""
    words = words or patterns()
    whole = int(abs(seconds))
    if whole >= LONG:
        return words["days"].format(d=whole // DAY, h=whole % DAY // HOUR)
    if whole >= HOUR:
        return words["hours"].format(h=whole // HOUR, m=f"{whole % HOUR // MINUTE:02d}")
    if whole >= MINUTE:
        return words["minutes"].format(m=whole // MINUTE)
    return words["seconds"].format(s=whole)


def spelled(seconds: int) -> str:
    """A length of time in full words, no unit left out: 1 day 12 hours, 1 minute 30 seconds."""
    days, rest = divmod(seconds, DAY)
    hours, rest = divmod(rest, HOUR)
    minutes, rest = divmod(rest, MINUTE)
    parts = [
        (days, ngettext("%(n)s day", "%(n)s days", days)),
        (hours, ngettext("%(n)s hour", "%(n)s hours", hours)),
        (minutes, ngettext("%(n)s minute", "%(n)s minutes", minutes)),
        (rest, ngettext("%(n)s second", "%(n)s seconds", rest)),
    ]
    return " ".join(words % {"n": n} for n, words in parts if n) or parts[-1][1] % {"n": 0}


@dataclass(frozen=True)
class Countdown:
    """What a limit looks like now: words, the share used in percent, and how urgent that is."""

    text: str
    used: int
    kind: str


def countdown(
    due: datetime, start: datetime | None = None, limit: float | None = None, now: datetime | None = None
) -> Countdown:
    """Words and urgency of a limit: neutral to half of it, then blue, amber from 80 %, red when late.

    The whole is `start` to `due`, else `limit` seconds before `due`, else a day.
    """
    now = now or timezone.now()
    whole = (due - start).total_seconds() if start else float(limit or DAY)
    left = (due - now).total_seconds()
    words = patterns()
    if left <= 0:
        return Countdown(words["late"].format(time=span(left, words)), 100, "bad")
    used = min(99, max(0, int(100 * (1 - left / whole)))) if whole > 0 else 99
    kind = "neutral" if used < 50 else "info" if used < 80 else "warn"
    return Countdown(span(left, words), used, kind)


def ago(moment: datetime | None, now: datetime | None = None) -> str:
    """How far from now, in one unit: 2h ago, in 3h; 2小时前."""
    if moment is None:
        return DASH
    delta = moment - (now or timezone.now())
    if abs(delta) < timedelta(seconds=45):
        return pgettext("a moment ago", "just now")
    return format_timedelta(delta, add_direction=True, format="narrow", threshold=1.2, locale=locale())


def exact(moment: datetime | date | None) -> str:
    """The moment in the reader's zone and language, to the minute."""
    if moment is None:
        return DASH
    if not isinstance(moment, datetime):
        return day(moment)
    local = timezone.localtime(moment) if timezone.is_aware(moment) else moment
    return _exact(local.replace(second=0, microsecond=0, tzinfo=None), locale())


@lru_cache(maxsize=4096)
def _exact(local: datetime, reader: Locale) -> str:
    joint = " " if reader.language == "zh" else ", "
    return f"{format_date(local, 'medium', locale=reader)}{joint}{format_time(local, 'short', locale=reader)}"


def day(moment: datetime | date | None) -> str:
    if moment is None:
        return DASH
    if isinstance(moment, datetime) and timezone.is_aware(moment):
        moment = timezone.localtime(moment)
    return format_date(moment, "medium", locale=locale())


def day_of_year(moment: date) -> str:
    """A day without its year, for the axes of charts: Sep 10, 9月10日."""
    return format_skeleton("MMMd", moment, locale=locale())


def day_name(moment: date | datetime, today: date | None = None) -> str:
    """Today, yesterday, or the day with its weekday."""
    if isinstance(moment, datetime):
        moment = timezone.localtime(moment).date()
    gone = ((today or timezone.localdate()) - moment).days
    if gone == 0:
        return gettext("Today")
    if gone == 1:
        return gettext("Yesterday")
    return format_date(moment, "full" if gone < 7 else "medium", locale=locale())


def month_name(moment: date) -> str:
    """A month with its year: November 2026, 2026年11月."""
    return format_skeleton("yMMMM", moment, locale=locale())


def weekday_name(moment: date) -> str:
    """The short name of a day of the week: Mon, 周一."""
    return format_date(moment, "EEE", locale=locale())


def whole_day(moment: date) -> str:
    """A day with its weekday: Thursday, November 26, 2026."""
    return format_date(moment, "full", locale=locale())


def hour(moment: datetime) -> str:
    """The time of day where the reader is: 3:05 PM, 15:05."""
    return format_time(timezone.localtime(moment).replace(tzinfo=None), "short", locale=locale())
