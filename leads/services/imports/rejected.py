"""The rows an import could not take, as a file that can be mended and imported again."""

from collections.abc import Iterator

from leads.models import LeadImport, LeadImportRow

REASON = "reason"


def rejected_rows(job: LeadImport) -> tuple[list[str], Iterator[list[str]]]:
    """The original header and `reason`, and each rejected row as it stood; streams, whatever the number.

    Cells beyond the header's width (a row that was refused for having too many) follow the reason.
    """
    return [*job.header, REASON], _rows(job)


def _rows(job: LeadImport) -> Iterator[list[str]]:
    width = len(job.header)
    rows = LeadImportRow.objects.filter(lead_import=job, result=LeadImportRow.Result.REJECTED)
    for cells, reason in rows.order_by("number").values_list("cells", "reason").iterator(chunk_size=2000):
        texts = [str(cell) for cell in cells or []]
        yield [*texts[:width], *[""] * (width - len(texts)), reason, *texts[width:]]
