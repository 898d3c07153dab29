"""Every row of every file, once."""

from salesflow.lib.invariants import invariant

invariant(
    "leads.import_counts_add_up",
    "The counts of an import are those of its rows, and together they are what was read.",
    of="leads.leadimport",
    # one that is read again from the top drops the rows of its first reading before it begins
    sql="""
        SELECT i.id
        FROM leads_leadimport i
        LEFT JOIN (
            SELECT lead_import_id,
                count(*) FILTER (WHERE result = 'created') AS created,
                count(*) FILTER (WHERE result = 'merged') AS merged,
                count(*) FILTER (WHERE result = 'skipped') AS skipped,
                count(*) FILTER (WHERE result = 'rejected') AS rejected
            FROM leads_leadimportrow GROUP BY 1
        ) r ON r.lead_import_id = i.id
        WHERE i.processed <> i.created + i.merged + i.skipped + i.rejected
            OR i.status = 'done' AND i.total IS DISTINCT FROM i.processed
            OR NOT (i.status IN ('queued', 'running') AND i.read_until = 0)
                AND (i.created, i.merged, i.skipped, i.rejected) IS DISTINCT FROM (coalesce(r.created, 0),
                    coalesce(r.merged, 0), coalesce(r.skipped, 0), coalesce(r.rejected, 0))
    """,
)
invariant(
    "leads.imported_row_has_its_lead",
    "A created row of a file has its lead, made of this file and row; a merged row has one too.",
    of="leads.leadimportrow",
    sql="""
        SELECT r.id
        FROM leads_leadimportrow r
        LEFT JOIN leads_lead l ON l.id = r.lead_id
        WHERE NOT EXISTS (SELECT 1 FROM leads_leadimport i WHERE i.id = r.lead_import_id AND i.dry_run)
            AND (r.result IN ('created', 'merged') AND l.id IS NULL
            OR r.result = 'created' AND NOT EXISTS (
                SELECT 1 FROM leads_lead made
                WHERE made.imported_by_id = r.lead_import_id AND made.import_row = r.number
            ))
    """,
)
invariant(
    "leads.refused_row_says_why",
    "A rejected or skipped row keeps its cells and says why.",
    of="leads.leadimportrow",
    sql="""
        SELECT id FROM leads_leadimportrow
        WHERE result IN ('rejected', 'skipped') AND (reason = '' OR cells IS NULL)
    """,
)
invariant(
    "leads.ended_import_has_its_time",
    "A finished import has the time of its end and is no worker's any more.",
    of="leads.leadimport",
    sql="""
        SELECT id FROM leads_leadimport
        WHERE status IN ('done', 'failed', 'undone') AND (finished_at IS NULL OR leased_until IS NOT NULL)
            OR (status = 'undone') <> (undone_at IS NOT NULL)
    """,
)
