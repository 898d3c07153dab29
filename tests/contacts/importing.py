"""Files on their way to becoming customers, contacts and opportunities; the worker's part is done here."""

import io
import json
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.test.client import BOUNDARY, MULTIPART_CONTENT, encode_multipart

from salesflow.lib.tabular import write_csv
from salesflow.people.models import User
from salesflow.work.models import Import, ImportRow
from salesflow.work.services.imports import import_run, import_upload
from tests.api.conftest import Caller


def csv_of(header: str, *rows: str) -> bytes:
    """A file of a header and rows, cells set apart by bars."""
    file = io.BytesIO()
    write_csv(file, header.split("|"), [row.split("|") for row in rows])
    return file.getvalue()


def posted(caller: Caller, resource: str, content: bytes, name: str = "file.csv", **fields: Any) -> Any:
    """The answer to an upload; `mapping` travels as JSON."""
    parts = {key: json.dumps(value) if key == "mapping" else value for key, value in fields.items()}
    body = encode_multipart(
        BOUNDARY, {"file": SimpleUploadedFile(name, content), "resource": resource, **parts}
    )
    return caller.generic("POST", "imports/", body, content_type=MULTIPART_CONTENT)


def imported(by: User, resource: str, content: bytes, name: str = "file.csv", **how: Any) -> Import:
    """An import that was read to its end."""
    job = import_upload(file=SimpleUploadedFile(name, content), resource=resource, by=by, **how)
    import_run(job_id=job.pk)
    job.refresh_from_db()
    return job


def counts(job: Import) -> tuple[int, int, int, int]:
    """Created, updated, skipped, rejected of a finished import whose every row is accounted for."""
    job.refresh_from_db()
    assert job.status == "done", job.error
    assert job.total == job.created + job.updated + job.skipped + job.rejected
    assert ImportRow.objects.filter(job=job).count() == job.total
    return job.created, job.updated, job.skipped, job.rejected


def reasons(job: Import) -> list[str]:
    return list(ImportRow.objects.filter(job=job).order_by("number").values_list("reason", flat=True))
