"""How each person wants to be told, and notices on their way to him by mail."""

from datetime import time

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

MORNING = time(8)


class NoticeSettings(models.Model):
    """One person's wishes; who has no row has the defaults. Times are of the person's zone."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, primary_key=True, on_delete=models.CASCADE, related_name="+"
    )
    # kind -> {"bell": whether it counts at the bell, "mail": now, digest or off}; kinds not named have their default
    kinds = models.JSONField(default=dict)
    quiet_from = models.TimeField(_("quiet from"), null=True, blank=True)
    quiet_until = models.TimeField(_("quiet until"), null=True, blank=True)
    digest_at = models.TimeField(_("digest at"), default=MORNING)
    # the calendar day of the last digest, so that there is one a day
    digest_on = models.DateField(null=True, editable=False)
    version = models.PositiveIntegerField(default=1, editable=False)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(quiet_from=None, quiet_until=None)
                | Q(quiet_from__isnull=False, quiet_until__isnull=False),
                name="quiet_hours_have_both_ends",
            ),
        ]

    def __str__(self) -> str:
        return f"wishes of user {self.user_id}"


class NoticeMail(models.Model):
    """A notice that goes out by mail when its time has come; gone once the mail is written."""

    notice = models.OneToOneField(
        "journal.Notice", primary_key=True, on_delete=models.CASCADE, related_name="+"
    )
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+", db_index=False
    )
    due_at = models.DateTimeField()
    is_digest = models.BooleanField()

    class Meta:
        indexes = [
            models.Index(fields=["due_at"], name="notice_mail_due"),
            models.Index(fields=["user", "due_at"], name="notice_mail_of_person"),
        ]

    def __str__(self) -> str:
        return f"notice {self.notice_id} by mail"
