"""Files that hang on records: what people called them, and the content in the store."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from salesflow.files.content.kinds import KINDS, Kind
from salesflow.files.querysets import AttachmentQuerySet
from salesflow.lib.records import OnSubject, Record


class StoredFile(models.Model):
    """A content in the store, once for all the attachments that have it; never changed.

    The row is committed after the content is whole in the store: a row without its file does not come about, a file
    without a row is swept away after a day.
    """

    sha256 = models.CharField(max_length=64, editable=False)
    size = models.BigIntegerField(editable=False)
    path = models.CharField(max_length=120, editable=False)
    # of a picture its own, of a PDF those of the picture of its first page; null where there is no picture to look at
    width = models.PositiveIntegerField(null=True, editable=False)
    height = models.PositiveIntegerField(null=True, editable=False)
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        verbose_name = _("stored file")
        verbose_name_plural = _("stored files")
        constraints = [
            models.UniqueConstraint(fields=["sha256"], name="stored_file_content_once"),
            models.UniqueConstraint(fields=["path"], name="stored_file_path_once"),
            models.CheckConstraint(
                condition=Q(sha256__regex=r"^[0-9a-f]{64}$"), name="stored_file_has_a_digest"
            ),
            models.CheckConstraint(condition=Q(size__gt=0), name="stored_file_is_not_empty"),
            models.CheckConstraint(
                condition=Q(width=None, height=None) | Q(width__gt=0, height__gt=0),
                name="stored_file_picture_has_a_size",
            ),
        ]

    def __str__(self) -> str:
        return self.path

    @property
    def has_picture(self) -> bool:
        """Whether there are pictures of it to look at, a large and a small one."""
        return self.width is not None


class Attachment(OnSubject, Record):
    """A file on a record, under the name people know it by. Removing it archives it; the content stays."""

    file = models.ForeignKey(StoredFile, on_delete=models.PROTECT, related_name="attachments")
    name = models.CharField(_("name"), max_length=255)
    kind = models.CharField(_("kind"), max_length=10, editable=False)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")

    objects: ClassVar[AttachmentQuerySet] = AttachmentQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = _("attachment")
        verbose_name_plural = _("attachments")
        constraints = [
            models.CheckConstraint(condition=~Q(name=""), name="attachment_has_a_name"),
        ]
        indexes = [
            models.Index(fields=["subject_type", "subject_id", "-id"], name="attachment_of_subject"),
            models.Index(fields=["by", "-id"], name="attachment_of_person"),
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("file", args=[self.pk])

    @property
    def made_of(self) -> Kind:
        """What it is, as its content said when it came."""
        return KINDS[self.kind]
