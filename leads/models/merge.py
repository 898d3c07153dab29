"""That two leads were one, and what it takes to tell them apart again."""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _


class LeadMerge(models.Model):
    """`duplicate` was merged into `lead`. Never changed but for being undone, which is exact."""

    lead = models.ForeignKey("leads.Lead", on_delete=models.PROTECT, related_name="merges")
    duplicate = models.ForeignKey(
        "leads.Lead", on_delete=models.PROTECT, related_name="merged_by", db_index=False
    )
    # column of the kept lead -> [before, after]
    changes = models.JSONField(default=dict)
    # columns of the other one as they were: owner, pool, status and their times
    place = models.JSONField(default=dict)
    # the ownership of the other one that the merge ended, and the follow-ups it called off
    ownership = models.ForeignKey(
        "leads.Ownership", null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    follow_ups = ArrayField(models.BigIntegerField(), default=list)
    # table -> ids of the rows that moved to the kept lead
    moved = models.JSONField(default=dict)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    at = models.DateTimeField(db_default=Now())
    undone_at = models.DateTimeField(null=True)
    undone_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )

    class Meta:
        verbose_name = _("merge of leads")
        verbose_name_plural = _("merges of leads")
        constraints = [
            models.CheckConstraint(condition=~Q(lead=F("duplicate")), name="merge_is_of_two_leads"),
            models.UniqueConstraint(
                fields=["duplicate"], condition=Q(undone_at=None), name="lead_merged_away_once"
            ),
        ]

    def __str__(self) -> str:
        return f"lead {self.duplicate_id} into {self.lead_id}"
