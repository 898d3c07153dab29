"""A file on its way to becoming leads, row by row accounted for."""

from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from leads.querysets import LeadImportQuerySet
from salesflow.work.import_models import ImportJob, ImportOutcome


class LeadImport(ImportJob):
    """One uploaded file and the job that reads it; counts add up at the end: created + merged + skipped + rejected."""

    class Status(models.TextChoices):
        QUEUED = "queued", _("Queued")
        NEEDS_MAPPING = "needs_mapping", _("Needs mapping")
        RUNNING = "running", _("Running")
        DONE = "done", _("Done")
        FAILED = "failed", _("Failed")
        UNDONE = "undone", _("Undone")

    class OnDuplicate(models.TextChoices):
        SKIP = "skip", _("Skip")
        MERGE = "merge", _("Fill only empty fields")
        CREATE = "create", _("Create anyway")
        # by record number or external id alone; other duplicates are skipped
        UPDATE = "update", _("Update what is known by its number or external id")

    class Assignment(models.TextChoices):
        RULES = "rules", _("By the assignment rules")
        POOL = "pool", _("To the public pool")
        NONE = "none", _("Nobody (past leads)")

    source = models.ForeignKey(
        "leads.LeadSource",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("source"),
    )
    campaign = models.ForeignKey(
        "leads.Campaign",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("campaign"),
    )
    on_duplicate = models.CharField(
        _("duplicates"), max_length=10, choices=OnDuplicate, default=OnDuplicate.SKIP
    )
    assignment = models.CharField(
        _("assignment"), max_length=10, choices=Assignment, default=Assignment.RULES
    )
    status = models.CharField(_("status"), max_length=15, choices=Status, default=Status.QUEUED)
    merged = models.PositiveIntegerField(_("merged"), default=0)
    # owners have been told of the leads from rows up to this one
    told_until = models.PositiveBigIntegerField(default=0)
    # the last lead that a running undo has looked at: where it goes on
    undone_until = models.PositiveBigIntegerField(default=0)

    objects: ClassVar[LeadImportQuerySet] = LeadImportQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = _("lead import")
        verbose_name_plural = _("lead imports")
        constraints = [
            models.CheckConstraint(
                condition=Q(processed=F("created") + F("merged") + F("skipped") + F("rejected")),
                name="import_counts_add_up",
            ),
            models.CheckConstraint(
                condition=~Q(status="done") | Q(total=F("processed")), name="import_done_has_read_everything"
            ),
            models.CheckConstraint(
                condition=Q(undoing_by=None) | Q(status="running"), name="import_being_undone_is_running"
            ),
            models.CheckConstraint(
                condition=~Q(status="undone") | Q(dry_run=False), name="import_undone_was_no_trial"
            ),
            models.CheckConstraint(condition=Q(read_percent__lte=100), name="import_read_percent_is_one"),
        ]
        indexes = [
            models.Index(
                fields=["leased_until"], name="import_waiting", condition=Q(status__in=("queued", "running"))
            ),
            models.Index(fields=["by", "-id"], name="import_of_person"),
            models.Index(fields=["sha256"], name="import_of_file"),
        ]

    def get_absolute_url(self) -> str:
        return reverse("leads:import", args=[self.pk])


class LeadImportRow(ImportOutcome):
    """What became of one row of the file."""

    class Result(models.TextChoices):
        CREATED = "created", _("Created")
        MERGED = "merged", _("Merged")
        SKIPPED = "skipped", _("Skipped")
        REJECTED = "rejected", _("Rejected")

    lead_import = models.ForeignKey(LeadImport, on_delete=models.CASCADE, related_name="rows", db_index=False)
    result = models.CharField(max_length=10, choices=Result)
    lead = models.ForeignKey(
        "leads.Lead", null=True, on_delete=models.SET_NULL, related_name="+", db_index=False
    )
    # for merged rows: the fields this import filled, and with what, so that it can be undone
    filled = models.JSONField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["lead_import", "number"], name="import_row_counted_once"),
        ]
        indexes = [
            models.Index(
                fields=["lead_import", "number"], name="import_row_rejected", condition=Q(result="rejected")
            ),
        ]
