"""Writing down what happened, in the transaction in which it happened."""

import hashlib
import json
import secrets
from collections.abc import Iterable, Mapping
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.db import connection
from django.db.models import Model

from salesflow.journal.models import Delivery, Event, EventPrivate
from salesflow.journal.registry import subscribers_of
from salesflow.lib.bulk import insert_many

#: The id of the web request (or task) in hand, set by the outermost door.
request_id: ContextVar[str] = ContextVar("request_id", default="")


@dataclass
class EventDraft:
    """An event before it is written. `data` holds ids, codes and numbers; personal values go to `private`."""

    kind: str
    subject_type: str
    subject_id: int
    by_id: int | None = None
    data: Mapping[str, Any] = field(default_factory=dict)
    private: Mapping[str, Any] | None = None


def canonical(value: Any) -> str:
    """JSON with one spelling: sorted keys, no spaces; what digests and seals are computed over."""
    return json.dumps(value, cls=DjangoJSONEncoder, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def private_digest(salt: str, data: Any) -> str:
    return hashlib.sha256((salt + canonical(data)).encode()).hexdigest()


def record(
    kind: str,
    *,
    subject: Model,
    by: Any | None,
    data: Mapping[str, Any] | None = None,
    changes: Mapping[str, tuple[Any, Any]] | None = None,
    private: Mapping[str, Any] | None = None,
) -> Event:
    """Record one event about `subject` by `by` (None is the clock), inside the caller's transaction.

    `changes` maps a field to (old, new); being personal as a rule, it is kept in the private part. Subscribers of
    the kind get their delivery row in the same transaction.
    """
    hidden = dict(private or {})
    if changes:
        hidden["changes"] = {name: list(pair) for name, pair in changes.items()}
    draft = EventDraft(
        kind=kind,
        subject_type=subject._meta.label_lower,
        subject_id=subject.pk,
        by_id=getattr(by, "pk", None),
        data=data or {},
        private=hidden or None,
    )
    return record_many([draft])[0]


def record_many(drafts: Iterable[EventDraft]) -> list[Event]:
    """Record events with at most three statements, whatever their number."""
    drafts = list(drafts)
    if not drafts:
        return []
    if not connection.in_atomic_block:
        raise RuntimeError("an event belongs to the transaction of what it tells")
    rid = request_id.get()
    events, hidden = [], []
    for draft in drafts:
        salt = secrets.token_hex(8) if draft.private else ""
        plain = json.loads(canonical(draft.private)) if draft.private else None
        events.append(
            Event(
                kind=draft.kind,
                subject_type=draft.subject_type,
                subject_id=draft.subject_id,
                actor_id=draft.by_id,
                data=json.loads(canonical(dict(draft.data))),
                private_digest=private_digest(salt, plain) if plain else "",
                request_id=rid,
            )
        )
        hidden.append((salt, plain))
    insert_many(Event, events)
    privates = [
        EventPrivate(event=event, salt=salt, data=plain)
        for event, (salt, plain) in zip(events, hidden, strict=True)
        if plain
    ]
    if privates:
        insert_many(EventPrivate, privates)
    _queue(events)
    return events


def _queue(events: list[Event]) -> None:
    deliveries = [
        Delivery(event=event, subscriber=name) for event in events for name in subscribers_of(event.kind)
    ]
    if deliveries:
        insert_many(Delivery, deliveries)
        from salesflow.journal.tasks import wake

        wake()
