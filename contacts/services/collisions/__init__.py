"""Collisions: two claims on one customer, decided by a manager of both from the evidence."""

from contacts.services.collisions.decide import (
    collision_decide,
    collision_state,
    collision_withdraw,
    outcomes_barred,
)
from contacts.services.collisions.evidence import SIDES, Evidence, evidence_of
from contacts.services.collisions.open import collision_found, collision_open

__all__ = [
    "SIDES",
    "Evidence",
    "collision_decide",
    "collision_found",
    "collision_open",
    "collision_state",
    "collision_withdraw",
    "evidence_of",
    "outcomes_barred",
]
