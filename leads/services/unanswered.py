"""After so many attempts without any answer over so many days a contacted lead goes back to its pool.

`Lead.unanswered_due_at` is when: the first attempt of the present ownership plus the days of the policy, once there
were enough attempts. Whatever answers (an attempt that reached somebody, anything inbound, a reply, a chat or a form
among the behaviour) takes it away, so does whoever takes the lead. The rule is the one statement below.
"""

from collections.abc import Iterable, Sequence

from django.db import connection, transaction
from django.db.models.functions import Now

from leads.models import Lead, Ownership
from leads.ports import ports
from leads.services.give_back import LOOK_AGAIN, leads_give_back
from leads.services.place import LEAD, READ

#: What a lead says of its own accord.
ANSWERS = ("reply", "chat", "form_submit")

_RECKON = """
WITH tried AS (
    SELECT l.id, p.max_unanswered_attempts AS most, coalesce(p.unanswered_days, 0) AS days, o.started_at,
        count(a.id) AS attempts, min(a.logged_at) AS since,
        coalesce(bool_or(a.direction = 'inbound' OR a.outcome IN ('reached', 'replied')), false) AS answered
    FROM leads_lead l
    JOIN leads_firstcontactpolicy p ON p.grade = l.grade
    JOIN leads_ownership o ON o.lead_id = l.id AND o.ended_at IS NULL
    LEFT JOIN work_activity a ON a.subject_type = %(type)s AND a.subject_id = l.id AND a.logged_at >= o.started_at
    WHERE l.id = ANY(%(ids)s) AND l.status = 'contacted'
    GROUP BY l.id, p.id, o.id
), due AS (
    SELECT t.id, CASE WHEN t.attempts >= t.most AND NOT t.answered AND NOT EXISTS (
        SELECT 1 FROM leads_leadevent e
        WHERE e.lead_id = t.id AND e.kind = ANY(%(answers)s) AND e.occurred_at >= t.started_at
    ) THEN t.since + t.days * interval '1 day' END AS at
    FROM tried t
)
UPDATE leads_lead l SET unanswered_due_at = due.at
FROM due WHERE due.id = l.id AND l.unanswered_due_at IS DISTINCT FROM due.at
RETURNING l.id, l.unanswered_due_at <= now()
"""


def unanswered_follow(lead_ids: Iterable[int]) -> list[int]:
    """Reckon anew when these leads, which the caller has locked, go back for want of an answer.

    Gives those that changed and whose time has come.
    """
    with connection.cursor() as cursor:
        cursor.execute(_RECKON, {"ids": list(lead_ids), "type": LEAD, "answers": list(ANSWERS)})
        return [pk for pk, has_come in cursor.fetchall() if has_come]


def contacted_ids(grade: str) -> list[int]:
    """All contacted leads of a grade, for whoever changes its policy and has locked them."""
    rows = Lead.objects.filter(grade=grade, status=Lead.Status.CONTACTED, archived_at=None)
    return list(rows.order_by("pk").values_list("pk", flat=True))


@transaction.atomic
def leads_return_unanswered(*, limit: int = 500) -> dict[str, int]:
    """Take back leads that nobody answered from: one batch, one transaction.

    Each is reckoned anew under its lock, since an answer may have come meanwhile.
    """
    due = Lead.objects.filter(unanswered_due_at__lte=Now()).order_by("unanswered_due_at")
    rows = due.only("pk").select_for_update(skip_locked=True, of=("self",), no_key=True)
    ids = [lead.pk for lead in rows[:limit]]
    if not ids:
        return {"processed": 0, "returned": 0}
    unanswered_follow(ids)
    return {"processed": len(ids), "returned": unanswered_give_back(ids)}


def unanswered_give_back(lead_ids: Sequence[int]) -> int:
    """Give back those of these leads, which the caller has locked and reckoned, whose time has come.

    One whose opportunity still moves is looked at again later, as with every return; one that is no longer merely
    contacted (qualified, ended, archived) drops out.
    """
    due = Lead.objects.filter(pk__in=lead_ids, unanswered_due_at__lte=Now()).only(*READ).order_by("pk")
    leads = {lead.pk: lead for lead in due}
    waiting = {
        pk for pk, lead in leads.items() if lead.status == Lead.Status.CONTACTED and not lead.archived_at
    }
    moving = ports.open_opportunity(list(waiting)) if waiting else set()
    Lead.objects.filter(pk__in=leads.keys() - waiting).update(unanswered_due_at=None)
    Lead.objects.filter(pk__in=moving).update(unanswered_due_at=Now() + LOOK_AGAIN)
    back = [leads[pk] for pk in sorted(waiting - set(moving))]
    return leads_give_back(back, reason=Ownership.End.NO_ANSWER) if back else 0
