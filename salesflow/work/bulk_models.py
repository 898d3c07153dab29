"""One deed on many records, and what became of each."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from salesflow.lib.records import Record
from salesflow.work.querysets import BulkJobQuerySet


class BulkJob(Record):
    """A deed on the chosen records of a list, or on all that its filter shows: then the filter travels, not the ids.

    Records that were entered after `ceiling` are no part of it. What is done stands in its rows.
    """

    class Status(models.TextChoices):
        QUEUED = "queued", _("Queued")
        RUNNING = "running", _("Running")
        DONE = "done", _("Done")
        FAILED = "failed", _("Failed")
        CANCELLED = "cancelled", _("Cancelled")
        UNDOING = "undoing", _("Being undone")
        UNDONE = "undone", _("Undone")

    resource = models.CharField(_("list"), max_length=60)
    action = models.CharField(_("deed"), max_length=40)
    params = models.JSONField(default=dict)
    # the state of the list; empty when the records were chosen one by one
    query = models.CharField(max_length=2000, blank=True)
    is_picked = models.BooleanField()
    ceiling = models.BigIntegerField(default=0)
    # the last record looked at, in the order of their ids: where the next batch goes on
    walked_to = models.BigIntegerField(default=0)
    status = models.CharField(_("status"), max_length=10, choices=Status, default=Status.QUEUED)
    error = models.CharField(_("error"), max_length=500, blank=True)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name=_("by")
    )
    # reasons are told in the language of who asked
    language = models.CharField(max_length=10, blank=True)
    # null until they have been counted
    total = models.PositiveIntegerField(_("records"), null=True)
    processed = models.PositiveIntegerField(_("looked at"), default=0)
    done = models.PositiveIntegerField(_("done"), default=0)
    refused = models.PositiveIntegerField(_("refused"), default=0)
    undone = models.PositiveIntegerField(_("undone"), default=0)
    undo_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    undone_to = models.BigIntegerField(default=0)
    # whether a worker did it, so that the person is told of the end
    in_background = models.BooleanField(default=False)
    finished_at = models.DateTimeField(_("finished"), null=True)

    objects: ClassVar[BulkJobQuerySet] = BulkJobQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = _("bulk change")
        verbose_name_plural = _("bulk changes")
        constraints = [
            models.CheckConstraint(
                condition=Q(processed=F("done") + F("refused")), name="bulk_job_counts_add_up"
            ),
            models.CheckConstraint(condition=Q(undone__lte=F("done")), name="bulk_job_undoes_what_it_did"),
            models.CheckConstraint(
                condition=~Q(status__in=("undoing", "undone")) | Q(undo_by__isnull=False),
                name="bulk_job_undone_by_somebody",
            ),
        ]
        indexes = [
            models.Index(
                fields=["id"],
                name="bulk_job_waiting",
                condition=Q(status__in=("queued", "running", "undoing")),
            ),
            models.Index(fields=["by", "-id"], name="bulk_job_of_person"),
        ]

    def __str__(self) -> str:
        return f"{self.action} {self.pk}"

    def get_absolute_url(self) -> str:
        return reverse("bulk-job", args=[self.pk])


class BulkJobRow(models.Model):
    """What became of one record."""

    class Result(models.TextChoices):
        WAITING = "waiting", _("Waiting")
        DONE = "done", _("Done")
        REFUSED = "refused", _("Refused")
        UNDONE = "undone", _("Undone")

    job = models.ForeignKey(BulkJob, on_delete=models.CASCADE, related_name="rows", db_index=False)
    record_id = models.BigIntegerField()
    result = models.CharField(_("result"), max_length=8, choices=Result, default=Result.WAITING)
    code = models.CharField(max_length=60, blank=True)
    # why it was refused, or why its undoing was
    reason = models.CharField(_("reason"), max_length=500, blank=True)
    # what the deed found, for its undoing
    before = models.JSONField(null=True)
    at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["job", "record_id"], name="bulk_row_once_per_record"),
        ]

    def __str__(self) -> str:
        return f"record {self.record_id}: {self.result}"
