"""A file on its way to becoming leads, row by row accounted for."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from leads.querysets import LeadImportQuerySet
from salesflow.lib.records import Record


class LeadImport(Record):
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

    file = models.FileField(upload_to="imports/", max_length=300)
    filename = models.CharField(_("file"), max_length=255)
    size = models.BigIntegerField(_("bytes"), default=0)
    sha256 = models.CharField(max_length=64, blank=True)
    encoding = models.CharField(_("encoding"), max_length=40, blank=True)
    delimiter = models.CharField(_("delimiter"), max_length=5, blank=True)
    sheet = models.CharField(_("sheet"), max_length=255, blank=True)
    # the sheets of a workbook, to choose from
    sheets = models.JSONField(default=list)
    # the record that names the columns: 0 when the file has none, null to find it
    header_row = models.PositiveIntegerField(_("header row"), null=True)
    # empty until the file has been looked at, which a worker does where it takes long
    header = models.JSONField(default=list)
    # the first rows: [{"number": 2, "cells": ["Ann", ""], "error": ""}]
    sample = models.JSONField(default=list)
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
    mapping = models.JSONField(_("mapping"), null=True)
    on_duplicate = models.CharField(
        _("duplicates"), max_length=10, choices=OnDuplicate, default=OnDuplicate.SKIP
    )
    assignment = models.CharField(
        _("assignment"), max_length=10, choices=Assignment, default=Assignment.RULES
    )
    # whether the whole file is only tried: the same report, and nothing written
    dry_run = models.BooleanField(_("dry run"), default=False)
    status = models.CharField(_("status"), max_length=15, choices=Status, default=Status.QUEUED)
    error = models.CharField(_("error"), max_length=1000, blank=True)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name=_("uploaded by")
    )
    # in which reasons and errors are told: the language of the page or program it was uploaded by
    language = models.CharField(_("language"), max_length=10, blank=True)
    # null until the file has been read to its end
    total = models.PositiveIntegerField(_("rows"), null=True)
    # how much of the file has been read
    read_percent = models.PositiveSmallIntegerField(_("read (percent)"), default=0)
    processed = models.PositiveIntegerField(_("read"), default=0)
    created = models.PositiveIntegerField(_("created"), default=0)
    merged = models.PositiveIntegerField(_("merged"), default=0)
    skipped = models.PositiveIntegerField(_("skipped"), default=0)
    rejected = models.PositiveIntegerField(_("rejected"), default=0)
    # the last record of the file whose outcome is committed: where a restarted job goes on
    read_until = models.PositiveBigIntegerField(default=0)
    # the worker that holds the job says so until then; after that another may take it
    leased_until = models.DateTimeField(null=True)
    # owners have been told of the leads from rows up to this one
    told_until = models.PositiveBigIntegerField(default=0)
    started_at = models.DateTimeField(_("started"), null=True)
    finished_at = models.DateTimeField(_("finished"), null=True)
    # who wants a running undo, and the last lead it has looked at: where it goes on
    undoing_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    undone_until = models.PositiveBigIntegerField(default=0)
    undone_at = models.DateTimeField(_("undone"), null=True)
    kept_after_undo = models.JSONField(default=list)

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

    def __str__(self) -> str:
        return self.filename

    def get_absolute_url(self) -> str:
        return reverse("leads:import", args=[self.pk])


class LeadImportRow(models.Model):
    """What became of one row of the file."""

    class Result(models.TextChoices):
        CREATED = "created", _("Created")
        MERGED = "merged", _("Merged")
        SKIPPED = "skipped", _("Skipped")
        REJECTED = "rejected", _("Rejected")

    lead_import = models.ForeignKey(LeadImport, on_delete=models.CASCADE, related_name="rows", db_index=False)
    number = models.PositiveIntegerField()
    result = models.CharField(max_length=10, choices=Result)
    lead = models.ForeignKey(
        "leads.Lead", null=True, on_delete=models.SET_NULL, related_name="+", db_index=False
    )
    # for rejected and skipped rows: why, and the cells as they stood
    reason = models.CharField(max_length=500, blank=True)
    cells = models.JSONField(null=True)
    # for merged rows: the fields this import filled, and with what, so that it can be undone
    filled = models.JSONField(null=True)
    # for rows that changed a lead: field -> [before, after]
    changes = models.JSONField(null=True)
    at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["lead_import", "number"], name="import_row_counted_once"),
        ]
        indexes = [
            models.Index(
                fields=["lead_import", "number"], name="import_row_rejected", condition=Q(result="rejected")
            ),
        ]

    def __str__(self) -> str:
        return f"row {self.number}: {self.result}"
