"""What leaves as a file: as an attachment, never sniffed, shut in, kept by nobody on the way."""

import re
from collections.abc import Iterable, Sequence
from typing import Any
from urllib.parse import quote

from django.http import StreamingHttpResponse

from salesflow.lib.tabular import csv_chunks

#: Should a browser show it all the same, it runs nothing and reaches nothing of ours.
SHUT_IN = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; sandbox"


def csv_answer(header: Sequence[str], rows: Iterable[Sequence[Any]], filename: str) -> StreamingHttpResponse:
    """A CSV file as an attachment; rows are read while they are sent."""
    answer = StreamingHttpResponse(csv_chunks(header, rows), content_type="text/csv; charset=utf-8")
    return as_attachment(answer, filename)


def as_attachment(answer: Any, filename: str) -> Any:
    """To be saved under this name: in ASCII for old programs, as it is for the others (RFC 6266)."""
    plain = re.sub(r"[^A-Za-z0-9._-]+", "-", filename)[:100] or "file"
    told = f'attachment; filename="{plain}"'
    if plain != filename:
        told += f"; filename*=UTF-8''{quote(filename, safe='')}"
    answer["Content-Disposition"] = told
    return shut_in(answer)


def shut_in(answer: Any) -> Any:
    """What others made: as the type we say and no other, with no rights in our place, for this reader alone."""
    answer["X-Content-Type-Options"] = "nosniff"
    answer["Content-Security-Policy"] = SHUT_IN
    answer["Cross-Origin-Resource-Policy"] = "same-origin"
    answer["Cache-Control"] = "private, no-store"
    return answer
