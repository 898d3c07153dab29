"""Visitors of the company's own sites: their views, and the lead they turn out to be."""

from dataclasses import dataclass

from django.db import connection

from leads.services.score.sweep import rescore_soon


@dataclass(frozen=True)
class View:
    """A page somebody looked at, so many seconds ago by the clock of the database."""

    event_id: str
    url: str
    dwell_seconds: int
    seconds_ago: int


def views_store(*, visitor: str, views: list[View]) -> int:
    """Store views under the lead the visitor is known to be, or for later; inside the caller's transaction.

    A view that is there keeps its time and page and the longer of both dwells. Gives how many changed anything.
    """
    _visitor_lock(visitor)
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
            SELECT x.event_id, (SELECT lead_id FROM known), %(visitor)s, 'page_view',
                now() - make_interval(secs => x.ago), x.url, x.dwell, '{}'
            FROM unnest(%(ids)s::text[], %(urls)s::text[], %(dwells)s::int[], %(agos)s::int[])
                AS x(event_id, url, dwell, ago)
            ON CONFLICT (event_id) DO UPDATE SET dwell_seconds = excluded.dwell_seconds
                WHERE v.visitor = excluded.visitor AND v.dwell_seconds < excluded.dwell_seconds
            RETURNING lead_id
            """,
            {
                "visitor": visitor,
                "ids": [view.event_id for view in views],
                "urls": [view.url for view in views],
                "dwells": [view.dwell_seconds for view in views],
                "agos": [view.seconds_ago for view in views],
            },
        )
        leads = [row[0] for row in cursor.fetchall()]
    if known := {lead for lead in leads if lead is not None}:
        rescore_soon(known, cause="event")
    return len(leads)


def visitor_join(*, visitor: str, lead_id: int) -> None:
    """Give a lead what its visitor did before he was known; inside the caller's transaction, which scores it anew."""
    _visitor_lock(visitor)
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE leads_leadevent SET lead_id = %s WHERE lead_id IS NULL AND visitor <> '' AND visitor = %s",
            [lead_id, visitor],
        )


def _visitor_lock(visitor: str) -> None:
    """One at a time for a visitor, else a view that comes while he introduces himself would stay a stranger's."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended('leads.visitor:' || %s, 0))", [visitor])
