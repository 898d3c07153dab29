"""The rows an import could not take, as a file that can be mended and imported again."""

from collections.abc import Iterable, Iterator

from salesflow.work.models import Import, ImportRow

REASON = "reason"
Rejected = Iterable[tuple[list[str] | None, str]]


def rejected_rows(job: Import) -> tuple[list[str], Iterator[list[str]]]:
    """The original header and `reason`, and each rejected row as it stood; streams, whatever the number."""
    rows = ImportRow.objects.filter(job=job, result=ImportRow.Result.REJECTED).order_by("number")
    return rows_with_reasons(job.header, rows.values_list("cells", "reason").iterator(chunk_size=2000))


def rows_with_reasons(header: list[str], rows: Rejected) -> tuple[list[str], Iterator[list[str]]]:
    """The header and `reason`, and rows as they stood.

    Cells beyond the header's width (a row that was refused for having too many) follow the reason.
    """
    return [*header, REASON], _laid_out(len(header), rows)


def _laid_out(width: int, rows: Rejected) -> Iterator[list[str]]:
    for cells, reason in rows:
        texts = [str(cell) for cell in cells or []]
        yield [*texts[:width], *[""] * (width - len(texts)), reason, *texts[width:]]
