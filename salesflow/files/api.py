"""REST doors of files on records: multipart in, the content out, and what is known of it as JSON."""

from typing import TYPE_CHECKING, Any

from django.db.models import QuerySet
from drf_spectacular.types import OpenApiTypes
from rest_framework import serializers
from rest_framework.parsers import MultiPartParser

from salesflow.files.answers import download, picture
from salesflow.files.content.kinds import CHOICES
from salesflow.files.lists import AttachmentList
from salesflow.files.models import Attachment
from salesflow.files.services import (
    attachment_add,
    attachment_remove,
    attachment_rename,
    attachment_restore,
)
from salesflow.lib.api.parsers import StrictJSONParser
from salesflow.lib.api.records import Archiving, Changing, Creating, Records, reading, standard_rights
from salesflow.lib.api.shapes import Shape
from salesflow.lib.api.subjects import OnSubjectShape
from salesflow.lib.uploads import Allowance
from salesflow.people.models import User

if TYPE_CHECKING:
    from salesflow.lib.api.routes import Router


class AttachmentShape(Shape):
    """A file on a record. `sha256` is that of the content as it is downloaded: pictures are made anew."""

    kind = serializers.ChoiceField(CHOICES, read_only=True)
    media_type = serializers.CharField(source="made_of.media_type", read_only=True)
    size = serializers.IntegerField(source="file.size", read_only=True, help_text="In bytes.")
    sha256 = serializers.CharField(source="file.sha256", read_only=True)
    width = serializers.IntegerField(source="file.width", read_only=True, allow_null=True)
    height = serializers.IntegerField(source="file.height", read_only=True, allow_null=True)
    has_picture = serializers.BooleanField(
        source="file.has_picture", read_only=True, help_text="Whether `picture/` and `thumbnail/` show it."
    )

    class Meta:
        model = Attachment
        fields = (
            "id", "subject_type", "subject_id", "name", "kind", "media_type", "size", "sha256", "width", "height",
            "has_picture", "by", "created_at", "updated_at", "version",
        )  # fmt: skip
        read_only_fields = tuple(name for name in fields if name != "name")


class AttachmentNewShape(OnSubjectShape):
    """A multipart upload; without `name` the file keeps its own."""

    file = serializers.FileField(allow_empty_file=True)
    name = serializers.CharField(max_length=255, required=False)

    class Meta:
        model = Attachment
        fields = ("subject_type", "subject_id", "file", "name")


class AttachmentResource(Creating, Changing, Archiving, Records):
    """Files on records. Whoever sees a record sees its files; whoever works on it adds and removes them."""

    resource, spec, shape = "attachments", AttachmentList(), AttachmentShape
    new_shape = AttachmentNewShape
    parser_classes = [StrictJSONParser, MultiPartParser]
    upload_allowance = Allowance("FILE_MAX_BYTES")
    rights = standard_rights("attachments")

    def for_shape(self, rows: QuerySet[Attachment]) -> QuerySet[Attachment]:
        return rows.select_related("file")

    def add(self, *, by: User, **values: Any) -> Attachment:
        return attachment_add(by=by, **values)

    def change(self, record: Attachment, *, by: User, name: str | None = None) -> Attachment:
        return attachment_rename(attachment=record, by=by, name=record.name if name is None else name)

    def archive(self, record: Attachment, *, by: User) -> None:
        attachment_remove(attachment=record, by=by)

    def unarchive(self, record: Attachment, *, by: User) -> None:
        attachment_restore(attachment=record, by=by)

    @reading("attachments.view", answers=OpenApiTypes.BINARY)
    def download(self, record: Attachment) -> Any:
        """The content, as an attachment."""
        return download(record)

    @reading("attachments.view", answers=OpenApiTypes.BINARY)
    def picture(self, record: Attachment) -> Any:
        """A picture of it of up to 1,600 pixels (WebP); of a PDF its first page."""
        return picture(record, "large")

    @reading("attachments.view", answers=OpenApiTypes.BINARY)
    def thumbnail(self, record: Attachment) -> Any:
        """A picture of it of up to 320 pixels (WebP)."""
        return picture(record, "small")


def route(router: "Router") -> None:
    router.add(AttachmentResource)
