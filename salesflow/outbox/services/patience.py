"""How long to wait before the next attempt, and when to give up: after about three days."""

import random
from datetime import timedelta

#: How long whoever took an errand has for it; then it is due again.
LEASE = timedelta(minutes=2)
FIRST_SECONDS, LONGEST_SECONDS = 15, 6 * 3600
#: Attempts that fit into three days.
ATTEMPTS = 18
DAYS = timedelta(days=3)


def wait_after(attempts: int) -> timedelta:
    """15 s after the first attempt, three times as long after each, never above six hours; a fifth more or less."""
    seconds = min(LONGEST_SECONDS, FIRST_SECONDS * 3 ** min(attempts - 1, 12))
    return timedelta(seconds=seconds * random.uniform(0.8, 1.2))  # noqa: S311
