"""Leads of the demo company in every state, entered and worked through the services, then spread over two months."""

import random
from datetime import timedelta
from typing import Any

from django.db import connection, transaction
from django.utils import timezone

from leads.models import Lead, Reason
from leads.services import lead_create, lead_disqualify, lead_log_contact, lead_qualify, lead_return
from salesflow.demo import names
from salesflow.demo.company import Company
from salesflow.work.services import note_add, task_create

PER_SCALE = 120
#: Of each hundred leads: what becomes of them.
SHARES = {"fresh": 30, "contacted": 28, "qualified": 12, "converted": 0, "disqualified": 8, "returned": 8}
FATES = [fate for fate, share in SHARES.items() for _each in range(share)]


def leads_make(company: Company, *, seed: int, scale: int) -> dict[int, timedelta]:
    """`scale` × 120 leads, the same for the same seed; gives how long ago each of them happened."""
    dice = random.Random(seed)  # noqa: S311
    moved: dict[int, timedelta] = {}
    for number in range(PER_SCALE * scale):
        lead = lead_create(by=company.people["admin"], values=_values(company, dice, number), via="page")
        fate = dice.choice(FATES)
        _work(company, dice, lead, fate)
        ago = timedelta(days=dice.randint(1, 56), seconds=dice.randint(0, 80_000))
        if fate == "fresh":
            ago = timedelta(minutes=dice.choice((5, 90, 400, 800, 1000, 1200, 1300, 1380)))
        _send_back(lead, ago)
        moved[lead.pk] = ago
    return moved


def _values(company: Company, dice: random.Random, number: int) -> dict[str, Any]:
    industry = dice.choice(list(names.CHINESE_TRADES))
    region, city = dice.choice(names.PLACES)
    chinese = dice.random() < 0.6
    if chinese:
        core, trade = dice.choice(names.CHINESE_CORES), dice.choice(names.CHINESE_TRADES[industry])
        firm = f"{city}{core}{trade}有限公司"
        person = dice.choice(names.SURNAMES) + dice.choice(names.GIVEN)
    else:
        core, trade = dice.choice(names.LATIN_CORES), dice.choice(names.LATIN_TRADES[industry])
        firm = f"{core} {trade} {dice.choice(('Ltd', 'GmbH', 'Inc.', 'Co.'))}"
        person = f"{dice.choice(names.FIRST)} {dice.choice(names.LAST)}"
    source = dice.choice(company.sources[:5])
    campaigns = [campaign for campaign in company.campaigns if campaign.source_id == source.pk]
    return {
        "company_name": firm,
        "contact_name": person,
        "title": dice.choice(names.TITLES),
        "email": f"person{number}@firm{number}.example" if dice.random() < 0.85 else "",
        "mobile": f"138{10_000_000 + number * 7919 % 89_999_999:08d}" if dice.random() < 0.8 else "",
        "country": "China",
        "region": region,
        "city": city,
        "industry": industry,
        "source": source,
        "campaign": campaigns[0] if campaigns and dice.random() < 0.7 else None,
        "budget": dice.choice((None, 20_000, 80_000, 150_000, 350_000, 900_000)),
        "decision_timeframe_days": dice.choice((None, 14, 30, 60, 90, 180)),
        "need_fit": dice.choice((None, 20, 40, 60, 80, 95)),
        "need": dice.choice(names.NEEDS),
    }


def _work(company: Company, dice: random.Random, lead: Lead, fate: str) -> None:
    owner = lead.owner
    if owner is None or fate == "fresh":
        return
    if fate == "returned":
        lead_return(lead=lead, by=owner, reason="Not my territory")
        return
    _contact(dice, lead, owner)
    if fate == "disqualified":
        reasons = Reason.objects.filter(kind="disqualify").order_by("pk")
        lead_disqualify(lead=lead, by=owner, reason=dice.choice(list(reasons)))
        return
    if dice.random() < 0.4:
        note_add(subject=lead, by=owner, body=dice.choice(names.NEEDS))
    if dice.random() < 0.3:
        due = timezone.now() + timedelta(hours=dice.randint(-20, 70))
        task_create(by=owner, assignee=owner, title="Send the product sheet", due_at=due, subject=lead)
    if fate in ("qualified", "converted"):
        lead_qualify(lead=lead, by=owner)
    if fate == "converted":
        amount = dice.choice((60_000, 120_000, 240_000, 480_000))
        close = (timezone.now() + timedelta(days=dice.randint(10, 90))).date()
        name = f"{lead.company_name or lead.contact_name}"[:100]
        sale = {"name": name, "amount": amount, "currency": "CNY", "expected_close": close}
        from contacts.services import lead_convert

        lead_convert(lead=lead, by=owner, opportunity=sale)


def _contact(dice: random.Random, lead: Lead, owner: Any) -> None:
    lead_log_contact(
        lead=lead,
        by=owner,
        channel=dice.choice(("call", "call", "email", "visit")),
        direction="outbound",
        outcome=dice.choice(("reached", "reached", "no_answer", "left_message")),
        summary=dice.choice(names.SUMMARIES),
        next_follow_up_at=timezone.now() + timedelta(hours=dice.randint(2, 120)),
    )


_EARLIER = """
UPDATE leads_lead SET created_at = created_at - %(ago)s, owned_since = owned_since - %(ago)s,
  pool_entered_at = pool_entered_at - %(ago)s, first_contact_started_at = first_contact_started_at - %(ago)s,
  first_contact_due_at = first_contact_due_at - %(ago)s,
  first_contacted_at = first_contacted_at - %(ago)s + %(answered)s, last_activity_at = last_activity_at - %(ago)s,
  converted_at = converted_at - %(ago)s + interval '1 day', disqualified_at = disqualified_at - %(ago)s
 WHERE id = %(id)s;
UPDATE leads_ownership SET started_at = started_at - %(ago)s, ended_at = ended_at - %(ago)s + interval '1 hour',
  first_contacted_at = first_contacted_at - %(ago)s + %(answered)s WHERE lead_id = %(id)s;
UPDATE leads_leadassignment SET at = at - %(ago)s WHERE lead_id = %(id)s;
UPDATE work_activity SET occurred_at = occurred_at - %(ago)s + %(answered)s,
  logged_at = logged_at - %(ago)s + %(answered)s WHERE subject_type = 'leads.lead' AND subject_id = %(id)s;
UPDATE contacts_leadconversion SET at = at - %(ago)s + interval '1 day' WHERE lead_id = %(id)s;
UPDATE clocks_clock SET started_at = started_at - %(ago)s, running_since = running_since - %(ago)s,
  due_at = due_at - %(ago)s, next_step_at = next_step_at - %(ago)s, met_at = met_at - %(ago)s + %(answered)s
 WHERE subject_type = 'leads.lead' AND subject_id = %(id)s;
"""


def _send_back(lead: Lead, ago: timedelta) -> None:
    """Let what has been entered just now have happened `ago`: made-up leads have a made-up past."""
    answered = min(timedelta(minutes=random.Random(lead.pk).randint(4, 900)), ago / 2)  # noqa: S311
    with connection.cursor() as cursor:
        cursor.execute(_EARLIER, {"ago": ago, "answered": answered, "id": lead.pk})


_EVENTS = """
UPDATE journal_event e SET at = e.at - moved.ago
  FROM unnest(%s::bigint[], %s::interval[]) AS moved(id, ago)
 WHERE e.subject_type = 'leads.lead' AND e.subject_id = moved.id
"""


@transaction.atomic
def history_tell(moved: dict[int, timedelta]) -> None:
    """Move the events of made-up leads into their made-up past, before the chain of events begins.

    The one place where events change: an empty workspace's owner of the tables, in one transaction, sets aside the
    guard that refuses it from then on.
    """
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE journal_event DISABLE TRIGGER event_no_change")
        cursor.execute(_EVENTS, [list(moved), list(moved.values())])
        cursor.execute("ALTER TABLE journal_event ENABLE TRIGGER event_no_change")
