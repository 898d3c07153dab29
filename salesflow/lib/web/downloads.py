"""Tables as files: streamed, as attachments, never sniffed."""

import re
from collections.abc import Iterable, Sequence
from typing import Any

from django.http import StreamingHttpResponse

from salesflow.lib.tabular import csv_chunks


def csv_answer(header: Sequence[str], rows: Iterable[Sequence[Any]], filename: str) -> StreamingHttpResponse:
    """A CSV file as an attachment; rows are read while they are sent."""
    answer = StreamingHttpResponse(csv_chunks(header, rows), content_type="text/csv; charset=utf-8")
    return as_attachment(answer, filename)


def as_attachment(answer: Any, filename: str) -> Any:
    safe = re.sub(r"[^A-Za-z0-9._-]+", "-", filename)[:100] or "file"
    answer["Content-Disposition"] = f'attachment; filename="{safe}"'
    answer["X-Content-Type-Options"] = "nosniff"
    answer["Cache-Control"] = "no-store"
    return answer
