"""What an import would do with its first rows: the deed itself on them, taken back before it is done."""

from dataclasses import dataclass
from typing import Any

from django.db import transaction

from salesflow.lib.errors import require
from salesflow.people.models import User
from salesflow.work import policies
from salesflow.work.imports import kind_named
from salesflow.work.models import Import
from salesflow.work.services.imports.chunk import RowWriting
from salesflow.work.services.imports.jobs import require_startable
from salesflow.work.services.imports.records import FLOW
from salesflow.work.services.imports.start import job_choose


@dataclass(frozen=True)
class Foretold:
    """What would become of one row: which record, which fields of it, or why not.

    `label` is what the record is called; `record_id` is that of one which is there already, if the person may see it.
    """

    number: int
    result: str
    reason: str
    label: str
    record_id: int | None
    fields: tuple[str, ...]


def import_preview(*, job: Import, by: User, mapping: Any = None, mode: str = "") -> list[Foretold]:
    """What would become of the first rows of a waiting import under this mapping; nothing of it is written.

    Raises ValidationError for a bad mapping, Conflict unless the import waits for one.
    """
    job = FLOW.fresh(job)
    require(policies.can_run_import(by, job))
    require_startable(FLOW, job)
    job_choose(job, mapping=mapping, mode=mode)
    kind = kind_named(job.resource)
    writing = RowWriting(job)
    with transaction.atomic():
        drafts = [writing.texts.draft(row["number"], row["cells"], row["error"]) for row in job.sample]
        answers = writing.write(drafts)
        ids = {answer.record_id for answer in answers if answer.record_id}
        seen = kind.spec.visible(by).filter(pk__in=ids)
        labels = {one.pk: str(one) for one in seen}
        transaction.set_rollback(True)
    return [
        Foretold(
            number=draft.number, result=answer.result, reason=answer.reason,
            label=labels.get(answer.record_id, draft.text(kind.needs[0][0])),
            record_id=None if answer.result == "created" or answer.record_id not in labels else answer.record_id,
            fields=tuple(sorted(answer.changes or ())),
        )
        for draft, answer in zip(drafts, answers, strict=True)
    ]  # fmt: skip
