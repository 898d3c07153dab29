"""Taking an import back as a whole, without taking away what people have worked on since.

Batch by batch, each one transaction that also moves the place to go on from: a small import within the request, a large
one by a worker, and either goes on by itself when its process is killed.
"""

from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import connection, transaction
from django.db.models.functions import Now

from leads.models import Lead, LeadImport, LeadImportRow, Ownership
from leads.services.clean import keys_set
from leads.services.edit import lead_edit
from leads.services.fill import EMPTY, JSON_FIELDS, PLAIN, flags_fit, leads_put
from leads.services.first_contact import first_contact_cancel
from leads.services.imports.flow import FLOW
from leads.services.place import ownership_end
from leads.services.score import leads_rescore
from salesflow.journal.services import EventDraft, record_many
from salesflow.lib.errors import Conflict
from salesflow.lib.records import touched
from salesflow.people.models import User
from salesflow.work.services.imports.jobs import undo_begin, undo_end, undo_run
from salesflow.work.services.imports.undo import values_before

BATCH = 1000
CHANGED_BATCH = 200
#: Imports of so many rows are undone while their person waits, a few seconds.
AT_ONCE = 5000
_EMPTY_AGAIN = {name: "" if Lead._meta.get_field(name).empty_strings_allowed else None for name in PLAIN}  # type: ignore[union-attr]

#: Leads that a person has done something with since: said, planned, noted, changed, taken. What the import itself did
#: in the person's name (entered, assigned, filled) is not that.
_WORKED_ON = """
SELECT l.id FROM leads_lead l
 WHERE l.id = ANY(%(leads)s) AND (
   EXISTS (SELECT 1 FROM journal_event e WHERE e.subject_type = 'leads.lead' AND e.subject_id = l.id
             AND e.actor_id IS NOT NULL AND e.kind NOT IN ('leads.created', 'leads.assigned', 'leads.entered_pool')
             AND NOT (e.kind IN ('leads.filled', 'leads.edited') AND e.data->'import' = to_jsonb(%(job)s)))
   OR EXISTS (SELECT 1 FROM work_activity a WHERE a.subject_type = 'leads.lead' AND a.subject_id = l.id)
   OR EXISTS (SELECT 1 FROM work_note n WHERE n.subject_type = 'leads.lead' AND n.subject_id = l.id)
   OR EXISTS (SELECT 1 FROM work_task t WHERE t.subject_type = 'leads.lead' AND t.subject_id = l.id)
   OR EXISTS (SELECT 1 FROM leads_ownership o WHERE o.lead_id = l.id AND o.via IN ('claim', 'assign', 'transfer'))
   OR l.status IN ('contacted', 'qualified', 'converted', 'disqualified'))
ORDER BY l.id
"""


@transaction.atomic
def import_undo(*, job: LeadImport, by: User) -> Any:
    """Archive the leads this import created and empty the fields it filled; those worked on stay and are listed.

    A large import is `running` again until a worker has undone it. Raises Conflict("invalid_transition") unless the
    import is done or failed.
    """
    return undo_begin(FLOW, job=job, by=by, at_once=AT_ONCE, undone_until=0)


def import_undo_run(job: LeadImport, *, seconds: float | None = None) -> None:
    """Undo batch by batch, to the end or for so many seconds."""

    def step() -> bool:
        return _leads_back(job) or _fields_back(job) or _changes_back(job)

    undo_run(FLOW, job, step=step, seconds=seconds, end=lambda: undo_end(FLOW, job, at_once=AT_ONCE))


@transaction.atomic
def _leads_back(job: LeadImport) -> bool:
    """Archive the next leads that the import created; False when there are no more."""
    at = _lease(job, Now() + FLOW.lease)
    if at is None:
        return False
    leads = Lead.objects.filter(imported_by=job, archived_at=None, pk__gt=at).order_by("pk")
    ids = list(leads.select_for_update(no_key=True).values_list("pk", flat=True)[:BATCH])
    if not ids:
        return False
    with connection.cursor() as cursor:
        cursor.execute(_WORKED_ON, {"leads": ids, "job": job.pk})
        kept = {row[0] for row in cursor.fetchall()}
    doomed = [id_ for id_ in ids if id_ not in kept]
    first_contact_cancel(doomed)
    ownership_end(doomed, reason=Ownership.End.RETURNED, detail="import undone")
    Lead.objects.filter(pk__in=doomed).update(
        archived_at=Now(), owner=None, owned_since=None, status=Lead.Status.NEW, in_pool=False, pool=None,
        under_review=False, first_contact_due_at=None, idle_due_at=None, **touched(),
    )  # fmt: skip
    by = job.undoing_by_id
    record_many(EventDraft("leads.archived", "leads.lead", id_, by, {"import": job.pk}) for id_ in doomed)
    LeadImport.objects.filter(pk=job.pk).update(undone_until=ids[-1])
    if kept:
        known = LeadImport.objects.values_list("kept_after_undo", flat=True).get(pk=job.pk)
        LeadImport.objects.filter(pk=job.pk).update(kept_after_undo=[*known, *sorted(kept)])
    return True


def _lease(job: LeadImport, until: Any) -> int | None:
    """Hold or give back the undo that runs; gives the last lead looked at, or None when it is not to be undone."""
    running = LeadImport.objects.filter(pk=job.pk, undoing_by__isnull=False)
    if not running.update(leased_until=until):
        return None
    return running.values_list("undone_until", flat=True).get()


@transaction.atomic
def _fields_back(job: LeadImport) -> bool:
    """Empty what the last merged rows filled in leads that were there before; False when there are no more.

    What a person has changed since is his and stays.
    """
    if _lease(job, Now() + FLOW.lease) is None:
        return False
    rows = LeadImportRow.objects.filter(lead_import=job, result="merged", filled__isnull=False)
    batch = list(rows.order_by("-number")[:BATCH])
    if not batch:
        return False
    ids = {row.lead_id for row in batch}
    before = (
        Lead.objects.filter(pk__in=ids).exclude(imported_by=job).order_by("pk").select_for_update(no_key=True)
    )
    leads = {lead.pk: lead for lead in before}
    changed = {
        lead.pk for row in batch if (lead := leads.get(row.lead_id or 0)) and _empty(lead, row.filled or {})
    }
    for pk in changed:
        flags_fit(leads[pk])
        keys_set(leads[pk])
    leads_put([leads[pk] for pk in sorted(changed)])
    by = job.undoing_by_id
    record_many(
        EventDraft("leads.unfilled", "leads.lead", id_, by, {"import": job.pk}) for id_ in sorted(changed)
    )
    leads_rescore(changed, cause="edited", by=job.undoing_by)
    LeadImportRow.objects.filter(pk__in=[row.pk for row in batch]).update(filled=None)
    return True


@transaction.atomic
def _changes_back(job: LeadImport) -> bool:
    """Give the leads of the last changed rows their former values, by an edit each; False when there are no more.

    What a person has changed since is his and stays; such leads are listed.
    """
    if _lease(job, Now() + FLOW.lease) is None:
        return False
    rows = LeadImportRow.objects.filter(lead_import=job, result="merged", changes__isnull=False)
    batch = list(rows.order_by("-number")[:CHANGED_BATCH])
    if not batch:
        return False
    before = Lead.objects.filter(pk__in=[row.lead_id for row in batch]).exclude(imported_by=job)
    present = set(before.values_list("pk", flat=True))
    kept = [row.lead_id for row in batch if row.lead_id in present and not _changed_back(row, job.undoing_by)]
    LeadImportRow.objects.filter(pk__in=[row.pk for row in batch]).update(changes=None)
    known = LeadImport.objects.values_list("kept_after_undo", flat=True).get(pk=job.pk)
    if set(kept) - set(known):
        whole = list(dict.fromkeys([*known, *kept]))
        LeadImport.objects.filter(pk=job.pk).update(kept_after_undo=whole)
    return True


def _changed_back(row: LeadImportRow, by: User | None) -> bool:
    """Whether the lead holds all of what it held before the row."""
    lead = Lead.objects.get(pk=row.lead_id)
    values, whole = values_before(lead, row.changes or {})
    try:
        with transaction.atomic():
            if values:
                lead_edit(lead=lead, by=by, values=values, allow_duplicate=True)
    except (ValidationError, PermissionDenied, Conflict):
        return False
    return whole


def _empty(lead: Lead, filled: dict[str, Any]) -> bool:
    """Empty these fields where they still hold what they were filled with; gives whether any did."""
    changed = False
    for name, value in filled.items():
        if name in JSON_FIELDS:
            kept = {key: now for key, now in getattr(lead, name).items() if value.get(key) != now}
            changed |= kept != getattr(lead, name)
            setattr(lead, name, kept)
        elif name == "tags":
            kept_tags = [tag for tag in lead.tags if tag not in value]
            changed |= kept_tags != lead.tags
            lead.tags = kept_tags
        elif getattr(lead, name) not in EMPTY and str(getattr(lead, name)) == str(value):
            setattr(lead, name, _EMPTY_AGAIN[name])
            changed = True
    if not (lead.company_name or lead.contact_name):  # a lead has a name; the one it was given stays
        lead.company_name = str(filled.get("company_name", ""))
        lead.contact_name = str(filled.get("contact_name", ""))
    return changed
