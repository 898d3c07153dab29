"""The rows an import could not take, as a file that can be mended and imported again."""

from collections.abc import Iterator

from leads.models import LeadImport, LeadImportRow
from salesflow.work.services.imports.rejected import rows_with_reasons


def rejected_rows(job: LeadImport) -> tuple[list[str], Iterator[list[str]]]:
    """The original header and `reason`, and each rejected row as it stood; streams, whatever the number."""
    rows = LeadImportRow.objects.filter(lead_import=job, result=LeadImportRow.Result.REJECTED)
    found = rows.order_by("number").values_list("cells", "reason").iterator(chunk_size=2000)
    return rows_with_reasons(job.header, found)
