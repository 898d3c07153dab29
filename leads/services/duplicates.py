"""Finding the same lead again.

The same e-mail, phone or credit code, or the same company and person, is a duplicate. The same company or domain
alone is related: shown, never refused. Likeness is a warning with its score and reason.
"""

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from django.db import connection
from django.db.models import Q

from leads.models import DuplicatePair, Lead
from salesflow.lib.prepared import Statement
from salesflow.lib.text.similarity import WARN, Named, score

LOCK_SPACE = 7_301
LOCK_BUCKETS = 8192
MATCHES_PER_KEY = 50
CANDIDATES = 200
SHOWN = 10

Key = tuple[str, str]


@dataclass(frozen=True)
class Match:
    """A lead that is alike, and why; `score` is 100 for equal keys. `also` is what else of the two is equal."""

    lead_id: int
    reason: str
    score: int = 100
    also: tuple[str, ...] = ()


@dataclass
class Found:
    """What was found for one lead, best first."""

    hard: list[Match] = field(default_factory=list)
    related: list[Match] = field(default_factory=list)
    similar: list[Match] = field(default_factory=list)


def hard_keys(lead: Lead) -> list[Key]:
    """The keys of which one equal pair makes a duplicate, strongest first."""
    keys: list[Key] = []
    if lead.credit_code_key:
        keys.append(("credit_code", lead.credit_code_key))
    if lead.email_key:
        keys.append(("email", lead.email_key))
    keys += [("phone", key) for key in lead.phone_keys]
    if lead.company_key and lead.person_key:
        keys.append(("company_person", f"{lead.company_key}\n{lead.person_key}"))
    return keys


def keys_lock(leads: Iterable[Lead]) -> None:
    """Let only one transaction at a time enter a lead with any of these keys.

    Without it two doors that enter the same person at the same instant would both find nobody. Keys share
    `LOCK_BUCKETS` locks taken in order, so that large batches neither exhaust the lock table nor deadlock.
    """
    statement, buckets = keys_locking(leads)
    if buckets:
        with connection.cursor() as cursor:
            cursor.execute(statement, [buckets])


def keys_locking(leads: Iterable[Lead]) -> tuple[str, list[int]]:
    """The statement `keys_lock` runs, and its one value: the buckets of these keys, of which there may be none."""
    return _LOCK, sorted({_bucket(key) for lead in leads for key in hard_keys(lead)})


_BUCKETS = "SELECT unnest(%s::int[]) AS b ORDER BY 1"
_LOCK = f"SELECT count(pg_advisory_xact_lock({LOCK_SPACE}, b)) FROM ({_BUCKETS}) t"  # noqa: S608, a number of ours


def _bucket(key: Key) -> int:
    digest = hashlib.blake2b("\n".join(key).encode(), digest_size=4).digest()
    return int.from_bytes(digest, "big") % LOCK_BUCKETS


# Each telephone number is looked up by itself: of `phone_keys && <a thousand numbers>` the planner thinks that every
# lead meets it, and reads the whole table.
_HARD = Statement(
    """
SELECT * FROM (
  SELECT id, 'credit_code' AS kind, credit_code_key AS key FROM leads_lead
   WHERE credit_code_key = ANY(%(credit_code)s) AND archived_at IS NULL AND merged_into_id IS NULL LIMIT %(most)s) a
UNION ALL SELECT * FROM (
  SELECT id, 'email', email_key FROM leads_lead
   WHERE email_key = ANY(%(email)s) AND archived_at IS NULL AND merged_into_id IS NULL LIMIT %(most)s) b
UNION ALL SELECT * FROM (
  SELECT l.id, 'phone', want.phone FROM unnest(%(phone)s::varchar[]) AS want(phone)
    JOIN leads_lead l ON l.phone_keys @> ARRAY[want.phone]
   WHERE l.archived_at IS NULL AND l.merged_into_id IS NULL LIMIT %(most)s) c
UNION ALL SELECT * FROM (
  SELECT l.id, 'company_person', l.company_key || E'\\n' || l.person_key
    FROM unnest(%(company)s::text[], %(person)s::text[]) AS want(company, person)
    JOIN leads_lead l ON l.company_key = want.company AND l.person_key = want.person
   WHERE l.archived_at IS NULL AND l.merged_into_id IS NULL LIMIT %(most)s) d
    """,
    names=("credit_code", "email", "phone", "company", "person", "most"),
)


def hard_matches(leads: Sequence[Lead]) -> dict[Key, list[int]]:
    """For all hard keys of these leads, the ids of stored leads with the same key, oldest first; one statement."""
    keys: dict[str, dict[str, None]] = {
        kind: {} for kind in ("credit_code", "email", "phone", "company_person")
    }
    for lead in leads:
        for kind, key in hard_keys(lead):
            keys[kind][key] = None
    pairs = [key.split("\n") for key in keys.pop("company_person")]
    if not (pairs or any(keys.values())):
        return {}
    found: dict[Key, list[int]] = defaultdict(list)
    companies, people = [company for company, _person in pairs], [person for _company, person in pairs]
    asked = [list(keys[kind]) for kind in ("credit_code", "email", "phone")]
    for id_, kind, key in _HARD.rows(*asked, companies, people, MATCHES_PER_KEY * len(leads)):
        found[kind, key].append(id_)
    return {key: sorted(ids) for key, ids in found.items()}


def matches_of(lead: Lead, known: dict[Key, list[int]]) -> list[Match]:
    """The hard matches of one lead out of what `hard_matches` found for many; each lead once."""
    best: dict[int, Match] = {}
    for kind, key in hard_keys(lead):
        for id_ in known.get((kind, key), ()):
            if id_ == lead.pk:
                continue
            first = best.get(id_)
            best[id_] = Match(id_, kind) if first is None else replace(first, also=(*first.also, kind))
    return list(best.values())


def duplicates_of(lead: Lead) -> Found:
    """Everything alike to one lead: duplicates, related and similar ones, each once under its strongest heading.

    Those of which somebody said that they are another one are left out. The answer names ids; what of them a person
    may see is for the door to ask.
    """
    seen = {lead.pk, *_parted_from(lead.pk)} if lead.pk else set()
    hard = matches_of(lead, hard_matches([lead]))
    found = Found(hard=[match for match in hard if match.lead_id not in seen])
    seen |= {match.lead_id for match in found.hard}
    found.related = _related(lead, seen)
    seen |= {match.lead_id for match in found.related}
    found.similar = _similar(lead, seen)
    return found


def _parted_from(lead_id: int) -> set[int]:
    """The leads of which a person said that they are not this one."""
    either = Q(first_id=lead_id) | Q(second_id=lead_id)
    rows = DuplicatePair.objects.filter(either, state=DuplicatePair.State.APART)
    return {id_ for ids in rows.values_list("first_id", "second_id") for id_ in ids}


def _related(lead: Lead, seen: set[int]) -> list[Match]:
    related: list[Match] = []
    for name in ("company_key", "domain_key"):
        key = getattr(lead, name)
        if not key:
            continue
        ids = (
            Lead.objects.current().filter(**{name: key}).order_by("-id").values_list("pk", flat=True)[:SHOWN]
        )
        known = seen | {match.lead_id for match in related}
        related += [Match(id_, name.removesuffix("_key")) for id_ in ids if id_ not in known]
    return related


def _similar(lead: Lead, seen: set[int]) -> list[Match]:
    if not lead.block_keys:
        return []
    candidates = (
        Lead.objects.current()
        .filter(block_keys__overlap=lead.block_keys)
        .exclude(pk__in=seen)
        .values_list("pk", "company_name", "contact_name", "city")[:CANDIDATES]
    )
    mine = Named(lead.company_name, lead.contact_name, lead.city)
    similar = []
    for pk, company, person, city in candidates:
        likeness = score(mine, Named(company, person, city))
        if likeness.score >= WARN:
            similar.append(Match(pk, likeness.reason, likeness.score))
    return sorted(similar, key=lambda match: (-match.score, match.lead_id))[:SHOWN]
