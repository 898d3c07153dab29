"""What the first-contact clock does: reminds, and at the end takes the lead back."""

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from leads.models import Lead, Ownership
from leads.services.give_back import leads_give_back
from leads.services.place import LEAD, READ, notices_about
from leads.services.superiors import superiors_of
from salesflow.clocks.models import Clock
from salesflow.clocks.registry import Done
from salesflow.journal.models import Notice
from salesflow.journal.services import EventDraft, notify_many, record_many

#: From this share of the limit on the manager is reminded too, and at the last of several reminders.
MANAGER_FROM_PERCENT = 80


def leads_time_out(clocks: Sequence[Clock]) -> Done:
    """The time is up: take the leads back, each once. Effect of the clock `first_contact`.

    Doors lock the lead before its clock and the sweep holds the clock, so leads that somebody holds are passed over
    and their clocks come again. A lead that was contacted, given to another or ended meanwhile is left alone.
    """
    by_lead = {clock.subject_id: clock for clock in clocks}
    locked = _locked(by_lead)
    late = [lead for lead in locked if _waits(lead, by_lead[lead.pk])]
    returned = leads_give_back(late, reason=Ownership.End.EXPIRED) if late else 0
    done = {lead.pk for lead in locked} | _gone(set(by_lead) - {lead.pk for lead in locked})
    return Done(ids=[by_lead[id_].pk for id_ in done], counts={"returned": returned})


def _locked(ids: Iterable[int]) -> list[Lead]:
    """Those of the leads that nobody else holds."""
    rows = Lead.objects.filter(pk__in=ids).only(*READ).order_by("pk")
    return list(rows.select_for_update(skip_locked=True, of=("self",), no_key=True))


def _waits(lead: Lead, clock: Clock) -> bool:
    """Whether the lead still waits for the first contact of the owner whose clock this is."""
    return (
        lead.owner_id is not None
        and lead.owner_id == clock.owner_id
        and lead.first_contacted_at is None
        and lead.status == Lead.Status.ASSIGNED
        and lead.archived_at is None
    )


def _gone(ids: set[int]) -> set[int]:
    """Records that are not there at all: nothing to wait for."""
    return ids - set(Lead.objects.filter(pk__in=ids).values_list("pk", flat=True)) if ids else set()


def leads_remind(clocks: Sequence[Clock], percent: int) -> Done:
    """Remind the owner, from 80 % on his manager too, and the deputy while the owner is away; each person once."""
    by_lead = {clock.subject_id: clock for clock in clocks}
    leads = [
        lead for lead in Lead.objects.filter(pk__in=by_lead).only(*READ) if _waits(lead, by_lead[lead.pk])
    ]
    superiors = superiors_of(lead.owner_id for lead in leads if lead.owner_id is not None)
    mine: dict[int, list[Lead]] = defaultdict(list)
    theirs: dict[int, list[Lead]] = defaultdict(list)
    for lead in leads:
        above = superiors[lead.owner_id or 0]
        mine[lead.owner_id or 0].append(lead)
        others = above.managers if _manager_too(by_lead[lead.pk], percent) else frozenset[int]()
        for person in others | ({above.deputy} if above.deputy is not None else set()):
            theirs[person].append(lead)
    record_many(
        EventDraft("leads.reminded", LEAD, lead.pk, None, {"owner": lead.owner_id, "percent": percent})
        for lead in leads
    )
    notify_many(_keyed(notices_about(mine, "leads.first_contact_due", percent=percent), by_lead, mine))
    notify_many(
        _keyed(notices_about(theirs, "leads.first_contact_due_of_rep", percent=percent), by_lead, theirs)
    )
    return Done(counts={})


def _manager_too(clock: Clock, percent: int) -> bool:
    steps = clock.warn_percents
    return percent >= MANAGER_FROM_PERCENT or (len(steps) > 1 and percent == max(steps))


def _keyed(
    notices: Iterable[Notice], by_lead: Mapping[int, Clock], leads_of: Mapping[int, Sequence[Lead]]
) -> list[Notice]:
    """The same reminder of the same deadline is told once; a moved deadline makes it another one."""
    keyed = []
    for notice in notices:
        clocks = [by_lead[lead.pk] for lead in leads_of[notice.user_id]]
        deadlines = sorted(f"{clock.pk} {clock.due_at}" for clock in clocks)
        text = f"{notice.params['percent']} {deadlines}"
        notice.dedupe_key = f"{notice.kind}:{hashlib.sha256(text.encode()).hexdigest()[:32]}"
        keyed.append(notice)
    return keyed
