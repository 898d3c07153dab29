"""The rows of a chunk as leads: read by the mapping, entered or changed as the job says."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from django.utils.translation import gettext as _

from leads.models import Lead, LeadImport, LeadImportRow
from leads.services.clean import LeadDraft, draft_of
from leads.services.enter import Entered, leads_enter
from leads.services.imports.mapping import NUMBER, target_label
from leads.services.imports.trial import rows_try
from leads.services.imports.update import rows_update
from leads.services.imports.values import RowReader
from salesflow.lib.tabular import Row
from salesflow.people.services import workspace
from salesflow.work.services.custom_values import custom_kinds
from salesflow.work.services.imports.flow import ImportFlow
from salesflow.work.services.imports.storing import Chunks

COUNTS = ("created", "merged", "skipped", "rejected")


class Drafts:
    """Leads made of rows by one job's mapping, unsaved."""

    def __init__(self, job: LeadImport) -> None:
        shared = workspace()
        self.job = job
        self.reader = RowReader(job.header, job.mapping or {}, shared.placeholder_values)
        #: field -> the columns that go to it
        self.columns: dict[str, list[str]] = defaultdict(list)
        for name in job.header:
            for target in (job.mapping or {}).get(name, ()):
                self.columns[target].append(name)
        self.updates = job.on_duplicate == LeadImport.OnDuplicate.UPDATE
        self.region, self.base_currency = shared.phone_region, shared.base_currency
        self.kinds = custom_kinds("leads", by=job.by).read_ahead()  # rows are read in a thread

    def of(self, number: int, cells: Sequence[str], error: str = "") -> LeadDraft:
        """The lead of one row; with `error`, why the row itself could not be read."""
        if error:
            draft = LeadDraft(lead=Lead())
            draft.refuse("row", error, "unreadable")
        else:
            values = self.reader.values(cells)
            named = values.pop(NUMBER, "")
            draft = draft_of(
                values, region=self.region, base_currency=self.base_currency, tolerant=True, kinds=self.kinds
            )
            if self.updates:
                draft.number, draft.given = named, frozenset(values)
                if values.get("contact_name") == values.get("external_id"):  # a number stood in for a name
                    draft.given -= {"contact_name"}
        draft.row = draft.lead.import_row = number
        draft.lead.source, draft.lead.campaign = self.job.source, self.job.campaign
        return draft

    def enter(self, drafts: Sequence[LeadDraft]) -> list[Entered]:
        """Enter the leads of these rows as the job says, inside the caller's transaction.

        What is wrong with a rejected one is told by the column it stands in.
        """
        self._know_again(drafts)
        if self.updates:
            answers = rows_update(
                drafts, by=self.job.by, lead_import=self.job, kinds=self.kinds, enter=self._entered
            )
        else:
            answers = self._entered(drafts)
        for draft, answer in zip(drafts, answers, strict=True):
            if answer.result == "rejected":
                answer.reason = self._faults(draft)
        return answers

    def _entered(self, drafts: Sequence[LeadDraft]) -> list[Entered]:
        return leads_enter(
            drafts=drafts,
            by=self.job.by,
            via=Lead.EnteredVia.IMPORT,
            assignment=self.job.assignment,
            on_duplicate="skip" if self.updates else self.job.on_duplicate,
            lead_import=self.job,
            tell=False,
        )

    def _faults(self, draft: LeadDraft) -> str:
        told = []
        for field, errors in draft.errors.items():
            names = self.columns.get(field) or [target_label(field)]
            for error in errors:
                fault = " ".join(error.messages)
                words = {"column": ", ".join(names), "fault": fault}
                told.append(_("%(column)s: %(fault)s") % words if any(names) else fault)
        return " ".join(told)[:500]

    def _know_again(self, drafts: Sequence[LeadDraft]) -> None:
        """Name for each row the lead that the same row of the very same file (by name and content) became before.

        So a file imported twice makes nothing twice, also where its rows have no address, number or company.
        """
        if self.job.on_duplicate == LeadImport.OnDuplicate.CREATE or not self.job.sha256:
            return
        same = LeadImport.objects.filter(
            sha256=self.job.sha256, filename=self.job.filename, sheet=self.job.sheet
        )
        earlier = list(same.exclude(pk=self.job.pk).values_list("pk", flat=True))
        if not earlier:
            return
        rows = LeadImportRow.objects.filter(
            lead_import__in=earlier,
            number__in=[draft.row for draft in drafts],
            result=LeadImportRow.Result.CREATED,
            lead__archived_at=None,
            lead__merged_into=None,
        )
        made = dict(rows.order_by("-pk").values_list("number", "lead"))
        for draft in drafts:
            draft.known_as = made.get(draft.row or 0)


class LeadChunks(Chunks):
    """Rows that become leads; their drafts are made ahead, while the database stores the chunk before."""

    results = COUNTS
    columns = ("lead_id", "filled", "changes")

    def __init__(self, flow: ImportFlow, job: LeadImport) -> None:
        super().__init__(flow, job)
        self.drafts = Drafts(job)

    def draft(self, row: Row, fault: str) -> LeadDraft:
        return self.drafts.of(row.number, row.cells, fault)

    def answers(self, drafts: Sequence[LeadDraft]) -> list[Entered]:
        enter = self.drafts.enter
        return rows_try(self.job, drafts, enter) if self.job.dry_run else enter(drafts)

    def outcome(self, row: Row, answer: Entered) -> tuple[Any, ...]:
        lead = answer.lead.pk if answer.lead else answer.duplicate_of
        return lead, answer.filled or None, answer.changes
