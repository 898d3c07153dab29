"""What leads promise, by subject; docs/rules.md, docs/ownership.md and docs/scoring.md say it at length."""

from leads.invariants import first_contact, imports, ownership, place, records, score, web

__all__ = ["first_contact", "imports", "ownership", "place", "records", "score", "web"]
