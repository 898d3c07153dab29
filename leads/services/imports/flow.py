"""The import of leads: what is its own of the steps of every import (`salesflow.work.services.imports`)."""

from datetime import timedelta
from typing import Any

from leads import policies
from leads.models import LeadImport, LeadImportRow
from leads.services.imports.chunk import LeadChunks
from leads.services.imports.mapping import (
    mapping_checked,
    mapping_guess,
    mapping_remember,
    template_mapping,
)
from leads.services.imports.trial import trial_forget
from salesflow.lib.queue import enqueue
from salesflow.people.models import User
from salesflow.work.services import custom_fields_ensure
from salesflow.work.services.custom_fields import custom_words
from salesflow.work.services.imports.files import sample_cells
from salesflow.work.services.imports.flow import UNREAD, ImportFlow

CHUNK = 1000


class LeadFlow(ImportFlow):
    """Remembers mappings by source, makes custom fields that are missing, tells owners at the end."""

    model, rows, row_job = LeadImport, LeadImportRow, "lead_import"
    app, key = "leads", "import"
    unread = UNREAD | {"merged": 0, "told_until": 0, "undone_until": 0}
    related = ("source", "campaign", "by", "undoing_by")
    lease = timedelta(seconds=20)

    def may_run(self, by: User, job: Any) -> bool:
        return policies.can_run_import(by, job)

    def settle(self, job: Any) -> bool:
        if job.mapping is not None:
            job.mapping = mapping_checked(job.mapping, job.header, updates=updates(job))
            return True
        job.mapping = template_mapping(job.header)
        if job.mapping is not None:
            return True
        job.mapping = mapping_guess(job.header, job.source, sample_cells(job), custom_words("leads"))
        return False

    def settled(self, job: Any) -> None:
        mapping_remember(job)

    def wake(self, job: Any) -> None:
        from leads.tasks import run_import

        enqueue(run_import, job.pk)

    def chunks(self, job: Any) -> LeadChunks:
        return LeadChunks(self, job)

    def chunk_rows(self) -> int:
        return CHUNK

    def before_reading(self, job: Any) -> None:
        if job.dry_run:
            return
        wanted = {
            target.removeprefix("custom."): header
            for header, listed in (job.mapping or {}).items()
            for target in listed
            if target.startswith("custom.")
        }
        custom_fields_ensure(resource="leads", labels=wanted, by=job.by)

    def forget_trial(self, job: Any) -> None:
        trial_forget(job)

    def done(self, job: Any) -> None:
        from leads.services.imports.finish import import_end

        import_end(job)

    def failed(self, job: Any, error: str) -> None:
        from leads.services.imports.finish import import_end

        import_end(job, error=error)

    def undo(self, job: Any, *, seconds: float | None) -> None:
        from leads.services.imports.undo import import_undo_run

        import_undo_run(job, seconds=seconds)


def updates(job: LeadImport) -> bool:
    """Whether rows may change leads that are there."""
    return job.on_duplicate == LeadImport.OnDuplicate.UPDATE


FLOW = LeadFlow()
