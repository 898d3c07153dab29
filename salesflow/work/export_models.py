"""A list on its way out as a file."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from salesflow.lib.records import Record
from salesflow.work.querysets import ExportQuerySet


class Export(Record):
    """What a list showed somebody, as a file: the filter travels, not the records.

    The row stays as the report of what left when the file is gone.
    """

    class Status(models.TextChoices):
        QUEUED = "queued", _("Queued")
        RUNNING = "running", _("Running")
        DONE = "done", _("Done")
        FAILED = "failed", _("Failed")
        EXPIRED = "expired", _("Expired")
        CANCELLED = "cancelled", _("Cancelled")

    class Format(models.TextChoices):
        CSV = "csv", _("CSV")
        XLSX = "xlsx", _("Excel (XLSX)")

    class Layout(models.TextChoices):
        """Which columns: those of the query or the usual ones, every one there is, those the import takes."""

        SHOWN = "shown", _("Columns shown")
        ALL = "all", _("All columns")
        IMPORT = "import", _("Columns of the import")

    resource = models.CharField(_("list"), max_length=60)
    # the state of the list, columns and ordering in it
    query = models.CharField(_("filter"), max_length=2000, blank=True)
    layout = models.CharField(_("columns"), max_length=8, choices=Layout, default=Layout.SHOWN)
    format = models.CharField(_("format"), max_length=4, choices=Format)
    status = models.CharField(_("status"), max_length=10, choices=Status, default=Status.QUEUED)
    error = models.CharField(_("error"), max_length=500, blank=True)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name=_("by")
    )
    # headings and words of the file are in the language of who asked
    language = models.CharField(max_length=10, blank=True)
    # more records than may leave without a right of its own
    is_large = models.BooleanField(_("large"), default=False)
    # null until they have been counted
    total = models.PositiveIntegerField(_("records"), null=True)
    written = models.PositiveIntegerField(_("written"), default=0)
    in_background = models.BooleanField(default=False)
    # of several workers the one who holds the lease writes; `attempts` tells them apart
    leased_until = models.DateTimeField(null=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    # where the file lies in the store, while it is there
    path = models.CharField(max_length=200, blank=True)
    size = models.PositiveBigIntegerField(_("size"), default=0)
    sha256 = models.CharField(max_length=64, blank=True)
    finished_at = models.DateTimeField(_("finished"), null=True)
    expires_at = models.DateTimeField(_("kept until"), null=True)

    objects: ClassVar[ExportQuerySet] = ExportQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = _("export")
        verbose_name_plural = _("exports")
        constraints = [
            models.CheckConstraint(
                condition=(Q(status="done") & ~Q(path="") & Q(expires_at__isnull=False))
                | (~Q(status="done") & Q(path="")),
                name="export_has_its_file_when_done",
            ),
            models.CheckConstraint(
                condition=Q(status__in=("queued", "running"), finished_at=None)
                | Q(status__in=("done", "failed", "expired", "cancelled"), finished_at__isnull=False),
                name="export_finished_has_its_time",
            ),
        ]
        indexes = [
            models.Index(fields=["id"], name="export_waiting", condition=Q(status__in=("queued", "running"))),
            models.Index(fields=["expires_at"], name="export_expires", condition=Q(status="done")),
            models.Index(fields=["by", "-id"], name="export_of_person"),
        ]

    def __str__(self) -> str:
        return f"{self.resource} {self.pk}"

    def get_absolute_url(self) -> str:
        return reverse("export", args=[self.pk])
