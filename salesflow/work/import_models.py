"""A file on its way to becoming records, row by row accounted for; leads have a job of their own, of the same base."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from salesflow.lib.records import Record
from salesflow.work.querysets import ImportQuerySet


class ImportJob(Record):
    """One uploaded file and the job that reads it, whatever its rows become.

    Who inherits names its states (`status`, of those of `ImportFlow`), counts what its rows became, and says that they
    add up to `processed`.
    """

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
    mapping = models.JSONField(_("mapping"), null=True)
    # whether the whole file is only tried: the same report, and nothing written
    dry_run = models.BooleanField(_("dry run"), default=False)
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
    skipped = models.PositiveIntegerField(_("skipped"), default=0)
    rejected = models.PositiveIntegerField(_("rejected"), default=0)
    # the last record of the file whose outcome is committed: where a restarted job goes on
    read_until = models.PositiveBigIntegerField(default=0)
    # the worker that holds the job says so until then; after that another may take it
    leased_until = models.DateTimeField(null=True)
    started_at = models.DateTimeField(_("started"), null=True)
    finished_at = models.DateTimeField(_("finished"), null=True)
    # who wants a running undo
    undoing_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    undone_at = models.DateTimeField(_("undone"), null=True)
    kept_after_undo = models.JSONField(default=list)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return self.filename


class ImportOutcome(models.Model):
    """What became of one row of a file; who inherits names its job, its results and the record."""

    number = models.PositiveIntegerField()
    # for rejected and skipped rows: why, and the cells as they stood
    reason = models.CharField(max_length=500, blank=True)
    cells = models.JSONField(null=True)
    # for rows that changed a record: field -> [before, after], so that it can be undone
    changes = models.JSONField(null=True)
    at = models.DateTimeField(db_default=Now())

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return f"row {self.number}: {self.result}"  # type: ignore[attr-defined]


class Import(ImportJob):
    """A file of customers, contacts or other records; counts add up: created + updated + skipped + rejected."""

    class Status(models.TextChoices):
        QUEUED = "queued", _("Queued")
        NEEDS_MAPPING = "needs_mapping", _("Needs mapping")
        RUNNING = "running", _("Running")
        DONE = "done", _("Done")
        FAILED = "failed", _("Failed")
        CANCELLED = "cancelled", _("Cancelled")
        UNDONE = "undone", _("Undone")

    class Mode(models.TextChoices):
        CREATE = "create", _("Create only")
        UPDATE = "update", _("Update only")
        BOTH = "both", _("Create and update")

    # what the rows become: the name of a kind of record that takes files
    resource = models.CharField(_("records"), max_length=60)
    mode = models.CharField(_("mode"), max_length=6, choices=Mode, default=Mode.BOTH)
    status = models.CharField(_("status"), max_length=15, choices=Status, default=Status.QUEUED)
    updated = models.PositiveIntegerField(_("updated"), default=0)
    # an undo goes from the last row to the first, and on from here
    undone_down_to = models.PositiveBigIntegerField(null=True)

    objects: ClassVar[ImportQuerySet] = ImportQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = _("import of customer data")
        verbose_name_plural = _("imports of customer data")
        constraints = [
            models.CheckConstraint(
                condition=Q(processed=F("created") + F("updated") + F("skipped") + F("rejected")),
                name="record_import_counts_add_up",
            ),
            models.CheckConstraint(
                condition=~Q(status="done") | Q(total=F("processed")), name="record_import_done_has_read_all"
            ),
            models.CheckConstraint(
                condition=Q(undoing_by=None) | Q(status="running", dry_run=False),
                name="record_import_being_undone_is_running",
            ),
            models.CheckConstraint(
                condition=~Q(status="undone") | Q(dry_run=False), name="record_import_undone_was_no_trial"
            ),
            models.CheckConstraint(condition=Q(read_percent__lte=100), name="record_import_read_percent"),
        ]
        indexes = [
            models.Index(
                fields=["leased_until"],
                name="record_import_waiting",
                condition=Q(status__in=("queued", "running")),
            ),
            models.Index(fields=["by", "-id"], name="record_import_of_person"),
            models.Index(fields=["sha256"], name="record_import_of_file"),
        ]

    def get_absolute_url(self) -> str:
        return reverse("import", args=[self.pk])


class ImportRow(ImportOutcome):
    """What became of one row of the file, or would become of it."""

    class Result(models.TextChoices):
        CREATED = "created", _("Created")
        UPDATED = "updated", _("Updated")
        SKIPPED = "skipped", _("Skipped")
        REJECTED = "rejected", _("Rejected")

    job = models.ForeignKey(Import, on_delete=models.CASCADE, related_name="rows", db_index=False)
    result = models.CharField(max_length=10, choices=Result)
    record_id = models.BigIntegerField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["job", "number"], name="record_import_row_once"),
        ]
        indexes = [
            models.Index(
                fields=["job", "number"], name="record_import_row_rejected", condition=Q(result="rejected")
            ),
        ]


class ImportTrialKey(models.Model):
    """By what a record would be known that a dry run would have made: later rows of the file meet it again.

    Kept only while the dry run lasts; `job_type` tells the imports of different apps apart.
    """

    job_type = models.CharField(max_length=60)
    job_id = models.BigIntegerField()
    key = models.BigIntegerField()
    number = models.PositiveIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["job_type", "job_id", "key"], name="import_trial_key_once"),
        ]

    def __str__(self) -> str:
        return f"row {self.number}"
