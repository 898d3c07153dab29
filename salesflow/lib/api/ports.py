"""What the REST layer needs from `people`, which fills the slots when it is ready."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Protocol


@dataclass(frozen=True)
class KeptAnswer:
    """An answer given earlier under an Idempotency-Key."""

    status: int
    headers: Mapping[str, str]
    body: str


class IdempotencyStore(Protocol):
    """Keeps first answers for a day. Both calls stand in the transaction of the deed."""

    def claim(self, *, user: Any, key: str, request_hash: str) -> KeptAnswer | None:
        """Take the key for this request, or give its first answer; waits for a running request with the same key.

        Raises `problems.KeyReused` when the key belongs to another request.
        """

    def keep(self, *, user: Any, key: str, answer: KeptAnswer) -> None:
        """Store the answer under the claimed key."""


_make: Callable[[], IdempotencyStore] | None = None


def fill_idempotency(make: Callable[[], IdempotencyStore]) -> None:
    """Name the function that gives the store; it is called when first needed."""
    global _make
    _make = make


@cache
def idempotency() -> IdempotencyStore:
    if _make is None:
        raise RuntimeError("no app keeps idempotent answers")
    return _make()
