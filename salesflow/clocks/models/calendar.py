"""Business calendars: which hours count, in which zone, from which date on, and for whom."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from salesflow.clocks.hours import Day, Week, day_parse, week_parse
from salesflow.clocks.querysets import BusinessCalendarQuerySet
from salesflow.lib.records import Record


class BusinessCalendar(Record):
    """A named calendar in one IANA zone; its hours are versions, its holidays and swapped days exceptions."""

    name = models.CharField(_("name"), max_length=80, unique=True)
    zone = models.CharField(_("time zone"), max_length=64)
    country = models.CharField(
        _("country"), max_length=2, blank=True, help_text=_("ISO code; whose public holidays are loaded.")
    )
    subdivision = models.CharField(
        _("province or state"), max_length=10, blank=True, help_text=_("Code within the country, such as BE.")
    )
    # by year: a digest of the holidays as they were when last loaded
    holidays_known = models.JSONField(default=dict, blank=True, editable=False)
    is_default = models.BooleanField(_("default"), default=False)
    # a stamp that is never given twice; what processes keep in memory is valid for one revision
    revision = models.BigIntegerField(default=0, editable=False)

    objects = BusinessCalendarQuerySet.as_manager()

    class Meta:
        verbose_name = _("business calendar")
        verbose_name_plural = _("business calendars")
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(
                fields=["is_default"], condition=Q(is_default=True), name="business_calendar_one_default"
            ),
            models.CheckConstraint(
                condition=Q(is_default=False) | Q(archived_at=None),
                name="business_calendar_default_is_not_archived",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Scoped(models.Model):
    """Part of a calendar that holds for everybody, or for one team or one person only."""

    calendar = models.ForeignKey(BusinessCalendar, on_delete=models.CASCADE, verbose_name=_("calendar"))
    team = models.ForeignKey(
        "people.Team",
        null=True,
        blank=True,
        on_delete=models.CASCADE,
        related_name="+",
        db_index=False,
        verbose_name=_("only for the team"),
    )
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.CASCADE,
        related_name="+",
        db_index=False,
        verbose_name=_("only for the person"),
    )

    class Meta:
        abstract = True


class CalendarVersion(Scoped):
    """Weekly hours from a date on. Never changed (a trigger holds it): other hours are a new version.

    Of several versions for the same date the one with the higher number holds. For a team or a person, no hours
    (null) means those of the calendar again.
    """

    number = models.PositiveIntegerField(_("number"))
    valid_from = models.DateField(_("valid from"))
    weekly = models.JSONField(_("hours"), null=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
        verbose_name=_("created by"),
    )
    created_at = models.DateTimeField(_("created"), db_default=Now(), editable=False)

    class Meta:
        verbose_name = _("hours")
        verbose_name_plural = _("hours")
        ordering = ["-valid_from", "-number"]
        constraints = [
            models.UniqueConstraint(fields=["calendar", "number"], name="calendar_version_number_is_unique"),
            models.CheckConstraint(
                condition=Q(team=None) | Q(user=None), name="calendar_version_is_of_team_or_person"
            ),
            models.CheckConstraint(
                condition=Q(weekly__isnull=False) | Q(team__isnull=False) | Q(user__isnull=False),
                name="calendar_version_of_all_has_hours",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.valid_from:%Y-%m-%d}"

    @property
    def week(self) -> Week | None:
        return None if self.weekly is None else week_parse(self.weekly)


class CalendarException(Scoped):
    """One date that differs from its weekday.

    closed: the whole day, or only the ranges given. open: exactly the ranges given, or the hours of another weekday
    (a swapped working day, 调休).
    """

    class Kind(models.TextChoices):
        CLOSED = "closed", _("Closed")
        OPEN = "open", _("Open")

    date = models.DateField(_("date"))
    kind = models.CharField(_("kind"), max_length=6, choices=Kind, default=Kind.CLOSED)
    ranges = models.JSONField(_("hours"), default=list, blank=True)
    like_weekday = models.PositiveSmallIntegerField(_("works like weekday"), null=True, blank=True)
    name = models.CharField(_("name"), max_length=80, blank=True)
    # loaded from the public holidays of a country; loading again replaces these and leaves what people entered
    loaded = models.BooleanField(_("public holiday"), default=False, editable=False)

    class Meta:
        verbose_name = _("exception")
        verbose_name_plural = _("exceptions")
        ordering = ["date"]
        constraints = [
            models.UniqueConstraint(
                fields=["calendar", "date", "team", "user"],
                nulls_distinct=False,
                name="calendar_exception_once_a_day",
            ),
            models.CheckConstraint(
                condition=Q(team=None) | Q(user=None), name="calendar_exception_is_of_team_or_person"
            ),
            models.CheckConstraint(
                condition=Q(kind="closed", like_weekday=None)
                | (Q(kind="open") & (~Q(ranges=[]) | Q(like_weekday__range=(0, 6)))),
                name="calendar_exception_open_has_hours",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.date:%Y-%m-%d} {self.name}".strip()

    @property
    def day(self) -> Day:
        return day_parse(self.ranges)
