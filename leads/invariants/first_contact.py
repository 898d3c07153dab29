"""The deadline of the first contact: the clocks against the leads they are of."""

from leads.invariants.ownership import OF_ONE_PAST
from salesflow.lib.invariants import invariant

_OPEN = "c.metric = 'first_contact' AND c.subject_type = 'leads.lead' AND c.state IN ('running', 'paused')"

invariant(
    "leads.uncontacted_has_one_clock",
    "An assigned lead that was not contacted has exactly one clock of its first contact running.",
    of="leads.lead",
    sql=f"""
        SELECT l.id
        FROM leads_lead l
        LEFT JOIN clocks_clock c ON c.subject_id = l.id AND {_OPEN}
        WHERE l.status = 'assigned' AND l.first_contacted_at IS NULL
            AND l.archived_at IS NULL AND l.merged_into_id IS NULL
        GROUP BY l.id
        HAVING count(c.id) <> 1
    """,  # noqa: S608
)
invariant(
    "leads.clock_runs_for_an_uncontacted_lead",
    "A clock of a first contact runs only for a lead that its owner was given and has not contacted.",
    of="clocks.clock",
    sql=f"""
        SELECT c.id
        FROM clocks_clock c
        LEFT JOIN leads_lead l ON l.id = c.subject_id
        WHERE {_OPEN} AND (
            l.id IS NULL OR l.status <> 'assigned' OR l.first_contacted_at IS NOT NULL
            OR l.archived_at IS NOT NULL OR l.owner_id IS DISTINCT FROM c.owner_id
        )
    """,  # noqa: S608
)
invariant(
    "leads.lead_shows_its_clock",
    "The deadline a lead shows is that of its clock: beginning, limit and end.",
    of="leads.lead",
    # new hours reach the clocks at once and the leads with the delivery of their news
    sql=f"""
        SELECT l.id
        FROM leads_lead l
        JOIN clocks_clock c ON c.subject_id = l.id AND {_OPEN}
        WHERE (l.first_contact_started_at, l.first_contact_limit_seconds, l.first_contact_due_at)
                IS DISTINCT FROM (c.started_at, c.target_seconds, c.due_at)
            AND NOT (c.calendar_id IS NOT NULL AND EXISTS (
                SELECT 1 FROM journal_delivery d
                WHERE d.state = 'waiting' AND d.subscriber = 'leads.subscribers.leads_show_new_hours'
            ))
    """,  # noqa: S608
)
invariant(
    "leads.clock_obeys_the_policy_of_its_grade",
    "A running clock has the limit, reminders and kind of hours of the policy of its lead's present grade.",
    of="clocks.clock",
    # an overdue clock only waits for its sweep and stays as it was
    sql=f"""
        SELECT c.id
        FROM clocks_clock c
        JOIN leads_lead l ON l.id = c.subject_id
        LEFT JOIN leads_firstcontactpolicy p ON p.grade = l.grade
        WHERE {_OPEN} AND c.due_at > now() AND (
            c.policy_key <> l.grade OR c.target_seconds IS DISTINCT FROM p.limit_seconds
            OR c.warn_percents IS DISTINCT FROM p.remind_at_percent
            OR (c.calendar_id IS NOT NULL) <> p.business_hours_only
        )
    """,  # noqa: S608
)
invariant(
    "leads.every_grade_has_a_policy",
    "There is a first-contact policy for each grade.",
    of="leads.firstcontactpolicy",
    sql="""
        SELECT grade AS id FROM unnest(ARRAY['A', 'B', 'C']) AS wanted(grade)
        WHERE NOT EXISTS (SELECT 1 FROM leads_firstcontactpolicy p WHERE p.grade = wanted.grade)
    """,
)
invariant(
    "leads.contact_in_time_beats_the_clock",
    "No ownership expired in which a first contact was made.",
    of="leads.ownership",
    sql=f"""
        SELECT o.id
        FROM leads_ownership o
        WHERE o.end_reason = 'expired' AND {OF_ONE_PAST.format(lead="o.lead_id")} AND (
            o.first_contacted_at IS NOT NULL OR EXISTS (
                SELECT 1 FROM work_activity a
                WHERE a.subject_type = 'leads.lead' AND a.subject_id = o.lead_id AND a.purpose = 'first_contact'
                    AND a.logged_at >= o.started_at AND a.logged_at < o.ended_at
            )
        )
    """,  # noqa: S608
)
invariant(
    "leads.expired_by_its_clock",
    "An ownership expired with one breached clock of its own, and not before that clock's end.",
    of="leads.ownership",
    sql=f"""
        SELECT o.id
        FROM leads_ownership o
        LEFT JOIN clocks_clock c ON c.metric = 'first_contact' AND c.subject_type = 'leads.lead'
            AND c.subject_id = o.lead_id AND c.owner_id = o.owner_id AND c.state = 'breached'
            AND c.started_at >= o.started_at AND c.breached_at <= o.ended_at
        WHERE o.end_reason = 'expired'
        GROUP BY o.id
        HAVING count(c.id) = 0 OR count(c.id) > 1 AND {OF_ONE_PAST.format(lead="o.lead_id")}
    """,  # noqa: S608
)
