"""Files on their way to becoming leads, for the tests of imports: through REST, with the worker's part done here."""

import io
import json
from pathlib import Path
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.test.client import BOUNDARY, MULTIPART_CONTENT, encode_multipart

from leads.models import LeadImport, LeadImportRow
from leads.services import import_run, import_upload
from salesflow.lib.tabular import write_csv
from salesflow.people.models import User
from tests.api.conftest import Caller

HEADER = ["company_name", "contact_name", "email", "phone"]
ROWS = [
    ["上海明远科技有限公司", "王晓琳", "wang@mingyuan.example", "138 0013 8000"],
    ["Orion Aerospace", "Daniel Kim", "kim@orion.example", ""],
    ["Blue Harbor", "Aisha Khan", "", "021-5555 0100"],
]


def kept(folder: Path) -> list[Path]:
    return [path for path in folder.glob("**/*") if path.is_file()]


def csv_of(
    rows: list[list[str]], header: list[str] | None = None, name: str = "leads.csv"
) -> SimpleUploadedFile:
    file = io.BytesIO()
    write_csv(file, header or HEADER, rows)
    return SimpleUploadedFile(name, file.getvalue())


def persons(number: int, *, start: int = 0) -> list[list[str]]:
    """Rows of so many people, none like another."""
    return [
        [f"Firm {n} Ltd", f"Person Number{n}", f"p{n}@f{n}.example", ""] for n in range(start, start + number)
    ]


def imported(rep: User, rows: list[list[str]], **kwargs: Any) -> LeadImport:
    job = import_upload(file=csv_of(rows, kwargs.pop("header", None)), by=rep, **kwargs)
    import_run(job_id=job.pk)
    return job


def counts(job: LeadImport) -> tuple[int, int, int, int]:
    """Created, merged, skipped, rejected of a finished import whose every row is accounted for."""
    job.refresh_from_db()
    assert job.status == "done", job.error
    assert job.total == job.created + job.merged + job.skipped + job.rejected
    assert LeadImportRow.objects.filter(lead_import=job).count() == job.total
    return job.created, job.merged, job.skipped, job.rejected


def posted(caller: Caller, content: bytes, name: str = "leads.csv", **fields: Any) -> Any:
    """The answer to an upload; `mapping` travels as JSON."""
    parts = {key: json.dumps(value) if key == "mapping" else value for key, value in fields.items()}
    body = encode_multipart(BOUNDARY, {"file": SimpleUploadedFile(name, content), **parts})
    return caller.generic("POST", "lead-imports/", body, content_type=MULTIPART_CONTENT)


def done(caller: Caller, job: dict[str, Any]) -> dict[str, Any]:
    """A queued import after a worker has read it."""
    import_run(job_id=job["id"])
    return dict(caller.get(f"lead-imports/{job['id']}/").json())
