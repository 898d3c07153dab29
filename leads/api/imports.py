"""`/lead-imports/`: upload, map, try, watch, stop, undo."""

from typing import Any, ClassVar

from rest_framework import serializers
from rest_framework.parsers import MultiPartParser
from rest_framework.response import Response

from leads.lists import LeadImportList
from leads.models import Campaign, LeadImport, LeadSource
from leads.services import (
    import_preview,
    import_reread,
    import_retry,
    import_start,
    import_stop,
    import_undo,
    import_upload,
    rejected_rows,
)
from leads.services.imports import Foretold
from salesflow.lib.api.parsers import StrictJSONParser
from salesflow.lib.api.records import Creating, Records, deed, reading, standard_rights
from salesflow.lib.api.schema import CSV
from salesflow.lib.api.shapes import Body, Shape
from salesflow.lib.uploads import Allowance
from salesflow.lib.web.downloads import csv_answer
from salesflow.people.models import User
from salesflow.work.import_bodies import JSONText, ReadingBody, sample_shown


class LeadImportShape(Shape):
    """An import and how far it is; `mapping` is the guess while it needs one.

    `sample` shows the cells of the first rows. Of a file that takes long to look at it is empty, as is `header`, until
    a worker has.
    """

    sample = serializers.SerializerMethodField()

    class Meta:
        model = LeadImport
        fields = (
            "id", "filename", "size", "encoding", "delimiter", "sheet", "sheets", "header_row", "header", "sample",
            "source", "campaign", "mapping", "on_duplicate", "assignment", "dry_run", "status", "error", "by", "total",
            "read_percent", "processed", "created", "merged", "skipped", "rejected", "started_at", "finished_at",
            "undone_at", "kept_after_undo", "created_at", "updated_at", "version",
        )  # fmt: skip
        read_only_fields = fields

    def get_sample(self, job: LeadImport) -> list[list[str]]:
        return sample_shown(job)


class UploadBody(ReadingBody):
    """A multipart upload; `mapping` is JSON: header to target, list of targets, or null."""

    file = serializers.FileField(allow_empty_file=True)
    source = serializers.PrimaryKeyRelatedField(
        queryset=LeadSource.objects.filter(archived_at=None), required=False
    )
    campaign = serializers.PrimaryKeyRelatedField(
        queryset=Campaign.objects.filter(archived_at=None), required=False
    )
    mapping = JSONText(required=False)
    on_duplicate = serializers.ChoiceField(
        LeadImport.OnDuplicate.choices, default=LeadImport.OnDuplicate.SKIP
    )
    assignment = serializers.ChoiceField(LeadImport.Assignment.choices, default=LeadImport.Assignment.RULES)
    dry_run = serializers.BooleanField(
        default=False, help_text="Try the whole file: the same report, and nothing written."
    )


class PreviewBody(Body):
    """The mapping; the other two replace what was said with the upload."""

    mapping = serializers.JSONField()
    on_duplicate = serializers.ChoiceField(LeadImport.OnDuplicate.choices, required=False)
    assignment = serializers.ChoiceField(LeadImport.Assignment.choices, required=False)


class StartBody(PreviewBody):
    """As for the preview; after a dry run what is left out stays as it was, `dry_run` must be asked for anew."""

    mapping = serializers.JSONField(required=False)
    dry_run = serializers.BooleanField(
        default=False, help_text="Try the whole file: the same report, and nothing written."
    )


class ForetoldLead(Body):
    """The lead as it would be entered."""

    company_name = serializers.CharField()
    contact_name = serializers.CharField()
    grade = serializers.CharField()
    score = serializers.IntegerField()
    owner = serializers.IntegerField(source="owner_id", allow_null=True)
    pool = serializers.IntegerField(source="pool_id", allow_null=True)


class ForetoldRow(Body):
    """What would become of a row; `duplicate_of` is the lead that is there already, null if it may not be seen."""

    number = serializers.IntegerField()
    result = serializers.ChoiceField(("created", "merged", "skipped", "rejected"))
    reason = serializers.CharField()
    duplicate_of = serializers.IntegerField(allow_null=True)
    fields_filled = serializers.ListField(child=serializers.CharField(), source="fields")
    lead = ForetoldLead(allow_null=True)


class PreviewAnswer(Body):
    rows = ForetoldRow(many=True)


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
        """Start a waiting import with its mapping, or one whose dry run has ended."""
        import_start(job=record, by=self.request.user, **data)

    @deed("leads.import", body=PreviewBody, answers=PreviewAnswer)
    def preview(self, record: LeadImport, data: dict[str, Any]) -> Response:
        """What would become of the first rows under a mapping; nothing is written."""
        rows: list[Foretold] = import_preview(job=record, by=self.request.user, **data)
        return Response(PreviewAnswer({"rows": rows}).data)

    @deed("leads.import", body=ReadingBody)
    def reread(self, record: LeadImport, data: dict[str, Any]) -> None:
        """Read the file of a waiting import in another way: encoding, delimiter, sheet, row of the header."""
        import_reread(job=record, by=self.request.user, **data)

    @deed("leads.import")
    def stop(self, record: LeadImport, data: dict[str, Any]) -> None:
        """End a running import; it is `failed` then, to be undone or gone on with."""
        import_stop(job=record, by=self.request.user)

    @deed("leads.import")
    def undo(self, record: LeadImport, data: dict[str, Any]) -> None:
        """Take an import back; leads that people have worked on stay and are listed. A large one is `running` until
        a worker has done it."""
        import_undo(job=record, by=self.request.user)

    @deed("leads.import")
    def retry(self, record: LeadImport, data: dict[str, Any]) -> None:
        """Go on with a failed import, or read an undone one again."""
        import_retry(job=record, by=self.request.user)

    @reading("jobs.view", path="rejected-rows", answers=CSV)
    def rejected_rows(self, record: LeadImport) -> Any:
        """The rejected rows as CSV: the original columns and `reason`."""
        header, rows = rejected_rows(record)
        return csv_answer(header, rows, f"rejected-{record.pk}.csv")
