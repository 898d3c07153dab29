"""Who wants to be told what happens on a record."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from salesflow.lib.records import OnSubject


class FollowQuerySet(models.QuerySet["Follow"]):
    def of(self, user: object, type_: str) -> "FollowQuerySet":
        """What this person follows of one kind of record."""
        return self.filter(user=user, subject_type=type_)


class Follow(OnSubject):
    """One person follows one record, from a moment on."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="follows", db_index=False
    )
    since = models.DateTimeField(_("since"), db_default=Now())

    objects = FollowQuerySet.as_manager()

    class Meta:
        verbose_name = _("follower")
        verbose_name_plural = _("followers")
        constraints = [
            models.UniqueConstraint(
                fields=["subject_type", "subject_id", "user"], name="follow_once_per_person_and_record"
            ),
            models.CheckConstraint(condition=~Q(subject_type=""), name="follow_names_its_record"),
        ]
        indexes = [models.Index(fields=["user", "subject_type", "subject_id"], name="follow_of_person")]

    def __str__(self) -> str:
        return f"{self.user_id} → {self.subject_type} {self.subject_id}"


class FollowFeed(models.Model):
    """The one row that says up to which seal of the journal followers have been told."""

    id = models.SmallIntegerField(primary_key=True, default=1)
    seal_id = models.BigIntegerField(default=0)

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(id=1), name="follow_feed_is_one_row")]

    def __str__(self) -> str:
        return f"up to seal {self.seal_id}"
