"""`/lead-imports/`: upload, map, watch, undo."""

from typing import Any, ClassVar

from rest_framework import serializers
from rest_framework.parsers import MultiPartParser

from leads.lists import LeadImportList
from leads.models import Campaign, LeadImport, LeadSource
from leads.services import import_retry, import_start, import_undo, import_upload, rejected_rows
from salesflow.lib.api.parsers import StrictJSONParser
from salesflow.lib.api.records import Creating, Records, deed, reading, standard_rights
from salesflow.lib.api.shapes import Body, Shape
from salesflow.lib.uploads import Allowance
from salesflow.lib.web.downloads import csv_answer
from salesflow.people.models import User


class LeadImportShape(Shape):
    """An import and how far it is; `mapping` is the guess while it needs one."""

    class Meta:
        model = LeadImport
        fields = (
            "id", "filename", "size", "encoding", "delimiter", "sheet", "header", "sample", "source", "campaign",
            "mapping", "on_duplicate", "assignment", "status", "error", "by", "total", "processed", "created",
            "merged", "skipped", "rejected", "started_at", "finished_at", "undone_at", "kept_after_undo",
            "created_at", "updated_at", "version",
        )  # fmt: skip
        read_only_fields = fields


class UploadBody(Body):
    """A multipart upload; `mapping` is JSON: header to target, list of targets, or null."""

    file = serializers.FileField(allow_empty_file=True, max_length=255)
    source = serializers.PrimaryKeyRelatedField(
        queryset=LeadSource.objects.filter(archived_at=None), required=False
    )
    campaign = serializers.PrimaryKeyRelatedField(
        queryset=Campaign.objects.filter(archived_at=None), required=False
    )
    mapping = serializers.JSONField(required=False, binary=True)
    on_duplicate = serializers.ChoiceField(
        LeadImport.OnDuplicate.choices, default=LeadImport.OnDuplicate.SKIP
    )
    assignment = serializers.ChoiceField(LeadImport.Assignment.choices, default=LeadImport.Assignment.RULES)
    encoding = serializers.CharField(required=False, max_length=40)
    delimiter = serializers.CharField(required=False, max_length=5, trim_whitespace=False)
    sheet = serializers.CharField(required=False, max_length=120)


class StartBody(Body):
    mapping = serializers.JSONField()


class LeadImportResource(Creating, Records):
    """Imports of leads from files."""

    resource, spec, shape, new_shape = "lead-imports", LeadImportList(), LeadImportShape, UploadBody
    parser_classes: ClassVar = [StrictJSONParser, MultiPartParser]
    upload_allowance = Allowance("IMPORT_MAX_BYTES")
    rights: ClassVar = standard_rights("jobs", create="leads.import")

    def add(self, *, by: User, **values: Any) -> LeadImport:
        return import_upload(by=by, **values)

    @deed("leads.import", body=StartBody)
    def start(self, record: LeadImport, data: dict[str, Any]) -> None:
        """Start a waiting import with its mapping."""
        import_start(job=record, by=self.request.user, mapping=data["mapping"])

    @deed("leads.import")
    def undo(self, record: LeadImport, data: dict[str, Any]) -> None:
        """Take an import back; leads that people have worked on stay and are listed."""
        import_undo(job=record, by=self.request.user)

    @deed("leads.import")
    def retry(self, record: LeadImport, data: dict[str, Any]) -> None:
        """Go on with a failed import, or read an undone one again."""
        import_retry(job=record, by=self.request.user)

    @reading("leads.import", path="rejected-rows")
    def rejected_rows(self, record: LeadImport) -> Any:
        """The rejected rows as CSV: the original columns and `reason`."""
        header, rows = rejected_rows(record)
        return csv_answer(header, rows, f"rejected-{record.pk}.csv")
