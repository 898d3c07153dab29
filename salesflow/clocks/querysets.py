"""Words that chain, about calendars and clocks."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Self

from django.db.models import QuerySet
from django.db.models.functions import Now

if TYPE_CHECKING:
    from salesflow.clocks.models import BusinessCalendar, Clock  # noqa: F401, named in the base classes
    from salesflow.people.models import User


class BusinessCalendarQuerySet(QuerySet["BusinessCalendar"]):
    def active(self) -> Self:
        return self.filter(archived_at=None)

    def visible_to(self, user: "User") -> Self:
        """Calendars are known to everybody who may sign in."""
        return self if user.may("calendars.view") else self.none()


class ClockQuerySet(QuerySet["Clock"]):
    def of(self, subject_type: str, subject_ids: Iterable[int], metric: str | None = None) -> Self:
        """The clocks of these records, of one metric or of all."""
        found = self.filter(subject_type=subject_type, subject_id__in=list(subject_ids))
        return found.filter(metric=metric) if metric else found

    def running(self) -> Self:
        return self.filter(state="running")

    def paused(self) -> Self:
        return self.filter(state="paused")

    def open(self) -> Self:
        """Running or paused."""
        return self.filter(state__in=["running", "paused"])

    def overdue(self) -> Self:
        """Running past their end: the next sweep breaches them."""
        return self.running().filter(due_at__lte=Now())

    def in_time(self) -> Self:
        return self.filter(state="met", breached_at=None)

    def ended_or_past_due(self) -> Self:
        """The base of an in-time rate: met, breached, or overdue and not yet swept; cancelled ones do not count."""
        return self.filter(state__in=["met", "breached"]) | self.overdue()

    def set_aside(self) -> Self:
        """Running clocks whose effect failed and is tried again."""
        return self.running().filter(failed_at__isnull=False)
