"""Leads that may be one, found by comparing all with all, and what a person said of them."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from leads.querysets import DuplicatePairQuerySet
from salesflow.lib.addresses import record_url


class DuplicateSearch(models.Model):
    """One comparison of all leads with each other: asked for by a person, or due at night."""

    due_at = models.DateTimeField(db_default=Now())
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    leads = models.PositiveIntegerField(default=0)
    compared = models.PositiveIntegerField(default=0)
    found = models.PositiveIntegerField(default=0)

    class Meta:
        verbose_name = _("search for duplicates")
        verbose_name_plural = _("searches for duplicates")
        constraints = [
            models.UniqueConstraint(
                fields=["finished_at"], condition=Q(finished_at=None), nulls_distinct=False,
                name="one_duplicate_search_at_a_time",
            ),
        ]  # fmt: skip
        indexes = [models.Index(fields=["-finished_at"], name="duplicate_search_last")]

    def __str__(self) -> str:
        return f"search of {self.due_at}"


class DuplicatePair(models.Model):
    """Two leads that may be one; `first` is the older. What a person decided stays decided."""

    class State(models.TextChoices):
        OPEN = "open", _("To be looked at")
        APART = "apart", _("Not a duplicate")

    class Reason(models.TextChoices):
        CREDIT_CODE = "credit_code", _("Same credit code")
        EMAIL = "email", _("Same e-mail address")
        PHONE = "phone", _("Same telephone number")
        COMPANY_PERSON = "company_person", _("Same company and person")
        SIMILAR = "similar", _("Much alike")

    first = models.ForeignKey(
        "leads.Lead", on_delete=models.PROTECT, related_name="+", db_index=False, verbose_name=_("lead")
    )
    second = models.ForeignKey(
        "leads.Lead", on_delete=models.PROTECT, related_name="+", verbose_name=_("other lead")
    )
    score = models.PositiveSmallIntegerField(_("likeness"))
    reason = models.CharField(_("reason"), max_length=20, choices=Reason)
    # column -> how alike, 0-100; a column that one of the two leaves empty is not in it
    parts = models.JSONField(default=dict)
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.OPEN)
    found_at = models.DateTimeField(_("found"), db_default=Now())
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+", db_index=False,
        verbose_name=_("decided by"),
    )  # fmt: skip
    decided_at = models.DateTimeField(_("decided"), null=True)

    objects: ClassVar[DuplicatePairQuerySet] = DuplicatePairQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = _("possible duplicate")
        verbose_name_plural = _("possible duplicates")
        constraints = [
            models.UniqueConstraint(fields=["first", "second"], name="duplicate_pair_once"),
            models.CheckConstraint(condition=Q(first__lt=F("second")), name="duplicate_pair_is_of_two_leads"),
            models.CheckConstraint(
                condition=Q(score__gte=1, score__lte=100), name="duplicate_pair_score_within_100"
            ),
            models.CheckConstraint(
                condition=Q(state="open", decided_at=None) | Q(state="apart", decided_at__isnull=False),
                name="duplicate_pair_decided_has_its_time",
            ),
        ]
        indexes = [models.Index(fields=["state", "-score", "-id"], name="duplicate_pair_worst")]

    def __str__(self) -> str:
        return f"{self.first} / {self.second}"

    def get_absolute_url(self) -> str:
        """Both side by side, the first of them kept, as one works through the list."""
        return f"{record_url('leads:compare', self.first_id)}?with={self.second_id}&queue"
