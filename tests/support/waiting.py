"""Waiting for what other processes do: as short as possible, and with a reason when in vain."""

import time
from collections.abc import Callable

import pytest


def wait_until(
    true: Callable[[], object], what: str, seconds: float = 20, *, tell: Callable[[], str] | None = None
) -> None:
    """Return as soon as `true()` is; fail naming `what` (and what `tell()` gives) when it does not become so."""
    deadline = time.monotonic() + seconds
    while not true():
        if time.monotonic() > deadline:
            pytest.fail(f"waited {seconds} s in vain: {what}\n{tell() if tell else ''}")
        time.sleep(0.05)
