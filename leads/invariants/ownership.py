"""Who has which lead: the rows of ownership against the columns that lists show."""

from salesflow.lib.invariants import invariant

#: Leads whose past is their own: nothing of another lead was merged into them.
OF_ONE_PAST = """NOT EXISTS (
    SELECT 1 FROM leads_leadmerge m WHERE m.lead_id = {lead} AND m.undone_at IS NULL
)"""

invariant(
    "leads.owner_has_one_open_ownership",
    "A lead with an owner has exactly one open ownership: of this owner, since he owns it.",
    of="leads.lead",
    sql="""
        SELECT l.id
        FROM leads_lead l
        LEFT JOIN leads_ownership o ON o.lead_id = l.id AND o.ended_at IS NULL
        WHERE l.owner_id IS NOT NULL
        GROUP BY l.id
        HAVING count(o.id) <> 1
            OR bool_or(o.owner_id <> l.owner_id OR o.started_at IS DISTINCT FROM l.owned_since)
    """,
)
invariant(
    "leads.open_ownership_has_its_owner",
    "An open ownership is of a lead that this person owns.",
    of="leads.ownership",
    sql="""
        SELECT o.id
        FROM leads_ownership o
        JOIN leads_lead l ON l.id = o.lead_id
        WHERE o.ended_at IS NULL AND l.owner_id IS DISTINCT FROM o.owner_id
    """,
)
invariant(
    "leads.ownerships_follow_one_another",
    "The ownerships of a lead follow one another in time; none began before the one before it ended.",
    of="leads.ownership",
    sql=f"""
        SELECT id
        FROM (
            SELECT id, lead_id, started_at, ended_at,
                lag(ended_at) OVER before AS left_at, lag(id) OVER before AS earlier
            FROM leads_ownership
            WINDOW before AS (PARTITION BY lead_id ORDER BY id)
        ) o
        WHERE ended_at < started_at OR earlier IS NOT NULL AND (left_at IS NULL OR started_at < left_at)
            AND {OF_ONE_PAST.format(lead="o.lead_id")}
    """,  # noqa: S608
)
invariant(
    "leads.ownership_ends_for_a_reason",
    "An ownership says why it ended exactly when it ended.",
    of="leads.ownership",
    sql="SELECT id FROM leads_ownership WHERE (ended_at IS NULL) <> (end_reason = '')",
)
invariant(
    "leads.ownership_is_explained",
    "Each present owner came by a deed or a rule that is on record, with its reason.",
    of="leads.ownership",
    sql="""
        SELECT o.id
        FROM leads_ownership o
        WHERE o.ended_at IS NULL AND NOT EXISTS (
            SELECT 1 FROM leads_leadassignment a
            WHERE a.lead_id = o.lead_id AND a.owner_id = o.owner_id AND a.at = o.started_at
        )
    """,
)
invariant(
    "leads.contact_is_of_the_present_ownership",
    "The first contact a lead shows is that of its present ownership, and was made during it.",
    of="leads.lead",
    sql="""
        SELECT l.id
        FROM leads_lead l
        LEFT JOIN leads_ownership o ON o.lead_id = l.id AND o.ended_at IS NULL
        WHERE l.first_contacted_at IS DISTINCT FROM o.first_contacted_at OR o.first_contacted_at < o.started_at
    """,
)
invariant(
    "leads.each_return_happened_once",
    "A lead was returned as often as it counts, once for an ownership, each time with its event.",
    of="leads.lead",
    sql=f"""
        WITH ended AS (
            SELECT lead_id, count(*) AS ends,
                count(*) FILTER (WHERE end_detail NOT IN ('reopened', 'import undone')) AS returns
            FROM leads_ownership WHERE end_reason IN ('returned', 'expired', 'idle', 'no_answer') GROUP BY 1
        ), told AS (
            SELECT subject_id, count(*) AS events FROM journal_event
            WHERE kind IN ('leads.returned', 'leads.timed_out', 'leads.idled_out', 'leads.unanswered')
                AND subject_type = 'leads.lead'
            GROUP BY 1
        )
        SELECT l.id
        FROM leads_lead l
        LEFT JOIN ended ON ended.lead_id = l.id
        LEFT JOIN told ON told.subject_id = l.id
        WHERE l.returned_count <> coalesce(told.events, 0)
            OR l.merged_into_id IS NULL AND {OF_ONE_PAST.format(lead="l.id")}
                AND l.returned_count NOT BETWEEN coalesce(ended.returns, 0) AND coalesce(ended.ends, 0)
    """,  # noqa: S608
)
