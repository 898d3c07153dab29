"""Sweeps: functions that look for what is due and do it. Each app writes its own in `tasks.py`.

A sweep is safe to run late, twice, or in two processes at once (rows are taken with SKIP LOCKED and re-checked).
This registry only knows the functions; `salesflow.runtime` runs them by Celery, by the scheduler's own thread when
no worker does, and by the command `sweep_due`.
"""

import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import TypeVar

from django.utils.module_loading import autodiscover_modules

Counts = dict[str, int]
SweepFunction = TypeVar("SweepFunction", bound=Callable[[], Counts])


@dataclass(frozen=True)
class Sweep:
    """`run()` does what is due and counts it (`processed`, `returned`, `reminded`, `failed` …); `every` in seconds.

    One that `waits` for others outside the house may take long; whoever runs several runs it beside them.
    """

    name: str
    every: int
    run: Callable[[], Counts]
    waits: bool = False


_sweeps: dict[str, Sweep] = {}
_run: ContextVar[str] = ContextVar("run_in_hand", default="")


@contextmanager
def one_run() -> Iterator[None]:
    """Batches within belong together, so that people are told once of all of them."""
    token = _run.set(secrets.token_hex(8))
    try:
        yield
    finally:
        _run.reset(token)


def run_in_hand() -> str:
    """The name of the run in hand; empty outside of any."""
    return _run.get()


def sweep(name: str, *, every: int = 5, waits: bool = False) -> Callable[[SweepFunction], SweepFunction]:
    """Register the decorated function as the sweep `name` (such as `clocks.due`), to run every `every` seconds."""

    def register(function: SweepFunction) -> SweepFunction:
        known = _sweeps.get(name)
        if known is not None and known.run.__qualname__ != function.__qualname__:
            raise ValueError(f"two sweeps are called {name}")
        _sweeps[name] = Sweep(name=name, every=every, run=function, waits=waits)
        return function

    return register


def all_sweeps() -> list[Sweep]:
    """Every sweep of the installed apps, by name."""
    autodiscover_modules("tasks")
    return [_sweeps[name] for name in sorted(_sweeps)]


def sweep_named(name: str) -> Sweep:
    """The sweep of that name; KeyError when there is none."""
    autodiscover_modules("tasks")
    return _sweeps[name]


def run_due(names: list[str] | None = None) -> Counts:
    """One plain pass over the named sweeps (default all) here and now; gives their counts added up."""
    total: Counts = {}
    for each in all_sweeps():
        if names is None or each.name in names:
            add_counts(total, each.run())
    return total


def add_counts(total: Counts, counts: Counts) -> None:
    """Add `counts` to `total` in place."""
    for key, number in counts.items():
        total[key] = total.get(key, 0) + number
