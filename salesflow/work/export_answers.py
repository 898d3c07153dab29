"""The one way out of an exported file, for page and REST."""

from typing import Any

from django.http import FileResponse

from salesflow.lib.web.downloads import as_attachment
from salesflow.people.models import User
from salesflow.work.models import Export
from salesflow.work.services import export_file, export_filename

MEDIA_TYPES = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


def export_answer(export: Export, by: User) -> Any:
    """The file as an attachment under a name that says whose it is."""
    answer = FileResponse(export_file(export=export, by=by), content_type=MEDIA_TYPES[export.format])
    answer["Content-Length"] = str(export.size)
    return as_attachment(answer, export_filename(export))
