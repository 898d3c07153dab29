"""Scoring models, the behaviour they read, and the grade changes they made."""

from typing import ClassVar

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from leads.querysets import LeadEventQuerySet
from salesflow.lib.records import Record


class ScoringModel(Record):
    """Components, caps and thresholds that make a score and a grade. Never changed after activation."""

    class Status(models.TextChoices):
        DRAFT = "draft", _("Draft")
        ACTIVE = "active", _("Active")
        RETIRED = "retired", _("Retired")

    class Method(models.TextChoices):
        TOTAL = "total", _("Thresholds on the total")
        MATRIX = "matrix", _("Matrix of fit and engagement")

    name = models.CharField(_("name"), max_length=120)
    number = models.PositiveIntegerField(_("version"), default=1)
    status = models.CharField(
        _("status"), max_length=10, choices=Status, default=Status.DRAFT, editable=False
    )
    source = models.ForeignKey(
        "leads.LeadSource", null=True, blank=True, on_delete=models.PROTECT, related_name="+",
        verbose_name=_("only for leads of source"),
    )  # fmt: skip
    components = models.JSONField(_("components"), default=list)
    fit_cap = models.PositiveSmallIntegerField(_("fit cap"), default=60, validators=[MaxValueValidator(500)])
    engagement_cap = models.PositiveSmallIntegerField(
        _("engagement cap"), default=40, validators=[MaxValueValidator(500)]
    )
    method = models.CharField(_("grading"), max_length=10, choices=Method, default=Method.TOTAL)
    threshold_a = models.PositiveSmallIntegerField(_("threshold of A"), default=60)
    threshold_b = models.PositiveSmallIntegerField(_("threshold of B"), default=35)
    # for the matrix: lower bounds of high fit, medium fit and medium engagement
    matrix = models.JSONField(_("matrix"), default=dict, blank=True)
    half_life_days = models.FloatField(
        _("half-life (days)"), default=14, validators=[MinValueValidator(0.01)]
    )
    downgrade_after_days = models.PositiveSmallIntegerField(_("downgrades wait (days)"), default=3)
    activated_at = models.DateTimeField(_("activated"), null=True, editable=False)
    retired_at = models.DateTimeField(_("retired"), null=True, editable=False)
    # after activation all leads are regraded in order of their ids: those up to this one are done; null: all are
    regraded_until = models.BigIntegerField(null=True, editable=False)

    class Meta:
        verbose_name = _("scoring model")
        verbose_name_plural = _("scoring models")
        constraints = [
            models.UniqueConstraint(fields=["name", "number"], name="scoring_model_version_once"),
            models.UniqueConstraint(
                fields=["source"],
                condition=Q(status="active"),
                nulls_distinct=False,
                name="one_active_model_per_source",
            ),
            models.CheckConstraint(
                condition=Q(threshold_a__gt=F("threshold_b")),
                name="scoring_threshold_a_above_b",
                violation_error_message=_("The threshold of A must be above that of B."),
            ),
            models.CheckConstraint(condition=Q(half_life_days__gt=0), name="scoring_half_life_is_positive"),
            models.CheckConstraint(
                condition=Q(status="draft", activated_at=None)
                | ~Q(status="draft") & Q(activated_at__isnull=False),
                name="scoring_model_active_has_its_time",
            ),
            models.CheckConstraint(
                condition=Q(status="active") | Q(regraded_until=None),
                name="scoring_model_regrades_while_active",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} v{self.number}"


class LeadEvent(models.Model):
    """Behaviour of a lead or of a visitor not yet known: a page view, an opened mail, a reply."""

    class Kind(models.TextChoices):
        PAGE_VIEW = "page_view", _("Page view")
        EMAIL_OPEN = "email_open", _("E-mail open (approx.)")
        EMAIL_CLICK = "email_click", _("E-mail click")
        FORM_SUBMIT = "form_submit", _("Form submitted")
        REPLY = "reply", _("Reply")
        CALL = "call", _("Call")
        SMS = "sms", _("Text message")
        MEETING = "meeting", _("Meeting")
        DOWNLOAD = "download", _("Download")
        CHAT = "chat", _("Chat")
        UNSUBSCRIBE = "unsubscribe", _("Unsubscribed")
        OTHER = "other", _("Other")

    event_id = models.CharField(max_length=120, null=True)
    lead = models.ForeignKey(
        "leads.Lead", null=True, on_delete=models.PROTECT, related_name="events", db_index=False
    )
    visitor = models.CharField(max_length=120, blank=True)
    email_key = models.CharField(max_length=254, null=True)
    kind = models.CharField(max_length=15, choices=Kind)
    occurred_at = models.DateTimeField()
    received_at = models.DateTimeField(db_default=Now())
    url = models.CharField(max_length=2000, blank=True)
    dwell_seconds = models.PositiveIntegerField(null=True)
    data = models.JSONField(default=dict, blank=True)

    objects: ClassVar[LeadEventQuerySet] = LeadEventQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = _("behaviour")
        verbose_name_plural = _("behaviour")
        constraints = [models.UniqueConstraint(fields=["event_id"], name="lead_event_once")]
        indexes = [
            models.Index(fields=["lead", "kind", "-occurred_at"], name="lead_event_of_lead"),
            models.Index(
                fields=["visitor"], name="lead_event_visitor", condition=Q(lead=None) & ~Q(visitor="")
            ),
            models.Index(
                fields=["received_at"], name="lead_event_stranger", condition=Q(lead=None) & ~Q(visitor="")
            ),
            models.Index(
                fields=["visitor", "-id"],
                name="lead_event_known_visitor",
                condition=Q(lead__isnull=False) & ~Q(visitor=""),
            ),
            models.Index(
                fields=["email_key"], name="lead_event_email", condition=Q(lead=None, email_key__isnull=False)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} at {self.occurred_at}"


class ScoreDue(models.Model):
    """When a lead is to be scored again: something happened to it, or time alone will move its score."""

    lead = models.OneToOneField("leads.Lead", primary_key=True, on_delete=models.CASCADE, related_name="+")
    due_at = models.DateTimeField()
    cause = models.CharField(max_length=20)  # as in GradeChange

    class Meta:
        indexes = [models.Index(fields=["due_at"], name="score_due")]

    def __str__(self) -> str:
        return f"lead {self.lead_id} at {self.due_at}"


class GradeChange(models.Model):
    """A recorded move between grades with the explanation as it stood then."""

    lead = models.ForeignKey("leads.Lead", on_delete=models.PROTECT, related_name="grade_changes")
    old = models.CharField(max_length=1, blank=True)
    new = models.CharField(max_length=1)
    score = models.SmallIntegerField()
    model = models.ForeignKey(ScoringModel, on_delete=models.PROTECT, related_name="+", db_index=False)
    cause = models.CharField(max_length=20)  # edited, event, activity, asked, decay, model, unmerged
    explanation = models.JSONField(default=list)
    at = models.DateTimeField(db_default=Now())

    class Meta:
        verbose_name = _("grade change")
        verbose_name_plural = _("grade changes")
        indexes = [models.Index(fields=["lead", "-id"], name="grade_change_history")]

    def __str__(self) -> str:
        return f"lead {self.lead_id}: {self.old or '–'} to {self.new}"
