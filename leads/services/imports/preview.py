"""What an import would do with its first rows: the deed itself on them, taken back before it is done."""

from dataclasses import dataclass
from typing import Any

from django.db import transaction

from leads import policies
from leads.models import Lead, LeadImport
from leads.services.enter import Entered, reason_told, twins_told
from leads.services.imports.chunk import Drafts
from leads.services.imports.flow import FLOW
from leads.services.imports.start import job_choose
from leads.services.told import Told
from salesflow.lib.errors import require
from salesflow.people.models import User
from salesflow.work.services.imports.jobs import require_startable


@dataclass(frozen=True)
class Foretold:
    """What would become of one row: the lead as it would be entered, or why not.

    `lead` is not stored. `duplicate_of` is the id of the lead that is there already, if the person may see it.
    """

    number: int
    result: str
    reason: str
    lead: Lead | None
    duplicate_of: int | None
    fields: tuple[str, ...]


def import_preview(
    *, job: LeadImport, by: User, mapping: Any, on_duplicate: str = "", assignment: str = ""
) -> list[Foretold]:
    """What would become of the first rows of a waiting import under this mapping; nothing of it is written.

    The same steps as in the run, on the rows of the sample, in a transaction that is rolled back: the grade, the
    owner and the duplicates are those they would get now. Raises ValidationError for a bad mapping, Conflict unless
    the import waits for one.
    """
    job = LeadImport.objects.select_related("source", "campaign", "by").get(pk=job.pk)
    require(policies.can_run_import(by, job))
    require_startable(FLOW, job)
    job_choose(job, mapping=mapping, on_duplicate=on_duplicate, assignment=assignment)
    drafts = Drafts(job)
    with transaction.atomic():
        entered = [drafts.of(row["number"], row["cells"], row["error"]) for row in job.sample]
        answers = drafts.enter(entered)
        transaction.set_rollback(True)
    told = twins_told(answers, by)
    return [
        _foretold(draft.row or 0, answer, twin)
        for draft, answer, twin in zip(entered, answers, told, strict=True)
    ]


def _foretold(number: int, answer: Entered, twin: Told | None) -> Foretold:
    return Foretold(
        number=number,
        result=answer.result,
        reason=reason_told(answer, twin),
        lead=answer.lead if answer.result == "created" else None,
        duplicate_of=twin.id if twin is not None else None,
        fields=tuple(sorted(answer.changes or answer.filled)),
    )
