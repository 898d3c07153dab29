"""Scoring stored leads: set-based, only rows whose numbers or grade moved are written.

How a batch goes: find the leads that move (nothing locked); lock those in order of their ids; score them again
under the lock and write. What an edit or an event changes meanwhile is therefore seen or waits its turn, and
leads that do not move are never touched.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db import connection, transaction

from leads.services.first_contact import first_contact_follow_grades
from leads.services.score.active import in_force
from leads.services.score.statements import BY_ID, Move, Statements
from salesflow.journal.services import EventDraft, record_many
from salesflow.people.models import User

#: Leads written and locked by one transaction: others wait that long at most.
BATCH = 1000
#: So few leads are locked without looking first.
FEW = 50


@dataclass(frozen=True)
class Batch:
    """What became of a batch: how many leads were written, and which were busy elsewhere."""

    written: int
    busy: tuple[int, ...] = ()


def leads_rescore(ids: Iterable[int], *, cause: str, by: User | None = None) -> int:
    """Score these leads now; gives how many were written. Waits for leads that others are changing.

    `cause` is what the history of grades shows: edited, event, activity, asked, decay, model, unmerged. A higher
    grade holds at once, a lower one after the model's `downgrade_after_days`; each move is recorded with its
    explanation. Ended (converted, disqualified), archived and merged leads keep their score.
    """
    listed, written = sorted(set(ids)), 0
    for start in range(0, len(listed), BATCH):
        batch = listed[start : start + BATCH]
        if len(batch) > FEW:
            batch = leads_moving(BY_ID, {"ids": batch}, cause=cause)
        written += batch_rescore(batch, cause=cause, by=by).written
    return written


@transaction.atomic
def leads_moving(where: str, params: dict[str, Any], *, cause: str) -> list[int]:
    """Which leads scoring would move, in order of their ids; locks none."""
    return sorted(Statements(in_force(), cause).moving(where, params))


@transaction.atomic
def batch_rescore(ids: list[int], *, cause: str, by: User | None = None, wait: bool = True) -> Batch:
    """Score a batch in one transaction; with `wait=False` leads that others hold are left alone and named as busy.

    The models are read under the locks, too: what a model retired meanwhile would give is not written any more.
    """
    if not ids:
        return Batch(0)
    locked = _lock(ids, wait=wait)
    written, changed = Statements(in_force(), cause).write(locked)
    if changed:
        _tell(changed, cause, by)
        first_contact_follow_grades(move.lead_id for move in changed)
    return Batch(written, tuple(set(ids) - set(locked)))


def _lock(ids: list[int], *, wait: bool) -> list[int]:
    """Hold the leads against edits (not against rows that only refer to them), in order of their ids."""
    statement = "SELECT id FROM leads_lead WHERE id = ANY(%s) ORDER BY id FOR NO KEY UPDATE"
    with connection.cursor() as cursor:
        cursor.execute(statement if wait else f"{statement} SKIP LOCKED", [ids])
        return [row[0] for row in cursor.fetchall()]


def _tell(changed: list[Move], cause: str, by: User | None) -> None:
    record_many(
        EventDraft(
            kind="leads.grade_changed",
            subject_type="leads.lead",
            subject_id=move.lead_id,
            by_id=by.pk if by else None,
            data={
                "from": move.old,
                "to": move.new,
                "score": move.score,
                "cause": cause,
                "model": move.model_id,
            },
        )
        for move in changed
    )
