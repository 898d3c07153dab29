"""Where a lead is: with an owner, in a pool, ended, or a past lead; and what its status says of that."""

from salesflow.lib.invariants import invariant

invariant(
    "leads.in_pool_has_no_owner",
    "A lead in a pool has no owner, no deadline and no follow-up, and the pool is in use.",
    of="leads.lead",
    sql="""
        SELECT l.id
        FROM leads_lead l
        LEFT JOIN leads_pool p ON p.id = l.pool_id
        WHERE l.in_pool AND (
            l.owner_id IS NOT NULL OR l.status <> 'new' OR l.pool_entered_at IS NULL
            OR l.first_contact_due_at IS NOT NULL OR l.first_contacted_at IS NOT NULL
            OR l.next_follow_up_at IS NOT NULL OR l.idle_due_at IS NOT NULL
            OR p.id IS NULL OR p.archived_at IS NOT NULL
        )
    """,
)
invariant(
    "leads.open_lead_is_somewhere",
    "A new lead waits in a pool, unless it was entered as a past lead: it was never placed anywhere.",
    of="leads.lead",
    sql="""
        SELECT l.id
        FROM leads_lead l
        WHERE l.status = 'new' AND NOT l.in_pool AND l.archived_at IS NULL AND l.merged_into_id IS NULL AND (
            l.owner_id IS NOT NULL OR l.pool_id IS NOT NULL
            OR EXISTS (SELECT 1 FROM leads_leadassignment a WHERE a.lead_id = l.id)
        )
    """,
)
invariant(
    "leads.work_has_an_owner",
    "A lead in work has an owner and is in no pool; one that was not placed has neither.",
    of="leads.lead",
    sql="""
        SELECT id FROM leads_lead
        WHERE status IN ('assigned', 'contacted', 'qualified') AND (owner_id IS NULL OR in_pool)
            OR status = 'new' AND owner_id IS NOT NULL
            OR NOT in_pool AND (pool_id IS NOT NULL OR under_review)
    """,
)
invariant(
    "leads.status_says_whether_contacted",
    "An assigned lead waits for the first contact; a contacted or qualified one has had it.",
    of="leads.lead",
    sql="""
        SELECT id FROM leads_lead
        WHERE status = 'assigned' AND first_contacted_at IS NOT NULL
            OR status IN ('contacted', 'qualified') AND first_contacted_at IS NULL
    """,
)
invariant(
    "leads.ended_is_out_of_work",
    "A disqualified lead has its reason and time, a converted one its time; neither is in a pool or idles.",
    of="leads.lead",
    sql="""
        SELECT id FROM leads_lead
        WHERE (status = 'converted') <> (converted_at IS NOT NULL)
            OR (status = 'disqualified') <> (disqualified_at IS NOT NULL)
            OR (status = 'disqualified') <> (disqualify_reason_id IS NOT NULL)
            OR status IN ('converted', 'disqualified') AND (in_pool OR idle_due_at IS NOT NULL)
    """,
)
invariant(
    "leads.protection_counts_from_entry",
    "A lead is protected for as long as its pool says, from the moment it came in.",
    of="leads.lead",
    sql="""
        SELECT l.id
        FROM leads_lead l
        JOIN leads_pool p ON p.id = l.pool_id
        WHERE l.in_pool AND l.protected_until
            IS DISTINCT FROM l.pool_entered_at + nullif(p.protection_seconds, 0) * interval '1 second'
    """,
)
invariant(
    "leads.one_default_pool",
    "There is one default pool, and it is in use.",
    of="leads.pool",
    sql="""
        SELECT count(*) AS id FROM leads_pool WHERE is_default AND archived_at IS NULL HAVING count(*) <> 1
    """,
)
