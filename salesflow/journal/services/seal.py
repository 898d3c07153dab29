"""Chaining events, so that a changed, removed or slipped-in row is found.

A seal covers events whose transactions are all finished (older than the oldest one running), in the order of
their ids; its hash is SHA-256 over the previous hash and the canonical text of each event. Which events a seal
holds is stored, since ids are given out before commit and a low one may come to light late.
"""

import hashlib
from dataclasses import dataclass
from datetime import timedelta

from django.db import connection, transaction
from django.db.models import Max, Q
from django.db.models.functions import Now

from salesflow.journal.models import Event, EventPrivate, Seal, SealedEvent
from salesflow.journal.services.record import canonical, private_digest

BATCH = 5000
_LOCK = 7_301_001


@dataclass
class Verdict:
    """What `audit_verify` found: `problems` is empty when every seal and every private part holds."""

    events: int
    seals: int
    head: str
    problems: list[str]


def _text(event: Event) -> str:
    return canonical(
        [
            event.pk,
            event.at,
            event.kind,
            event.subject_type,
            event.subject_id,
            event.actor_id,
            event.data,
            event.private_digest,
            event.request_id,
            event.txid,
        ]
    )


def _chained(previous: str, events: list[Event]) -> str:
    digest = hashlib.sha256(previous.encode())
    for event in events:
        digest.update(_text(event).encode())
        digest.update(b"\n")
    return digest.hexdigest()


def _floor() -> int:
    """An id under which everything is sealed: no transaction lives for an hour (see the time-outs in settings)."""
    settled = Seal.objects.filter(sealed_at__lt=Now() - timedelta(hours=1))
    return settled.aggregate(top=Max("last_event_id"))["top"] or 0


@transaction.atomic
def events_seal() -> dict[str, int]:
    """Seal the next batch of finished events; one sealer at a time, others leave at once."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [_LOCK])
        if not cursor.fetchone()[0]:
            return {"processed": 0}
        cursor.execute("SELECT txid_snapshot_xmin(s), txid_snapshot_xmax(s) FROM txid_current_snapshot() s")
        oldest_running, newest = cursor.fetchone()
    last = Seal.objects.order_by("-pk").first()
    # ids of a restored database may carry numbers of transactions that this cluster has not reached yet
    finished = Q(txid__lt=oldest_running) | Q(txid__gte=newest)
    waiting = Event.objects.filter(finished, sealed=None, pk__gt=_floor())
    events = list(waiting.order_by("id")[:BATCH])
    if not events:
        return {"processed": 0}
    seal = Seal.objects.create(
        last_event_id=events[-1].pk,
        events=len(events),
        hash=_chained(last.hash if last else "", events),
    )
    SealedEvent.objects.bulk_create(
        [SealedEvent(event=event, seal=seal) for event in events], batch_size=5000
    )
    return {"processed": len(events)}


def audit_verify() -> Verdict:
    """Recompute the whole chain and every private digest, streaming; names what does not hold."""
    problems: list[str] = []
    previous, total, seals = "", 0, 0
    for seal in Seal.objects.order_by("pk").iterator():
        events = list(Event.objects.filter(sealed__seal=seal).order_by("id"))
        if len(events) != seal.events:
            problems.append(f"seal {seal.pk}: {seal.events} events sealed, {len(events)} found")
        if _chained(previous, events) != seal.hash:
            problems.append(f"seal {seal.pk}: the events differ from what was sealed")
        previous, total, seals = seal.hash, total + len(events), seals + 1
    problems += _private_problems()
    return Verdict(events=total, seals=seals, head=previous, problems=problems)


def _private_problems() -> list[str]:
    found = []
    for part in EventPrivate.objects.select_related("event").iterator(chunk_size=2000):
        if private_digest(part.salt, part.data) != part.event.private_digest:
            found.append(f"event {part.event_id}: the private part differs from its digest")
    return found
