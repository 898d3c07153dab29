"""What speaks for either side of a collision, gathered in one statement."""

import json
from dataclasses import asdict, dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import connection
from django.utils.dateparse import parse_datetime

from contacts.collision_models import CollisionCase
from leads.models import Lead

SIDES = ("holder", "claimant")
_MOMENTS = ("since", "first_contact_at", "last_contact_at")


@dataclass(frozen=True)
class Evidence:
    """What one side did with the customer: since when it has the record, contacts logged, opportunities and amounts.

    `open_amounts` and `won_amounts` are sums by currency, as decimal strings.
    """

    since: datetime | None
    first_contact_at: datetime | None
    last_contact_at: datetime | None
    contacts: int
    open_opportunities: int
    won_opportunities: int
    open_amounts: dict[str, str] = field(default_factory=dict)
    won_amounts: dict[str, str] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        kept = asdict(self)
        for name in _MOMENTS:
            kept[name] = kept[name].isoformat() if kept[name] is not None else None
        return kept

    @classmethod
    def of_json(cls, kept: dict[str, Any]) -> "Evidence":
        return cls(**{**kept, **{name: kept[name] and parse_datetime(kept[name]) for name in _MOMENTS}})

    def sums(self, state: str) -> list[tuple[Decimal, str]]:
        """The amounts of `open` or `won` opportunities, each with its currency."""
        return [
            (Decimal(amount), currency)
            for currency, amount in sorted(getattr(self, f"{state}_amounts").items())
        ]


def evidence_of(case: CollisionCase) -> dict[str, Evidence]:
    """The evidence of both sides: as it is now, or as it was when the case was decided."""
    if case.evidence is not None:
        return {side: Evidence.of_json(case.evidence[side]) for side in SIDES}
    values: list[Any] = []
    for side in SIDES:
        record = case.side(side)
        lead, customer = (record.pk, None) if isinstance(record, Lead) else (None, record.pk)
        values += [side, getattr(case, f"{side}_id"), lead, customer]
    with connection.cursor() as cursor:
        cursor.execute(_GATHER, values)
        return {side: _evidence(*rest) for side, *rest in cursor.fetchall()}


def _evidence(
    since: datetime | None,
    contacts: int,
    first: datetime | None,
    last: datetime | None,
    opportunities: str | None,
) -> Evidence:
    known = json.loads(opportunities or "[]")
    of = {state: [row for row in known if row["state"] == state] for state in ("open", "won")}
    sums: dict[str, dict[str, str]] = {
        state: {row["currency"]: row["amount"] for row in rows if row["amount"] is not None}
        for state, rows in of.items()
    }
    number = {state: sum(row["number"] for row in rows) for state, rows in of.items()}
    return Evidence(since, first, last, contacts, number["open"], number["won"], sums["open"], sums["won"])


# Each side counts with what its own person did: on his lead, on the customer, its people, and his opportunities there.
_GATHER = """
WITH given(side, person, lead, customer) AS (
  VALUES (%s::text, %s::bigint, %s::bigint, %s::bigint), (%s::text, %s::bigint, %s::bigint, %s::bigint)
), sides AS (
  SELECT g.side, g.person, g.lead, coalesce(g.customer, v.customer_id) AS customer, g.customer AS own
  FROM given g LEFT JOIN contacts_leadconversion v ON v.lead_id = g.lead
), leads AS (
  SELECT side, person, lead AS id FROM sides WHERE lead IS NOT NULL
  UNION
  SELECT s.side, s.person, l.id FROM sides s
    JOIN contacts_leadconversion v ON v.customer_id = s.customer
    JOIN leads_lead l ON l.id = v.lead_id AND l.owner_id = s.person
), sales AS (
  SELECT s.side, s.person, o.id, o.state, o.amount, o.currency FROM sides s
    JOIN contacts_opportunity o ON o.customer_id = s.customer AND o.owner_id = s.person AND o.archived_at IS NULL
), subjects AS (
  SELECT side, person, 'leads.lead' AS kind, id FROM leads
  UNION ALL SELECT side, person, 'contacts.customer', customer FROM sides WHERE customer IS NOT NULL
  UNION ALL SELECT s.side, s.person, 'contacts.contact', p.id FROM sides s
    JOIN contacts_contact p ON p.customer_id = s.customer
  UNION ALL SELECT side, person, 'contacts.opportunity', id FROM sales
), logged AS (
  SELECT s.side, count(*) AS number, min(a.occurred_at) AS first, max(a.occurred_at) AS last FROM subjects s
    JOIN work_activity a ON a.subject_type = s.kind AND a.subject_id = s.id AND a.by_id = s.person
  GROUP BY s.side
), owned AS (
  SELECT l.side, min(o.started_at) AS since, min(o.first_contacted_at) AS first FROM leads l
    JOIN leads_ownership o ON o.lead_id = l.id AND o.owner_id = l.person
  GROUP BY l.side
), sums AS (
  SELECT side, state, currency, count(*) AS number, sum(amount)::text AS amount FROM sales GROUP BY 1, 2, 3
)
SELECT s.side, least(owned.since, c.created_at), coalesce(logged.number, 0), least(owned.first, logged.first),
  logged.last, (SELECT jsonb_agg(to_jsonb(t)) FROM sums t WHERE t.side = s.side)
FROM sides s
  LEFT JOIN contacts_customer c ON c.id = s.own
  LEFT JOIN logged ON logged.side = s.side
  LEFT JOIN owned ON owned.side = s.side
"""
