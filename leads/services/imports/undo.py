"""Taking an import back as a whole, without taking away what people have worked on since."""

from django.db import connection, transaction
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from leads import policies
from leads.models import Lead, LeadImport, LeadImportRow, Ownership
from leads.services.clean import keys_set
from leads.services.fill import JSON_FIELDS, KEYS
from leads.services.first_contact import first_contact_cancel
from leads.services.place import ownership_end
from salesflow.journal.services import EventDraft, record, record_many
from salesflow.lib.errors import Conflict, require
from salesflow.lib.records import touched
from salesflow.people.models import User

BATCH = 1000

#: A lead of the import that a person has done something with since: said, planned, noted, changed, taken.
_WORKED_ON = """
SELECT l.id FROM leads_lead l
 WHERE l.imported_by_id = %(job)s AND l.archived_at IS NULL AND (
   EXISTS (SELECT 1 FROM journal_event e WHERE e.subject_type = 'leads.lead' AND e.subject_id = l.id
             AND e.actor_id IS NOT NULL AND e.kind NOT IN ('leads.created', 'leads.assigned', 'leads.entered_pool'))
   OR EXISTS (SELECT 1 FROM work_activity a WHERE a.subject_type = 'leads.lead' AND a.subject_id = l.id)
   OR EXISTS (SELECT 1 FROM work_note n WHERE n.subject_type = 'leads.lead' AND n.subject_id = l.id)
   OR EXISTS (SELECT 1 FROM work_task t WHERE t.subject_type = 'leads.lead' AND t.subject_id = l.id)
   OR EXISTS (SELECT 1 FROM leads_ownership o WHERE o.lead_id = l.id AND o.via IN ('claim', 'assign', 'transfer'))
   OR l.status IN ('contacted', 'qualified', 'converted', 'disqualified'))
ORDER BY l.id
"""


@transaction.atomic
def import_undo(*, job: LeadImport, by: User) -> LeadImport:
    """Archive the leads this import created and empty the fields it filled; those worked on stay and are listed.

    Raises Conflict("invalid_transition") unless the import is done or failed.
    """
    job = LeadImport.objects.select_for_update(of=("self",)).get(pk=job.pk)
    require(policies.can_run_import(by, job))
    if job.status not in (LeadImport.Status.DONE, LeadImport.Status.FAILED):
        raise Conflict(
            "invalid_transition", _("Only a finished import can be undone."), {"current_status": job.status}
        )
    with connection.cursor() as cursor:
        cursor.execute(_WORKED_ON, {"job": job.pk})
        kept = [row[0] for row in cursor.fetchall()]
    _archive(job, kept, by)
    _empty_again(job, kept, by)
    LeadImport.objects.filter(pk=job.pk).update(
        status=LeadImport.Status.UNDONE, undone_at=Now(), kept_after_undo=kept, **touched()
    )
    record("leads.import_undone", subject=job, by=by, data={"kept": len(kept)})
    return LeadImport.objects.get(pk=job.pk)


def _archive(job: LeadImport, kept: list[int], by: User) -> None:
    doomed = Lead.objects.filter(imported_by=job, archived_at=None).exclude(pk__in=kept)
    ids = list(doomed.order_by("pk").select_for_update().values_list("pk", flat=True))
    for start in range(0, len(ids), BATCH):
        part = ids[start : start + BATCH]
        first_contact_cancel(part)
        ownership_end(part, reason=Ownership.End.RETURNED, detail="import undone")
        Lead.objects.filter(pk__in=part).update(
            archived_at=Now(), owner=None, owned_since=None, status=Lead.Status.NEW, in_pool=False, pool=None,
            under_review=False, first_contact_due_at=None, idle_due_at=None, **touched(),
        )  # fmt: skip
        record_many(
            EventDraft("leads.archived", "leads.lead", id_, by.pk, {"import": job.pk}) for id_ in part
        )


def _empty_again(job: LeadImport, kept: list[int], by: User) -> None:
    """Undo what merged rows filled in leads that were there before, newest row first."""
    rows = LeadImportRow.objects.filter(lead_import=job, result="merged", filled__isnull=False)
    rows = rows.exclude(lead__imported_by=job).order_by("-number")
    leads: dict[int, Lead] = {}
    for row in rows.iterator(chunk_size=BATCH):
        lead = leads.get(row.lead_id or 0) or Lead.objects.select_for_update().filter(pk=row.lead_id).first()
        if lead is None:
            continue
        leads[lead.pk] = lead
        _empty(lead, row.filled or {})
    for lead in leads.values():
        keys_set(lead)
        names = [field.attname for field in Lead._meta.concrete_fields if field.attname != "id"]
        changed = {name: getattr(lead, name) for name in names if name in _RESTORABLE}
        Lead.objects.filter(pk=lead.pk).update(**changed, **touched())
    record_many(EventDraft("leads.unfilled", "leads.lead", id_, by.pk, {"import": job.pk}) for id_ in leads)


def _empty(lead: Lead, filled: dict[str, object]) -> None:
    for name, old in filled.items():
        if name in JSON_FIELDS:
            inner = dict(getattr(lead, name))
            for key in old if isinstance(old, list) else []:
                inner.pop(key, None)
            setattr(lead, name, inner)
        elif name == "tags":
            lead.tags = [tag for tag in lead.tags if tag not in (old if isinstance(old, list) else [])]
        else:
            setattr(lead, name, old)


def _restorable() -> frozenset[str]:
    from leads.services.fill import PLAIN

    plain = {Lead._meta.get_field(name).attname for name in PLAIN}  # type: ignore[union-attr]
    return frozenset(plain | set(JSON_FIELDS) | {"tags"} | set(KEYS))


_RESTORABLE = _restorable()
