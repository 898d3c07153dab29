"""Public pools, who may hold how much, and who held what when."""

from typing import ClassVar

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from leads.querysets import PoolQuerySet
from salesflow.lib.records import Record

#: Ten years: longer than any deadline is a mistake in typing.
LONGEST_SECONDS = 10 * 366 * 86_400


def default_reminders() -> list[int]:
    return [50, 80]


class Pool(Record):
    """Leads without an owner that its members may claim and its managers assign. Null switches a limit off."""

    class Rehand(models.TextChoices):
        CLAIMS = "claims", _("Wait for claims")
        RULES = "rules", _("Hand out by the assignment rules")

    name = models.CharField(_("name"), max_length=120, unique=True)
    is_default = models.BooleanField(_("default"), default=False)
    members = models.ManyToManyField(
        settings.AUTH_USER_MODEL, related_name="pools", blank=True, verbose_name=_("members")
    )
    managers = models.ManyToManyField(
        settings.AUTH_USER_MODEL, related_name="managed_pools", blank=True, verbose_name=_("managers")
    )
    max_held = models.PositiveIntegerField(_("holding limit"), null=True, blank=True)
    max_claims_per_day = models.PositiveIntegerField(_("daily claim limit"), null=True, blank=True)
    cooldown_seconds = models.PositiveIntegerField(_("cool-down (seconds)"), null=True, blank=True)
    protection_seconds = models.PositiveIntegerField(_("protection (seconds)"), null=True, blank=True)
    return_after_idle_seconds = models.PositiveIntegerField(
        _("return after idle (seconds)"), null=True, blank=True, validators=[MinValueValidator(1)]
    )
    review_after_returns = models.PositiveIntegerField(
        _("review after returns"), null=True, blank=True, validators=[MinValueValidator(1)]
    )
    rehand = models.CharField(_("returned leads"), max_length=10, choices=Rehand, default=Rehand.CLAIMS)
    # grades that do not count towards the holding limit
    held_excludes_grades = ArrayField(
        models.CharField(max_length=1), default=list, blank=True, verbose_name=_("grades not counted as held")
    )

    # contact details are masked for members until a lead is claimed; each look at them counts
    mask_contacts = models.BooleanField(_("mask contact details"), default=False)
    max_reveals_per_day = models.PositiveIntegerField(_("daily limit of reveals"), null=True, blank=True)
    # for so long a lead that came back may be claimed by the team of its last owner alone
    own_team_first_seconds = models.PositiveIntegerField(_("own team first (seconds)"), null=True, blank=True)

    objects: ClassVar[PoolQuerySet] = PoolQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = _("public pool")
        verbose_name_plural = _("public pools")
        constraints = [
            models.UniqueConstraint(
                fields=["is_default"], condition=Q(is_default=True), name="one_default_pool"
            ),
            models.CheckConstraint(
                condition=Q(is_default=False) | Q(archived_at=None), name="default_pool_is_not_archived"
            ),
        ]

    def __str__(self) -> str:
        return str(_(self.name))


class PoolLimit(models.Model):
    """Limits of a pool for one user, team or role; the most specific that names a limit wins."""

    pool = models.ForeignKey(Pool, on_delete=models.CASCADE, related_name="limits")
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.CASCADE, related_name="+",
        verbose_name=_("person"),
    )  # fmt: skip
    team = models.ForeignKey(
        "people.Team",
        null=True,
        blank=True,
        on_delete=models.CASCADE,
        related_name="+",
        verbose_name=_("team"),
    )
    role = models.ForeignKey(
        "people.Role",
        null=True,
        blank=True,
        on_delete=models.CASCADE,
        related_name="+",
        verbose_name=_("role"),
    )
    max_held = models.PositiveIntegerField(_("holding limit"), null=True, blank=True)
    max_claims_per_day = models.PositiveIntegerField(_("daily claim limit"), null=True, blank=True)

    class Meta:
        verbose_name = _("limit of a pool")
        verbose_name_plural = _("limits of a pool")
        constraints = [
            models.CheckConstraint(
                condition=Q(user__isnull=False, team=None, role=None)
                | Q(user=None, team__isnull=False, role=None)
                | Q(user=None, team=None, role__isnull=False),
                name="pool_limit_is_for_one_user_team_or_role",
                violation_error_message=_("A limit is for one person, one team or one role."),
            ),
            models.UniqueConstraint(
                fields=["pool", "user", "team", "role"],
                name="pool_limit_once",
                nulls_distinct=False,
                violation_error_message=_("There is a limit for them already."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.pool}: {self.user or self.team or self.role}"


class RepQuota(models.Model):
    """The row that is locked while a person's holdings and claims are counted and added to."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, primary_key=True, on_delete=models.CASCADE, related_name="+"
    )

    def __str__(self) -> str:
        return f"quota of user {self.user_id}"


class Ownership(models.Model):
    """Who owned a lead from when to when, how it came and why it ended: caps, cool-downs and history."""

    class Via(models.TextChoices):
        ASSIGN = "assign", _("Assigned")
        RULE = "rule", _("Assigned by rule")
        CLAIM = "claim", _("Claimed")
        TRANSFER = "transfer", _("Transferred")
        IMPORT = "import", _("Imported")

    class End(models.TextChoices):
        RETURNED = "returned", _("Returned to the pool")
        EXPIRED = "expired", _("First contact not in time")
        IDLE = "idle", _("No follow-up")
        NO_ANSWER = "no_answer", _("No answer")
        REASSIGNED = "reassigned", _("Assigned to another")
        DISQUALIFIED = "disqualified", _("Disqualified")
        MERGED = "merged", _("Merged")

    #: The ends that sent a lead back to a pool.
    GIVEN_BACK = (End.RETURNED, End.EXPIRED, End.IDLE, End.NO_ANSWER)

    lead = models.ForeignKey(
        "leads.Lead", on_delete=models.PROTECT, related_name="ownerships", verbose_name=_("lead")
    )
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="ownerships", verbose_name=_("owner")
    )
    via = models.CharField(_("how"), max_length=10, choices=Via)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+", db_index=False,
        verbose_name=_("by"),
    )  # fmt: skip
    pool = models.ForeignKey(
        Pool,
        null=True,
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
        verbose_name=_("out of pool"),
    )
    started_at = models.DateTimeField(_("started"), db_default=Now())
    first_contacted_at = models.DateTimeField(_("first contact"), null=True)
    ended_at = models.DateTimeField(_("ended"), null=True)
    end_reason = models.CharField(_("why it ended"), max_length=15, choices=End, blank=True)
    end_detail = models.CharField(_("in words"), max_length=500, blank=True)

    class Meta:
        verbose_name = _("ownership")
        verbose_name_plural = _("ownerships")
        constraints = [
            models.UniqueConstraint(
                fields=["lead"], condition=Q(ended_at=None), name="lead_has_one_open_ownership"
            ),
            models.CheckConstraint(
                condition=Q(ended_at=None, end_reason="") | Q(ended_at__isnull=False) & ~Q(end_reason=""),
                name="ownership_end_has_a_reason",
            ),
            models.CheckConstraint(
                condition=Q(ended_at=None) | Q(ended_at__gte=F("started_at")),
                name="ownership_ends_after_it_starts",
            ),
        ]
        indexes = [
            models.Index(fields=["lead", "-id"], name="ownership_history"),
            models.Index(fields=["lead", "owner", "-ended_at"], name="ownership_cooldown"),
            models.Index(fields=["owner"], name="ownership_held", condition=Q(ended_at=None)),
            models.Index(fields=["owner", "started_at"], name="ownership_claims", condition=Q(via="claim")),
            models.Index(fields=["started_at"], name="ownership_started"),
            models.Index(fields=["ended_at"], name="ownership_ended", condition=Q(ended_at__isnull=False)),
        ]

    def __str__(self) -> str:
        return f"lead {self.lead_id} of user {self.owner_id}"


class ContactReveal(models.Model):
    """That a member of a pool looked at the contact details of a lead that waits in it. Never changed."""

    lead = models.ForeignKey("leads.Lead", on_delete=models.PROTECT, related_name="reveals")
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    pool = models.ForeignKey(Pool, on_delete=models.PROTECT, related_name="+", db_index=False)
    at = models.DateTimeField(db_default=Now())

    class Meta:
        verbose_name = _("look at contact details")
        verbose_name_plural = _("looks at contact details")
        indexes = [models.Index(fields=["by", "pool", "at"], name="reveal_by_day")]

    def __str__(self) -> str:
        return f"lead {self.lead_id} by user {self.by_id}"


class FirstContactPolicy(Record):
    """How long an owner has for the first contact of a lead of this grade."""

    grade = models.CharField(_("grade"), max_length=1, unique=True)
    limit_seconds = models.PositiveIntegerField(
        _("limit (seconds)"),
        default=86_400,
        validators=[MinValueValidator(1), MaxValueValidator(LONGEST_SECONDS)],
    )
    business_hours_only = models.BooleanField(_("count working hours only"), default=False)
    # for working hours; empty is the default calendar
    calendar = models.ForeignKey(
        "clocks.BusinessCalendar",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("calendar"),
    )
    remind_at_percent = ArrayField(
        models.PositiveSmallIntegerField(validators=[MinValueValidator(1), MaxValueValidator(99)]),
        default=default_reminders,
        blank=True,
        verbose_name=_("remind at percent"),
    )
    # after contact: so many attempts without any answer, so long after the first, send it back; null is off
    max_unanswered_attempts = models.PositiveSmallIntegerField(
        _("attempts without an answer"), null=True, blank=True, default=5, validators=[MinValueValidator(1)]
    )
    unanswered_days = models.PositiveSmallIntegerField(
        _("over days"), null=True, blank=True, default=10, validators=[MaxValueValidator(3660)]
    )

    class Meta:
        verbose_name = _("first-contact policy")
        verbose_name_plural = _("first-contact policies")
        constraints = [
            models.CheckConstraint(condition=Q(limit_seconds__gte=1), name="first_contact_limit_is_positive"),
            models.CheckConstraint(
                condition=Q(grade__in=("A", "B", "C")), name="first_contact_policy_grade_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.grade}: {self.limit_seconds} s"
