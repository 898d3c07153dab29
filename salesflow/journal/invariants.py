"""What the journal promises beside its chain, which `verify_audit` walks."""

from salesflow.lib.invariants import invariant

invariant(
    "journal.guards_are_on",
    "Triggers refuse every change of events and seals.",
    of="trigger",
    sql="""
        SELECT wanted.name AS id
        FROM unnest(%(names)s) AS wanted(name)
        WHERE NOT EXISTS (
            SELECT 1 FROM pg_trigger t
            WHERE t.tgname = wanted.name AND t.tgenabled <> 'D'
                AND t.tgrelid IN ('journal_event'::regclass, 'journal_seal'::regclass)
        )
    """,
    names=["event_no_change", "event_no_truncate", "seal_no_change", "seal_no_truncate"],
)
invariant(
    "journal.seals_count_their_events",
    "A seal holds as many events as it says, and the last of them is the one it names.",
    of="journal.seal",
    sql="""
        SELECT s.id
        FROM journal_seal s
        LEFT JOIN (
            SELECT seal_id, count(*) AS events, max(event_id) AS last FROM journal_sealedevent GROUP BY 1
        ) m ON m.seal_id = s.id
        WHERE (s.events, s.last_event_id) IS DISTINCT FROM (m.events, m.last)
    """,
)
invariant(
    "journal.private_parts_are_bound",
    "Personal values belong to an event that carries their digest.",
    of="journal.event",
    sql="""
        SELECT p.event_id AS id
        FROM journal_eventprivate p
        LEFT JOIN journal_event e ON e.id = p.event_id
        WHERE coalesce(e.private_digest, '') = ''
    """,
)
invariant(
    "journal.no_delivery_is_given_up",
    "What happened reaches everyone who listens: no delivery was given up (drain_outbox --dead tries again).",
    of="journal.delivery",
    sql="SELECT id FROM journal_delivery WHERE state = 'dead'",
)
invariant(
    "journal.deliveries_end_with_a_time",
    "A delivery has the time of its end exactly when it is done.",
    of="journal.delivery",
    sql="SELECT id FROM journal_delivery WHERE (state = 'done') <> (done_at IS NOT NULL)",
)
