"""A dry run of a chunk: the deed itself on its rows, taken back, and the report of it kept."""

from collections.abc import Callable, Sequence

from django.db import transaction

from leads.models import LeadImport
from leads.services.clean import LeadDraft
from leads.services.duplicates import hard_keys
from leads.services.enter import Entered
from salesflow.work.models import ImportTrialKey
from salesflow.work.services.imports.chunk import key_hash

_TYPE = LeadImport._meta.label_lower
OnDuplicate = LeadImport.OnDuplicate


def rows_try(
    job: LeadImport, drafts: Sequence[LeadDraft], enter: Callable[[Sequence[LeadDraft]], list[Entered]]
) -> list[Entered]:
    """What would become of these rows; of leads that earlier rows would have made, their keys are known.

    Inside the caller's transaction, which keeps the report and nothing else.
    """
    keys = {id(draft): [key_hash(key) for key in _keys(job, draft)] for draft in drafts}
    met = _met(job, {key for hashed in keys.values() for key in hashed})
    fresh = [draft for draft in drafts if not met & set(keys[id(draft)])]
    with transaction.atomic():
        entered = enter(fresh) if fresh else []
        transaction.set_rollback(True)
    answers = {id(draft): answer for draft, answer in zip(fresh, entered, strict=True)}
    made = [
        ImportTrialKey(job_type=_TYPE, job_id=job.pk, key=key, number=draft.row or 0)
        for draft in fresh
        if answers[id(draft)].result == "created"
        for key in keys[id(draft)]
    ]
    ImportTrialKey.objects.bulk_create(made, ignore_conflicts=True)
    for answer in entered:
        if answer.lead is not None and answer.lead.imported_by_id == job.pk:
            answer.lead = None  # it was never there
    return [
        answers.get(id(draft)) or Entered(_again(job, draft, met), reason="same_file") for draft in drafts
    ]


def _again(job: LeadImport, draft: LeadDraft, met: set[int]) -> str:
    """What a row does to a lead that an earlier row would have made."""
    if job.on_duplicate == OnDuplicate.UPDATE:
        return "merged" if key_hash(_external(draft)) in met else "skipped"
    return "merged" if job.on_duplicate == OnDuplicate.MERGE else "skipped"


def trial_forget(job: LeadImport) -> None:
    """The keys of a dry run are of no more use."""
    ImportTrialKey.objects.filter(job_type=_TYPE, job_id=job.pk).delete()


def _met(job: LeadImport, keys: set[int]) -> set[int]:
    found = ImportTrialKey.objects.filter(job_type=_TYPE, job_id=job.pk, key__in=keys)
    return set(found.values_list("key", flat=True)) if keys else set()


def _keys(job: LeadImport, draft: LeadDraft) -> list[str]:
    """By what a later row would know this lead again, as the job says."""
    if draft.errors or job.on_duplicate == OnDuplicate.CREATE:
        return []
    keys = ["\n".join(key) for key in hard_keys(draft.lead)]
    if job.on_duplicate == OnDuplicate.UPDATE and draft.lead.external_id:
        keys.append(_external(draft))
    return keys


def _external(draft: LeadDraft) -> str:
    return f"external_id {draft.lead.external_id}"
