"""Rules that give leads to people, and the record of each gift."""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from leads.matching import filter_check
from salesflow.lib.records import Record


class AssignmentRule(Record):
    """Ordered: filter -> candidates -> strategy -> fallback pool. The first rule that applies to a lead decides.

    A rule applies when its filter matches and, where it asks for territory or industry, somebody is answerable for
    the lead's. Candidates are the named people and the team's; with neither, everybody who sells.
    """

    class Strategy(models.TextChoices):
        WEIGHTED_ROUND_ROBIN = "weighted_round_robin", _("Weighted round robin")
        LEAST_LOADED = "least_loaded", _("Least open load")
        BEST_MATCH = "best_match", _("Best match")

    name = models.CharField(_("name"), max_length=120)
    position = models.PositiveIntegerField(_("position"), default=100)
    is_active = models.BooleanField(_("active"), default=True)
    # the same words as the lead list's address: {"grade": ["A"], "industry": ["medical"]}
    filter = models.JSONField(_("filter"), default=dict, blank=True, validators=[filter_check])
    match_territory = models.BooleanField(_("only people of the lead's territory"), default=False)
    match_industry = models.BooleanField(_("only people expert in the lead's industry"), default=False)
    team = models.ForeignKey(
        "people.Team",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("team"),
    )
    existing_owner_first = models.BooleanField(_("an existing customer's owner wins"), default=True)
    strategy = models.CharField(
        _("strategy"), max_length=25, choices=Strategy, default=Strategy.WEIGHTED_ROUND_ROBIN
    )
    fallback_pool = models.ForeignKey(
        "leads.Pool",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("fallback pool"),
    )
    # what the round robin owes each candidate, {"user id": credit}; this row is locked while it is read and written
    credits = models.JSONField(default=dict, editable=False)

    class Meta:
        verbose_name = _("assignment rule")
        verbose_name_plural = _("assignment rules")
        ordering = ["position", "id"]

    def __str__(self) -> str:
        return self.name


class AssignmentRuleMember(models.Model):
    """A candidate named by a rule, with a weight and grades of his own there."""

    rule = models.ForeignKey(AssignmentRule, on_delete=models.CASCADE, related_name="members")
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+", verbose_name=_("candidate")
    )
    # empty: the weight of the person
    weight = models.PositiveSmallIntegerField(_("weight"), null=True, blank=True)
    grades = ArrayField(
        models.CharField(max_length=1, choices=[(grade, grade) for grade in "ABC"]),
        default=list,
        blank=True,
        verbose_name=_("only leads of grades"),
    )

    class Meta:
        verbose_name = _("candidate")
        verbose_name_plural = _("candidates")
        constraints = [models.UniqueConstraint(fields=["rule", "user"], name="assignment_candidate_once")]

    def __str__(self) -> str:
        return f"{self.rule_id}: {self.user_id}"


class LeadAssignment(models.Model):
    """Why a lead went where it did: rule and version, candidates, chosen, reason."""

    lead = models.ForeignKey("leads.Lead", on_delete=models.PROTECT, related_name="assignments")
    rule = models.ForeignKey(
        AssignmentRule, null=True, on_delete=models.SET_NULL, related_name="+", db_index=False
    )
    rule_version = models.PositiveIntegerField(null=True)
    rule_name = models.CharField(max_length=120, blank=True)
    strategy = models.CharField(max_length=25, blank=True)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    pool = models.ForeignKey(
        "leads.Pool", null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    # [{"user": 3, "eligible": true, "why": "", "weight": 2, "credit": 4}]; at most 20, all are counted in the reason
    candidates = models.JSONField(default=list)
    reason = models.JSONField(default=dict)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    at = models.DateTimeField(db_default=Now())

    class Meta:
        verbose_name = _("assignment")
        verbose_name_plural = _("assignments")
        indexes = [
            models.Index(fields=["lead", "-id"], name="assignment_history"),
            models.Index(fields=["rule", "at"], name="assignment_ledger"),
        ]

    def __str__(self) -> str:
        return f"lead {self.lead_id} to {self.owner_id or self.pool_id}"


class HandOut(models.Model):
    """A returned lead that the rules are to hand out again; the row goes when that is done or no longer needed."""

    lead = models.OneToOneField("leads.Lead", primary_key=True, on_delete=models.CASCADE, related_name="+")
    due_at = models.DateTimeField(db_default=Now())
    attempts = models.PositiveIntegerField(default=0)

    class Meta:
        verbose_name = _("lead to hand out")
        verbose_name_plural = _("leads to hand out")
        indexes = [models.Index(fields=["due_at"], name="hand_out_due")]

    def __str__(self) -> str:
        return f"lead {self.lead_id}"
