"""Visitors of the company's own sites: their views, the lead they turn out to be, and how long strangers are kept."""

from collections.abc import Iterable
from dataclasses import dataclass
from time import monotonic

from django.conf import settings
from django.db import connection

from leads.services.score.sweep import rescore_soon


@dataclass(frozen=True)
class View:
    """A page somebody looked at, so many seconds ago by the clock of the database."""

    event_id: str
    url: str
    dwell_seconds: int
    seconds_ago: int


def views_store(*, visitor: str, views: list[View], lead_id: int | None = None) -> int:
    """Store views under the lead the visitor is known to be, or for later; inside the caller's transaction.

    `lead_id` is the lead he has just turned out to be: what he did before as a stranger joins it. A view that is there
    keeps its time and page and the longer of both dwells. Gives how many changed anything.
    """
    visitors_lock([visitor])
    if lead_id is not None:
        visitor_join(visitor=visitor, lead_id=lead_id)
    with connection.cursor() as cursor:
        cursor.execute(
            """
            WITH known AS (
                SELECT coalesce(l.merged_into_id, l.id) AS lead_id
                FROM leads_leadevent e JOIN leads_lead l ON l.id = e.lead_id
                WHERE e.visitor = %(visitor)s AND e.visitor <> '' AND e.lead_id IS NOT NULL
                ORDER BY e.id DESC LIMIT 1
            )
            INSERT INTO leads_leadevent AS v (event_id, lead_id, visitor, kind, occurred_at, url, dwell_seconds, data)
            SELECT x.event_id, coalesce(%(lead)s, (SELECT lead_id FROM known)), %(visitor)s, 'page_view',
                now() - make_interval(secs => x.ago), x.url, x.dwell, '{}'
            FROM unnest(%(ids)s::text[], %(urls)s::text[], %(dwells)s::int[], %(agos)s::int[])
                AS x(event_id, url, dwell, ago)
            ON CONFLICT (event_id) DO UPDATE SET dwell_seconds = excluded.dwell_seconds
                WHERE v.visitor = excluded.visitor AND v.dwell_seconds < excluded.dwell_seconds
            RETURNING lead_id
            """,
            {
                "visitor": visitor,
                "lead": lead_id,
                "ids": [view.event_id for view in views],
                "urls": [view.url for view in views],
                "dwells": [view.dwell_seconds for view in views],
                "agos": [view.seconds_ago for view in views],
            },
        )
        leads = [row[0] for row in cursor.fetchall()]
    if known := {lead for lead in (*leads, lead_id) if lead is not None}:
        rescore_soon(known, cause="event")
    return len(leads)


def visitor_join(*, visitor: str, lead_id: int) -> None:
    """Give a lead what its visitor did before he was known; the caller holds the visitor and scores the lead anew."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE leads_leadevent SET lead_id = %s WHERE lead_id IS NULL AND visitor <> '' AND visitor = %s",
            [lead_id, visitor],
        )


def visitors_lock(visitors: Iterable[str]) -> None:
    """One at a time for each visitor, until the end of the caller's transaction.

    Else what comes while he introduces himself would stay a stranger's. Of all locks of leads it is the first to be
    taken; there are a few hundred, so that a thousand visitors at once need no more, taken in one order.
    """
    names = list(visitors)
    if not names:
        return
    with connection.cursor() as cursor:
        cursor.execute(_LOCK, [names])


LOCK_SPACE, LOCK_BUCKETS = 7_302, 512
_BUCKETS = f"SELECT DISTINCT hashtext(name) & {LOCK_BUCKETS - 1} AS b FROM unnest(%s::text[]) name ORDER BY 1"
_LOCK = f"SELECT count(pg_advisory_xact_lock({LOCK_SPACE}, b)) FROM ({_BUCKETS}) t"

#: Events forgotten by one statement, and how long one pass of the sweep goes on.
BATCH, PATIENCE_SECONDS = 5000, 20.0


def visits_forget(*, seconds: float = PATIENCE_SECONDS) -> int:
    """Forget what visitors did who joined no lead within `VISITS_KEPT_DAYS` days; gives how many events went.

    In batches, each a statement of its own. What joins a lead at that moment is left alone: its row is locked, or no
    stranger's any more.
    """
    gone, until = 0, monotonic() + seconds
    while settings.VISITS_KEPT_DAYS and monotonic() < until:
        with connection.cursor() as cursor:
            cursor.execute(
                """
                DELETE FROM leads_leadevent WHERE id = ANY(ARRAY(
                    SELECT id FROM leads_leadevent
                    WHERE lead_id IS NULL AND visitor <> '' AND received_at < now() - make_interval(days => %s)
                    ORDER BY received_at LIMIT %s FOR UPDATE SKIP LOCKED
                ))
                """,
                [settings.VISITS_KEPT_DAYS, BATCH],
            )
            gone += cursor.rowcount
            if cursor.rowcount < BATCH:
                break
    return gone
