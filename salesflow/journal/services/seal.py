"""Chaining events, so that a changed, removed or slipped-in row is found.

A seal covers events whose transactions are all finished (older than the oldest one running), in the order of
their ids; its hash is SHA-256 over the previous hash and the canonical text of each event. Which events a seal
holds is stored, since ids are given out before commit and a low one may come to light late.
"""

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta

from django.db import connection, transaction
from django.db.models import Max, Q
from django.db.models.functions import Now

from salesflow.journal.models import Event, EventPrivate, Seal, SealedEvent
from salesflow.journal.services.record import canonical, private_digest

BATCH = 5000
#: Rows held at a time while the chain is walked.
CHUNK = 1000
#: Faults that are named; all are counted.
NAMED = 20
_LOCK = 7_301_001


@dataclass
class Verdict:
    """What `audit_verify` found.

    `broken` things do not hold, the first of them by place in the chain are named in `problems`; none when every seal
    and every private part holds. `head` is the hash of the last seal, `unsealed` events are younger than that.
    """

    events: int = 0
    seals: int = 0
    unsealed: int = 0
    head: str = ""
    broken: int = 0
    problems: list[str] = field(default_factory=list)

    def add(self, problem: str) -> None:
        self.broken += 1
        if len(self.problems) < NAMED:
            self.problems.append(problem)


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


def _chained(previous: str, events: Iterable[Event]) -> str:
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


def audit_verify(*, head: str = "") -> Verdict:
    """Recompute the whole chain and every private digest, one seal at a time; tells what does not hold.

    With `head`, the hash of a last seal that was noted earlier, the chain must still hold that seal: so one that was
    cut off at its end is found as well. Private parts that are gone were erased, which the chain allows.
    """
    verdict = Verdict(unsealed=Event.objects.filter(sealed=None).count())
    heads = 0
    for seal in Seal.objects.order_by("pk").iterator(chunk_size=CHUNK):
        _verify_seal(seal, verdict)
        heads += seal.hash == head
    if head and not heads:
        verdict.add(f"no seal has the hash {head}: the chain was cut off or made anew")
    for event in Event.objects.filter(sealed=None, pk__lte=_floor()).order_by("pk")[:NAMED]:
        verdict.add(f"event {event.pk}: slipped in where everything had been sealed")
    _verify_private_parts(verdict)
    return verdict


def _verify_seal(seal: Seal, verdict: Verdict) -> None:
    """Compare the seal with the events it holds, as chained to the seal before."""
    counted = _Counted(Event.objects.filter(sealed__seal=seal).order_by("id").iterator(chunk_size=CHUNK))
    chained = _chained(verdict.head, counted)
    if (counted.number, counted.last) != (seal.events, seal.last_event_id):
        verdict.add(
            f"seal {seal.pk}: {seal.events} events up to {seal.last_event_id} were sealed, "
            f"{counted.number} up to {counted.last} are there"
        )
    elif chained != seal.hash:
        verdict.add(
            f"seal {seal.pk}: its hash is not that of the seal before and events {counted.first} to {counted.last}"
        )
    verdict.head = seal.hash
    verdict.seals += 1
    verdict.events += counted.number


class _Counted:
    """Events on their way by: how many, the first and the last."""

    def __init__(self, events: Iterable[Event]) -> None:
        self.events = events
        self.number = self.first = self.last = 0

    def __iter__(self) -> Iterator[Event]:
        for event in self.events:
            self.number += 1
            self.first, self.last = self.first or event.pk, event.pk
            yield event


def _verify_private_parts(verdict: Verdict) -> None:
    for part in EventPrivate.objects.select_related("event").order_by("pk").iterator(chunk_size=CHUNK):
        if private_digest(part.salt, part.data) != part.event.private_digest:
            verdict.add(f"event {part.event_id}: the personal values differ from their digest")
