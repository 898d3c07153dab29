"""What the runtime remembers of itself: when each sweep ran, and which processes are alive."""

from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _


class SweepRun(models.Model):
    """The latest run of each sweep, whoever ran it (`by`: worker, scheduler or command)."""

    name = models.CharField(_("name"), max_length=100, primary_key=True)
    by = models.CharField(_("run by"), max_length=20)
    started_at = models.DateTimeField(_("started"), db_default=Now())
    finished_at = models.DateTimeField(_("finished"), null=True)
    succeeded_at = models.DateTimeField(_("last success"), null=True)
    result = models.JSONField(_("result"), default=dict)
    error = models.TextField(_("error"), blank=True)

    class Meta:
        verbose_name = _("sweep run")
        verbose_name_plural = _("sweep runs")

    def __str__(self) -> str:
        return self.name


class Heartbeat(models.Model):
    """The last sign of life of a kind of process on a host (`worker@host`), written every few seconds."""

    name = models.CharField(_("name"), max_length=200, primary_key=True)
    pid = models.PositiveIntegerField(_("process number"))
    at = models.DateTimeField(_("at"), db_default=Now())

    class Meta:
        verbose_name = _("heartbeat")
        verbose_name_plural = _("heartbeats")

    def __str__(self) -> str:
        return self.name
