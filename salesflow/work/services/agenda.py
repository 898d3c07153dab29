"""A person's calendar: what he has to do, by day."""

from datetime import date, datetime, time, timedelta, tzinfo

from django.core.exceptions import ValidationError
from django.db.models import Count, F, Window
from django.db.models.functions import RowNumber, TruncDate
from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _

from salesflow.people.models import User
from salesflow.work.agenda import Day, Entry, Planned, kinds

EARLIEST, LATEST = date(1970, 1, 1), date(2199, 12, 31)
#: No calendar is asked for more days at once.
MOST_DAYS = 92


def midnight(day: date, zone: tzinfo) -> datetime:
    return datetime.combine(day, time.min, tzinfo=zone)


def day_of(text: str, field: str = "day") -> date:
    """A day as in 2026-11-30; raises ValidationError for what is none, or lies beyond any plan."""
    try:
        found = parse_date(text)
    except ValueError:
        found = None
    if found is None or not EARLIEST <= found <= LATEST:
        message = _("Give a day as in 2026-11-30.")
        raise ValidationError({field: ValidationError(message, code="invalid")})
    return found


def agenda(*, user: User, first: date, days: int, zone: tzinfo, most: int) -> list[Day]:
    """The days from `first` on as they are in `zone`, each with its first `most` entries and the count of all.

    One statement for each kind of entry, whatever the days hold: no day gives more than `most` rows of a kind.
    """
    if not 0 < days <= MOST_DAYS:
        message = _("Ask for 1 to %(most)s days.") % {"most": MOST_DAYS}
        raise ValidationError({"to": ValidationError(message, code="invalid")})
    found = {first + timedelta(days=ahead): Day(first + timedelta(days=ahead)) for ahead in range(days)}
    for planned in kinds():
        _fill(found, planned, user, zone, most)
    for day in found.values():
        day.entries.sort(key=lambda entry: entry.at)
        del day.entries[most:]
    return list(found.values())


def _fill(found: dict[date, Day], planned: Planned, user: User, zone: tzinfo, most: int) -> None:
    at, days = planned.at, list(found)
    within = {
        f"{at}__gte": midnight(days[0], zone),
        f"{at}__lt": midnight(days[-1] + timedelta(days=1), zone),
    }
    day = TruncDate(at, tzinfo=zone)
    rows = (
        planned.rows(user)
        .filter(**within)
        .annotate(
            of_day=day,
            turn_of_day=Window(RowNumber(), partition_by=[day], order_by=[F(at).asc(), F("pk").asc()]),
            count_of_day=Window(Count("pk"), partition_by=[day]),
        )
        .filter(turn_of_day__lte=most)
    )
    for row in rows:
        of_day = found[row.of_day]
        of_day.entries.append(Entry(planned, row))
        if row.turn_of_day == 1:
            of_day.count += row.count_of_day
