"""One deadline of one record: first contact, follow-up, approval, ticket."""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from salesflow.clocks.models.calendar import BusinessCalendar, CalendarVersion
from salesflow.clocks.querysets import ClockQuerySet

#: The step at which a clock is due; smaller percents of the target are warnings.
DUE_PERCENT = 100

_RUNNING, _PAUSED, _MET = Q(state="running"), Q(state="paused"), Q(state="met")
_OPEN = Q(state__in=["running", "paused"])


class Clock(models.Model):
    """Counts towards a target in the hours of a calendar, or in elapsed seconds where it has none.

    While it runs, `due_at` is `running_since` plus what is left of the target, in the calendar as it is now.
    `next_step_at` is the next warning or the end, whichever comes first: the column the sweep looks at. A clock
    that was breached and met afterwards is `met` with both times set; a breach never un-happens.
    """

    class State(models.TextChoices):
        RUNNING = "running", _("Running")
        PAUSED = "paused", _("Paused")
        MET = "met", _("Met")
        BREACHED = "breached", _("Breached")
        CANCELLED = "cancelled", _("Cancelled")

    subject_type = models.CharField(_("record type"), max_length=64)
    subject_id = models.BigIntegerField(_("record"))
    metric = models.CharField(_("metric"), max_length=64)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
        verbose_name=_("answerable"),
    )
    policy_key = models.CharField(_("policy"), max_length=64, blank=True)
    policy_version = models.PositiveIntegerField(_("policy version"), default=0)
    calendar = models.ForeignKey(
        BusinessCalendar,
        null=True,
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
        verbose_name=_("calendar"),
    )
    # the weekly hours in force when the target was set
    calendar_version = models.ForeignKey(
        CalendarVersion,
        null=True,
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
        verbose_name=_("hours"),
    )
    # the calendar's stamp with which the end was reckoned; a clock with an old one is reckoned anew before it ends
    calendar_revision = models.BigIntegerField(null=True, editable=False)
    hours_of_team = models.ForeignKey(
        "people.Team", null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    hours_of_user = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    target_seconds = models.PositiveIntegerField(_("target in seconds"))
    state = models.CharField(_("state"), max_length=9, choices=State, default=State.RUNNING)
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    started_at = models.DateTimeField(_("started"))
    consumed_us = models.BigIntegerField(_("consumed before this run, in microseconds"), default=0)
    running_since = models.DateTimeField(_("running since"), null=True)
    due_at = models.DateTimeField(_("due"), null=True)
    met_at = models.DateTimeField(_("met"), null=True)
    breached_at = models.DateTimeField(_("breached"), null=True)
    cancelled_at = models.DateTimeField(_("cancelled"), null=True)
    processed_at = models.DateTimeField(_("breach processed"), null=True)

    warn_percents = ArrayField(
        models.PositiveSmallIntegerField(), default=list, verbose_name=_("warnings at")
    )
    warned_percent = models.PositiveSmallIntegerField(_("warned at"), default=0)
    next_step = models.PositiveSmallIntegerField(_("next step in percent"), null=True)
    next_step_at = models.DateTimeField(_("next step"), null=True)

    # set aside because its effect failed
    failed_at = models.DateTimeField(_("failed"), null=True)
    retry_at = models.DateTimeField(_("tried again"), null=True)
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    error = models.TextField(_("error"), blank=True)

    objects = ClockQuerySet.as_manager()

    class Meta:
        verbose_name = _("clock")
        verbose_name_plural = _("clocks")
        constraints = [
            models.UniqueConstraint(
                fields=["subject_type", "subject_id", "metric"], condition=_OPEN, name="clock_one_open"
            ),
            models.CheckConstraint(
                condition=Q(state__in=["running", "paused", "met", "breached", "cancelled"]),
                name="clock_state_is_known",
            ),
            models.CheckConstraint(
                condition=(_RUNNING & Q(running_since__isnull=False, due_at__isnull=False))
                | (~_RUNNING & Q(running_since=None)),
                name="clock_running_has_due",
            ),
            models.CheckConstraint(
                condition=(_RUNNING & Q(next_step__isnull=False, next_step_at__isnull=False))
                | (~_RUNNING & Q(next_step=None, next_step_at=None)),
                name="clock_running_is_swept",
            ),
            models.CheckConstraint(condition=~_PAUSED | Q(due_at=None), name="clock_paused_has_no_due"),
            models.CheckConstraint(
                condition=(_MET & Q(met_at__isnull=False)) | (~_MET & Q(met_at=None)),
                name="clock_met_has_its_time",
            ),
            models.CheckConstraint(
                condition=(Q(state="cancelled") & Q(cancelled_at__isnull=False))
                | (~Q(state="cancelled") & Q(cancelled_at=None)),
                name="clock_cancelled_has_its_time",
            ),
            models.CheckConstraint(
                condition=(~Q(state="breached") | Q(breached_at__isnull=False))
                & (Q(state__in=["met", "breached"]) | Q(breached_at=None)),
                name="clock_breached_has_its_time",
            ),
            models.CheckConstraint(
                condition=Q(breached_at=None, processed_at=None)
                | Q(breached_at__isnull=False, breached_at=F("due_at"), processed_at__isnull=False),
                name="clock_breach_is_stamped_with_due",
            ),
            models.CheckConstraint(
                condition=~_MET | Q(due_at=None) | Q(met_at__lt=F("due_at")) | Q(breached_at__isnull=False),
                name="clock_met_after_due_is_breached",
            ),
            models.CheckConstraint(
                condition=Q(target_seconds__gt=0, consumed_us__gte=0), name="clock_counts_upwards"
            ),
            models.CheckConstraint(
                condition=(Q(calendar=None, calendar_version=None, hours_of_team=None, hours_of_user=None))
                | Q(calendar__isnull=False, calendar_version__isnull=False),
                name="clock_hours_are_of_a_calendar",
            ),
            models.CheckConstraint(
                condition=Q(failed_at=None, retry_at=None, attempts=0)
                | (_RUNNING & Q(failed_at__isnull=False, retry_at__isnull=False, attempts__gt=0)),
                name="clock_set_aside_is_retried",
            ),
        ]
        indexes = [
            models.Index(fields=["next_step_at"], condition=_RUNNING, name="clock_next_step"),
            models.Index(fields=["subject_type", "subject_id", "metric", "id"], name="clock_of_subject"),
            models.Index(fields=["metric", "policy_key"], condition=_OPEN, name="clock_open_of_policy"),
            models.Index(
                fields=["calendar", "id"],
                condition=_OPEN & Q(calendar__isnull=False),
                name="clock_open_in_calendar",
            ),
            models.Index(
                fields=["owner", "due_at"],
                condition=_RUNNING & Q(owner__isnull=False),
                name="clock_running_of_owner",
            ),
            # figures over the clocks that started in a period
            models.Index(fields=["metric", "started_at"], name="clock_started"),
        ]

    def __str__(self) -> str:
        return f"{self.metric} {self.subject_type} {self.subject_id}"

    @property
    def is_open(self) -> bool:
        return self.state in (self.State.RUNNING, self.State.PAUSED)

    @property
    def is_in_time(self) -> bool:
        """Met, and before it was due."""
        return self.state == self.State.MET and self.breached_at is None

    @property
    def target_us(self) -> int:
        return self.target_seconds * 1_000_000

    @property
    def consumed_seconds(self) -> float:
        """Seconds counted before the present run; of an ended clock, all that were counted."""
        return self.consumed_us / 1_000_000
