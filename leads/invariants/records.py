"""The lead as a record: how it is found again, how it came, and what hangs on it."""

from salesflow.lib.invariants import invariant

invariant(
    "leads.keys_are_filled",
    "What a lead is reached by is also what it is found by: keys of e-mail, phone, credit code, names and search.",
    of="leads.lead",
    # names without letters are not compared; what could not be read is flagged
    sql=r"""
        SELECT l.id
        FROM leads_lead l
        LEFT JOIN leads_leadsearch s ON s.lead_id = l.id
        WHERE email <> '' AND email_key IS NULL AND NOT flags ? 'email'
            OR phone <> '' AND NOT flags ? 'phone' AND NOT phone = ANY(phone_keys)
            OR mobile <> '' AND NOT flags ? 'mobile' AND NOT mobile = ANY(phone_keys)
            OR credit_code <> '' AND credit_code_key IS NULL AND NOT flags ? 'credit_code'
            OR company_name ~ '[A-Za-z\u4e00-\u9fff]{2}' AND company_key IS NULL
            OR sort_key = '' AND company_name || contact_name ~ '[A-Za-z\u4e00-\u9fff]'
            OR s.lead_id IS NULL
    """,
)
invariant(
    "leads.incomplete_cannot_be_reached",
    "A lead is marked incomplete exactly when there is no way to reach it.",
    of="leads.lead",
    sql="""
        SELECT id FROM leads_lead WHERE incomplete <> (email_key IS NULL AND cardinality(phone_keys) = 0)
    """,
)
invariant(
    "leads.every_lead_was_entered",
    "Each lead was entered once, and the journal says how.",
    of="leads.lead",
    sql="""
        SELECT l.id
        FROM leads_lead l
        LEFT JOIN (
            SELECT subject_id, count(*) AS times FROM journal_event
            WHERE kind = 'leads.created' AND subject_type = 'leads.lead' GROUP BY 1
        ) e ON e.subject_id = l.id
        WHERE e.times IS DISTINCT FROM 1
    """,
)
invariant(
    "leads.nothing_hangs_on_a_missing_lead",
    "No lead that people worked on is gone: activities, tasks, notes, files, clocks and events have theirs.",
    of="leads.lead",
    sql="""
        SELECT DISTINCT subject_id AS id
        FROM (
            SELECT subject_id FROM work_activity WHERE subject_type = 'leads.lead'
            UNION ALL SELECT subject_id FROM work_task WHERE subject_type = 'leads.lead'
            UNION ALL SELECT subject_id FROM work_note WHERE subject_type = 'leads.lead'
            UNION ALL SELECT subject_id FROM work_follow WHERE subject_type = 'leads.lead'
            UNION ALL SELECT subject_id FROM files_attachment WHERE subject_type = 'leads.lead'
            UNION ALL SELECT subject_id FROM clocks_clock WHERE subject_type = 'leads.lead'
            UNION ALL SELECT subject_id FROM journal_event WHERE subject_type = 'leads.lead'
        ) hanging
        WHERE NOT EXISTS (SELECT 1 FROM leads_lead l WHERE l.id = hanging.subject_id)
    """,
)
invariant(
    "leads.behaviour_counts_once",
    "Behaviour counts once: an event with an id of its sender's is there once.",
    of="leads.leadevent",
    sql="""
        SELECT max(id) AS id FROM leads_leadevent WHERE event_id IS NOT NULL GROUP BY event_id HAVING count(*) > 1
    """,
)
invariant(
    "leads.merged_lead_leads_on",
    "A merged lead leads to the one it was merged into, by a merge that stands, and is nowhere itself.",
    of="leads.lead",
    sql="""
        SELECT l.id
        FROM leads_lead l
        LEFT JOIN leads_leadmerge m ON m.duplicate_id = l.id AND m.undone_at IS NULL
        WHERE l.merged_into_id IS DISTINCT FROM m.lead_id
            OR l.merged_into_id IS NOT NULL AND (l.owner_id IS NOT NULL OR l.in_pool OR l.status <> 'new')
    """,
)
