"""How an import ends: its state, its event, and the news for those it concerns."""

from collections import defaultdict
from collections.abc import Iterator
from typing import Any

from django.db import connection, transaction
from django.db.models import F

from leads.models import LeadImport
from leads.services.imports.chunk import COUNTS
from leads.services.imports.flow import FLOW
from leads.services.imports.trial import trial_forget
from leads.services.place import LEAD, NAMED
from leads.services.terms import pools_now
from salesflow.journal.models import Notice
from salesflow.journal.services import notify, notify_many, record
from salesflow.people.models import User
from salesflow.work.services.imports.jobs import job_ended

_OWNERS = """
SELECT l.owner_id, count(*), (array_agg(l.id ORDER BY l.id))[:%(named)s] FROM leads_lead l
 WHERE l.imported_by_id = %(job)s AND l.import_row > %(after)s AND l.owner_id IS NOT NULL AND l.archived_at IS NULL
 GROUP BY l.owner_id ORDER BY l.owner_id
"""
_UNASSIGNED = """
SELECT a.pool_id, count(*), (array_agg(l.id ORDER BY l.id))[:%(named)s]
  FROM leads_lead l JOIN leads_leadassignment a ON a.lead_id = l.id
 WHERE l.imported_by_id = %(job)s AND l.import_row > %(after)s AND l.in_pool AND l.pool_id = a.pool_id
   AND a.owner_id IS NULL AND a.reason->>'code' IN ('nobody_eligible', 'no_rule')
 GROUP BY a.pool_id ORDER BY a.pool_id
"""


@transaction.atomic
def import_end(job: LeadImport, *, error: str = "", by: User | None = None) -> None:
    """Mark a running import as done, or as failed with `error`; tell its person, and the owners of its leads.

    Nothing happens when it is not running any more.
    """
    status, kind = ("failed", "leads.import_failed") if error else ("done", "leads.import_done")
    ended_job = job_ended(FLOW, job, status=status, error=error)
    if ended_job is None:
        return
    if ended_job.dry_run:
        trial_forget(job)
        kind = kind if error else "leads.import_tried"
    else:
        _tell_owners(job)
    counts = {name: getattr(ended_job, name) for name in ("processed", *COUNTS)}
    record(kind, subject=ended_job, by=by, data=counts, private={"error": error[:1000]} if error else None)
    key = f"import:{job.pk}:{ended_job.version}"
    notify([job.by], kind, subject=ended_job, params=counts, key=key)


def _tell_owners(job: LeadImport) -> None:
    """One notice per person about all of the leads he got, instead of one per chunk; each lead told once."""
    told_until = LeadImport.objects.values_list("told_until", flat=True).get(pk=job.pk)
    notify_many(_news(job, told_until))
    LeadImport.objects.filter(pk=job.pk).update(told_until=F("read_until"))


def _news(job: LeadImport, told_until: int) -> Iterator[Notice]:
    params = {"job": job.pk, "after": told_until, "named": NAMED}
    for owner, number, leads in _rows(_OWNERS, params):
        if owner != job.by_id:
            yield _notice(owner, "leads.assigned", number, leads)
    per_manager: dict[int, tuple[int, list[int]]] = defaultdict(lambda: (0, []))
    for pool, number, leads in _rows(_UNASSIGNED, params):
        for manager in pools_now().by_id[pool].managers:
            count, known = per_manager[manager]
            per_manager[manager] = (count + number, [*known, *leads][:NAMED])
    for manager, (number, leads) in per_manager.items():
        yield _notice(manager, "leads.unassigned", number, leads)


def _notice(user: int, kind: str, number: int, leads: list[int]) -> Notice:
    one = leads[0] if number == 1 else None
    return Notice(
        user_id=user,
        kind=kind,
        subject_type=LEAD if one is not None else "",
        subject_id=one,
        params={"count": number, "leads": leads},
    )


def _rows(statement: str, params: dict[str, Any]) -> list[tuple[int, int, list[int]]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, params)
        return cursor.fetchall()
