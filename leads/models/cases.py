"""Won cases that others may learn from, and what their reviews came to."""

from typing import ClassVar

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from leads.querysets import ExampleCaseQuerySet
from salesflow.lib.addresses import record_url
from salesflow.lib.records import Record


class ExampleCase(Record):
    """A lead that became a customer, told so that others can do it again; reviewed on a schedule."""

    lead = models.ForeignKey(
        "leads.Lead", on_delete=models.PROTECT, related_name="cases", verbose_name=_("lead")
    )
    title = models.CharField(_("title"), max_length=200)
    situation = models.TextField(_("situation"), max_length=5000, blank=True)
    what_worked = models.TextField(_("what worked"), max_length=5000, blank=True)
    lessons = models.TextField(_("lessons"), max_length=5000, blank=True)
    keeper = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name=_("kept by")
    )
    # null: never reviewed by itself
    review_every_days = models.PositiveSmallIntegerField(
        _("review every (days)"), null=True, blank=True, default=90,
        validators=[MinValueValidator(1), MaxValueValidator(3660)],
    )  # fmt: skip
    next_review_at = models.DateTimeField(_("next review"), null=True, blank=True)
    # the task that asks for the review which is due
    review_task = models.ForeignKey(
        "work.Task", null=True, blank=True, on_delete=models.SET_NULL, related_name="+", db_index=False
    )

    objects: ClassVar[ExampleCaseQuerySet] = ExampleCaseQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = _("example case")
        verbose_name_plural = _("example cases")
        constraints = [
            models.UniqueConstraint(
                fields=["lead"], condition=Q(archived_at=None), name="lead_is_one_example_case"
            ),
        ]
        indexes = [
            models.Index(fields=["-created_at", "-id"], name="example_case_newest"),
            models.Index(
                fields=["next_review_at"],
                name="example_case_review_due",
                condition=Q(review_task=None, archived_at=None, next_review_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return record_url("leads:case", self.pk)


class CaseReview(models.Model):
    """What a review came to. Never changed."""

    case = models.ForeignKey(ExampleCase, on_delete=models.PROTECT, related_name="reviews")
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    at = models.DateTimeField(db_default=Now())
    summary = models.TextField(max_length=5000)

    class Meta:
        verbose_name = _("review of a case")
        verbose_name_plural = _("reviews of cases")
        indexes = [models.Index(fields=["case", "-id"], name="case_reviews")]

    def __str__(self) -> str:
        return f"review of case {self.case_id}"


class CaseAction(models.Model):
    """What a review asks somebody to change; the task says whether it was done."""

    class Area(models.TextChoices):
        ASSIGNMENT_RULES = "assignment_rules", _("Assignment rules")
        CAPACITY = "capacity", _("Capacity")
        SCRIPTS = "scripts", _("Talk scripts")
        OTHER = "other", _("Something else")

    review = models.ForeignKey(CaseReview, on_delete=models.PROTECT, related_name="actions")
    area = models.CharField(_("what it changes"), max_length=20, choices=Area, default=Area.OTHER)
    task = models.OneToOneField("work.Task", on_delete=models.PROTECT, related_name="+")

    class Meta:
        verbose_name = _("action item of a review")
        verbose_name_plural = _("action items of reviews")

    def __str__(self) -> str:
        return f"{self.area}: task {self.task_id}"
