"""How one of several eligible people is chosen. Pure arithmetic; callers lock and store what it changes."""

from collections.abc import MutableMapping, Sequence
from typing import Protocol


class Runner(Protocol):
    """A person in the choice: `load` open leads, `last` the moment of the last assignment, 0 for never."""

    @property
    def id(self) -> int: ...

    @property
    def load(self) -> int: ...

    @property
    def last(self) -> float: ...


def smooth_pick(credits: MutableMapping[int, int], weights: Sequence[tuple[int, int]]) -> int:
    """Weighted round robin by deficit: the smooth algorithm of nginx ("upstream: smooth weighted round-robin", 2012).

    Each eligible person's credit grows by his weight; the highest takes the turn (of equals the lowest user id) and
    pays the sum of the eligible weights. Over that many turns each has had exactly his weight, and they interleave.
    `weights` are (user id, positive weight); `credits` is changed in place. Who is not eligible keeps his credit,
    and neither gains nor loses by being away.
    """
    total, chosen, best = 0, 0, None
    for user, weight in weights:
        credit = credits.get(user, 0) + weight
        credits[user] = credit
        total += weight
        if best is None or credit > best or (credit == best and user < chosen):
            chosen, best = user, credit
    if best is None:
        raise ValueError("nobody to choose from")
    credits[chosen] = best - total
    return chosen


def least_loaded_pick(runners: Sequence[Runner]) -> int:
    """Fewest open leads; of equals who waited longest for one; of these the lowest user id."""
    return min(runners, key=lambda runner: (runner.load, runner.last, runner.id)).id


def best_match_pick(runners: Sequence[Runner], points: Sequence[int]) -> int:
    """Most points of match; of equals as `least_loaded_pick`."""
    rated = zip(runners, points, strict=True)
    return min(rated, key=lambda pair: (-pair[1], pair[0].load, pair[0].last, pair[0].id))[0].id
