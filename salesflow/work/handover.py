"""What a leaver or mover holds: each app declares the kinds of its records, `services.handovers` moves them.

    register_handover(HandoverKind("customers", _("Customers"), "contacts.customer", 10, rows=…, recipients=…, move=…))

Kinds are moved in their order. Who may be given a record, and who may take it away, is asked by `recipients` when the
handover is asked for and by `move` for each record.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet

#: A record as (type, id).
Subject = tuple[str, int]


@dataclass(frozen=True)
class HandoverResult:
    """What became of a record: moved (or called off) when there is no `code`; `restarted`: its deadline began anew."""

    record_id: int
    code: str = ""
    reason: str = ""
    restarted: bool = False


@dataclass(frozen=True)
class Move:
    """Records of one kind that go from `person` to others, `given` by record id, in one transaction of the caller's.

    Where they are called off, they are given to nobody (None).
    """

    handover_id: int
    person: Any
    by: Any
    given: Mapping[int, Any]


def _on_nothing(ids: Sequence[int]) -> dict[int, Subject]:
    return {}


@dataclass(frozen=True)
class HandoverKind:
    """`rows(person)` are those still open; `move` answers for each of the records it was given.

    `about(ids)` names the record each belongs to: it goes where that one went in the same handover. A kind with
    `call_off` may be called off instead, when the handover says so.
    """

    key: str
    label: Any
    type: str
    order: int
    rows: Callable[[Any], QuerySet[Any]]
    recipients: Callable[[Any], Sequence[Any]]
    move: Callable[[Move], list[HandoverResult]]
    about: Callable[[Sequence[int]], dict[int, Subject]] = _on_nothing
    call_off: Callable[[Move], list[HandoverResult]] | None = None


_kinds: dict[str, HandoverKind] = {}


def register_handover(*kinds: HandoverKind) -> None:
    _kinds.update({kind.key: kind for kind in kinds})


def handover_kinds() -> list[HandoverKind]:
    """All kinds, in the order in which they are moved."""
    return sorted(_kinds.values(), key=lambda kind: (kind.order, kind.key))
