"""Limits that hold over all processes: an atomic counter per key and window, kept in the database."""

from datetime import timedelta

from django.db import connection
from django.utils.translation import gettext_lazy as _

from salesflow.lib.errors import Conflict

#: The time in which tries of a password, a code or the like are counted.
WINDOW = timedelta(minutes=5)


class Throttled(Conflict):
    """Too many of them in too short a time; `retry_after` is in whole seconds (429 over REST)."""

    def __init__(self, retry_after: int) -> None:
        super().__init__(
            "throttled", _("Too many attempts. Please wait a little."), {"retry_after": retry_after}
        )
        self.retry_after = retry_after


def throttle(key: str, *, limit: int, window: timedelta) -> None:
    """Count one use of `key`; raises Throttled when it is the `limit`+1st within the window.

    One statement, so that simultaneous uses are all counted. It must stand outside the transaction of what it
    guards when failed attempts are to count.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO people_throttle AS t (key, count, resets_at)
            VALUES (%(key)s, 1, clock_timestamp() + %(window)s)
            ON CONFLICT (key) DO UPDATE SET
                count = CASE WHEN t.resets_at <= clock_timestamp() THEN 1 ELSE t.count + 1 END,
                resets_at = CASE WHEN t.resets_at <= clock_timestamp()
                                 THEN clock_timestamp() + %(window)s ELSE t.resets_at END
            RETURNING count, ceil(extract(epoch FROM resets_at - clock_timestamp()))::int
            """,
            {"key": key[:200], "window": window},
        )
        count, wait = cursor.fetchone()
    if count > limit:
        raise Throttled(max(1, wait))
