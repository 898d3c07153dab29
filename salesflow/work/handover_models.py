"""The handover of what one person holds to others, and what became of each record."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from salesflow.lib.records import Record
from salesflow.work.querysets import HandoverQuerySet


class Handover(Record):
    """`plan` names for each kind the people it goes to with their shares: {"leads": [[5, 2], [7, 1]]}.

    A kind that is not in it stays, unless `call_off` names it. What is done stands in its rows.
    """

    class Status(models.TextChoices):
        QUEUED = "queued", _("Queued")
        RUNNING = "running", _("Running")
        DONE = "done", _("Done")
        FAILED = "failed", _("Failed")

    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name=_("person")
    )
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name=_("by")
    )
    plan = models.JSONField()
    call_off = models.JSONField(default=list)
    deactivated = models.BooleanField(_("sign-in taken away"), default=False)
    status = models.CharField(_("status"), max_length=10, choices=Status, default=Status.QUEUED)
    error = models.CharField(_("error"), max_length=500, blank=True)
    # reasons are told in the language of who asked
    language = models.CharField(max_length=10, blank=True)
    total = models.PositiveIntegerField(_("records"), default=0)
    moved = models.PositiveIntegerField(_("moved"), default=0)
    refused = models.PositiveIntegerField(_("stayed"), default=0)
    in_background = models.BooleanField(default=False)
    finished_at = models.DateTimeField(_("finished"), null=True)

    objects: ClassVar[HandoverQuerySet] = HandoverQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = _("handover")
        verbose_name_plural = _("handovers")
        constraints = [
            models.UniqueConstraint(
                fields=["person"],
                condition=Q(status__in=("queued", "running")),
                name="handover_one_at_a_time",
            ),
            models.CheckConstraint(
                condition=Q(status__in=("queued", "running"), finished_at=None)
                | Q(status__in=("done", "failed"), finished_at__isnull=False),
                name="handover_finished_has_its_time",
            ),
            models.CheckConstraint(
                condition=Q(total__gte=F("moved") + F("refused")), name="handover_counts_add_up"
            ),
        ]
        indexes = [
            models.Index(
                fields=["id"], name="handover_waiting", condition=Q(status__in=("queued", "running"))
            ),
            models.Index(fields=["by", "-id"], name="handover_of_person"),
        ]

    def __str__(self) -> str:
        return f"handover {self.pk}"

    def get_absolute_url(self) -> str:
        return reverse("hand-over", args=[self.pk])


class HandoverRow(models.Model):
    """What became of one record; once per handover, so that nothing is moved twice."""

    handover = models.ForeignKey(Handover, on_delete=models.CASCADE, related_name="rows", db_index=False)
    kind = models.CharField(max_length=40)
    record_id = models.BigIntegerField()
    # nobody: it was called off
    to = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    # empty for a record that was moved
    code = models.CharField(max_length=60, blank=True)
    reason = models.CharField(_("reason"), max_length=500, blank=True)
    # its running deadline began anew with the new person
    restarted = models.BooleanField(default=False)
    at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["handover", "kind", "record_id"], name="handover_row_once_per_record"
            ),
            models.CheckConstraint(
                condition=Q(code="") | Q(restarted=False), name="handover_restarts_what_it_moves"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.record_id}"
