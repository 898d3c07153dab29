"""`/imports/`: files that become customers, contacts, tasks and the like: upload, map, try, watch, cancel, undo."""

from typing import Any, ClassVar

from rest_framework import serializers
from rest_framework.parsers import MultiPartParser
from rest_framework.response import Response

from salesflow.lib.api.parsers import StrictJSONParser
from salesflow.lib.api.records import Body, Creating, Records, deed, reading, standard_rights
from salesflow.lib.api.routes import Router
from salesflow.lib.api.schema import CSV
from salesflow.lib.api.shapes import Shape
from salesflow.lib.uploads import Allowance
from salesflow.lib.web.downloads import csv_answer
from salesflow.people.models import User
from salesflow.work.import_bodies import JSONText, ReadingBody, sample_shown
from salesflow.work.lists import ImportList
from salesflow.work.models import Import, ImportRow
from salesflow.work.services.imports import (
    Foretold,
    import_cancel,
    import_preview,
    import_reread,
    import_retry,
    import_start,
    import_undo,
    import_upload,
    rejected_rows,
)


class ImportShape(Shape):
    """An import and how far it is; `mapping` is the guess while it needs one.

    Of a `dry_run` the counts say what would become of the rows; nothing of it is written.
    """

    sample = serializers.SerializerMethodField(help_text="The cells of the first rows.")

    class Meta:
        model = Import
        fields = (
            "id", "resource", "filename", "size", "encoding", "delimiter", "sheet", "sheets", "header_row", "header",
            "sample", "mapping", "mode", "dry_run", "status", "error", "by", "total", "read_percent", "processed",
            "created", "updated", "skipped", "rejected", "started_at", "finished_at", "undone_at", "kept_after_undo",
            "created_at", "updated_at", "version",
        )  # fmt: skip
        read_only_fields = fields

    def get_sample(self, job: Import) -> list[list[str]]:
        return sample_shown(job)


_MODE = "Whether rows may make new records (create), change those that are there (update), or both."
_DRY_RUN = "Try the whole file: the same report, and nothing written. `start` then reads it for good."


class RecordsUploadBody(ReadingBody):
    """A multipart upload; `mapping` is JSON: header to field, list of fields, or null."""

    file = serializers.FileField(allow_empty_file=True)
    resource = serializers.CharField(
        max_length=60,
        help_text="What the rows become: customers, contacts, opportunities, tasks, partners, lead-sources, campaigns.",
    )
    mapping = JSONText(required=False)
    mode = serializers.ChoiceField(Import.Mode.choices, default=Import.Mode.BOTH, help_text=_MODE)
    dry_run = serializers.BooleanField(default=False, help_text=_DRY_RUN)


class RecordsChoiceBody(Body):
    """What is left out stays as it was said."""

    mapping = serializers.JSONField(required=False)
    mode = serializers.ChoiceField(Import.Mode.choices, required=False, help_text=_MODE)


class RecordsStartBody(RecordsChoiceBody):
    """What is left out stays as it was said; `dry_run` must be asked for anew."""

    dry_run = serializers.BooleanField(default=False, help_text=_DRY_RUN)


class ForetoldRecord(Body):
    """What would become of a row; `record` is the one that is there already, null if it may not be seen."""

    number = serializers.IntegerField()
    result = serializers.ChoiceField(ImportRow.Result.choices)
    reason = serializers.CharField()
    label = serializers.CharField()
    record = serializers.IntegerField(source="record_id", allow_null=True)
    fields_changed = serializers.ListField(child=serializers.CharField(), source="fields")


class RecordsTrial(Body):
    rows = ForetoldRecord(many=True)


class ImportResource(Creating, Records):
    """Imports of customers, contacts, tasks, partners and others from files; those of leads are `lead-imports`."""

    resource, spec, shape, new_shape = "imports", ImportList(), ImportShape, RecordsUploadBody
    parser_classes: ClassVar = [StrictJSONParser, MultiPartParser]
    upload_allowance = Allowance("IMPORT_MAX_BYTES")
    rights: ClassVar = standard_rights("jobs", create="records.import")

    def add(self, *, by: User, **values: Any) -> Import:
        return import_upload(by=by, **values)

    @deed("records.import", body=RecordsStartBody)
    def start(self, record: Import, data: dict[str, Any]) -> None:
        """Start an import that waits for its mapping, or one whose dry run has ended."""
        import_start(job=record, by=self.request.user, **data)

    @deed("records.import", body=RecordsChoiceBody, answers=RecordsTrial)
    def preview(self, record: Import, data: dict[str, Any]) -> Response:
        """What would become of the first rows under a mapping; nothing is written."""
        rows: list[Foretold] = import_preview(job=record, by=self.request.user, **data)
        return Response(RecordsTrial({"rows": rows}).data)

    @deed("records.import", body=ReadingBody)
    def reread(self, record: Import, data: dict[str, Any]) -> None:
        """Read the file of a waiting import in another way: encoding, delimiter, sheet, row of the header."""
        import_reread(job=record, by=self.request.user, **data)

    @deed("records.import")
    def cancel(self, record: Import, data: dict[str, Any]) -> None:
        """End an import that waits or runs; rows that were read stay, to be undone or gone on with by `retry`."""
        import_cancel(job=record, by=self.request.user)

    @deed("records.import")
    def undo(self, record: Import, data: dict[str, Any]) -> None:
        """Take an import back: records it made are archived, fields it changed set back. What people have worked on or
        changed since stays and is listed. A large one is `running` until a worker has done it."""
        import_undo(job=record, by=self.request.user)

    @deed("records.import")
    def retry(self, record: Import, data: dict[str, Any]) -> None:
        """Go on with a failed or cancelled import, or read an undone one again."""
        import_retry(job=record, by=self.request.user)

    @reading("jobs.view", path="rejected-rows", answers=CSV)
    def rejected_rows(self, record: Import) -> Any:
        """The rejected rows as CSV: the original columns and `reason`."""
        header, rows = rejected_rows(record)
        return csv_answer(header, rows, f"rejected-{record.pk}.csv")


def route(router: Router) -> None:
    router.add(ImportResource)
