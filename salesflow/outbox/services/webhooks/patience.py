"""When a message is tried again, for how long a failing address is left alone, and when it is given up."""

import random
from collections.abc import Mapping
from datetime import timedelta
from email.utils import parsedate_to_datetime

from django.utils import timezone

#: The waits that Standard Webhooks recommends, after each attempt: three days in all.
WAITS = (5, 5 * 60, 30 * 60, *(hours * 3600 for hours in (2, 5, 10, 14, 20, 24)))
ATTEMPTS = len(WAITS) + 1
#: An address that has failed for so long is told nothing more.
FAILING = timedelta(days=3)
#: Between two looks at an address that fails, at most.
LONGEST_PAUSE = 1800
LONGEST_ASKED = timedelta(days=1)


def wait_after(attempts: int) -> timedelta:
    """Until the next attempt of a message, a fifth more or less."""
    return _about(WAITS[min(attempts, len(WAITS)) - 1])


def pause_after(failures: int) -> timedelta:
    """How long an address is left alone after so many failures in a row: 10 s, twice as long each time."""
    return _about(min(LONGEST_PAUSE, 5 * 2 ** min(failures, 12)))


def asked_wait(headers: Mapping[str, str]) -> timedelta:
    """What the receiver asks for by `Retry-After`, in seconds or as a date; a day at most."""
    text = headers.get("retry-after", "").strip()
    if text.isascii() and text.isdigit():
        return min(timedelta(seconds=int(text[:9])), LONGEST_ASKED)
    try:
        wait = parsedate_to_datetime(text) - timezone.now()
    except (TypeError, ValueError):
        return timedelta()
    return max(timedelta(), min(wait, LONGEST_ASKED))


def _about(seconds: float) -> timedelta:
    return timedelta(seconds=seconds * random.uniform(0.8, 1.2))  # noqa: S311
