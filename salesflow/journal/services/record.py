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
from salesflow.lib.bulk import insert_keyed, insert_values

_COLUMNS = (
    "kind", "subject_type", "subject_id", "actor_id", "data", "private_digest", "request_id",
)  # fmt: skip
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
) -> int:
    """Record one event about `subject` by `by` (None is the clock), inside the caller's transaction; gives its id.

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
    return _write([draft])[0]


def record_many(drafts: Iterable[EventDraft]) -> None:
    """Record events with a constant number of statements, whatever their number."""
    drafts = list(drafts)
    if drafts:
        _write(drafts, keyed=False)


def _write(drafts: list[EventDraft], *, keyed: bool = True) -> list[int]:
    """Store the events, their private parts and their deliveries; gives the ids of the events.

    Unless they are wanted (`keyed`), events without private parts and subscribers are stored without asking for ids.
    """
    if not connection.in_atomic_block:
        raise RuntimeError("an event belongs to the transaction of what it tells")
    rid = request_id.get()
    rows, hidden = [], []
    for draft in drafts:
        salt = secrets.token_hex(8) if draft.private else ""
        plain = json.loads(canonical(draft.private)) if draft.private else None
        digest = private_digest(salt, plain) if plain else ""
        rows.append(
            (draft.kind, draft.subject_type, draft.subject_id, draft.by_id, dict(draft.data), digest, rid)
        )
        hidden.append((salt, plain))
    if not keyed and not any(draft.private or subscribers_of(draft.kind) for draft in drafts):
        insert_values(Event, _COLUMNS, rows)
        return []
    ids = insert_keyed(Event, _COLUMNS, rows)
    privates = [(id_, salt, plain) for id_, (salt, plain) in zip(ids, hidden, strict=True) if plain]
    if privates:
        insert_values(EventPrivate, ("event_id", "salt", "data"), privates)
    _queue(ids, drafts)
    return ids


def _queue(ids: list[int], drafts: list[EventDraft]) -> None:
    waiting = Delivery.State.WAITING
    deliveries = [
        (id_, name, waiting, 0, "")
        for id_, draft in zip(ids, drafts, strict=True)
        for name in subscribers_of(draft.kind)
    ]
    if deliveries:
        insert_values(Delivery, ("event_id", "subscriber", "state", "attempts", "error"), deliveries)
        from salesflow.journal.tasks import wake

        wake()
