"""What tasks, notes and activities promise. That their records exist is promised by the apps of those records."""

from salesflow.lib.invariants import invariant

invariant(
    "work.done_tasks_have_their_time",
    "A task has the time it was done exactly when it is done.",
    of="work.task",
    sql="SELECT id FROM work_task WHERE (state = 'done') <> (done_at IS NOT NULL)",
)
invariant(
    "work.activities_say_what_was_said",
    "A logged communication has a summary, and did not take place after it was logged.",
    of="work.activity",
    sql="""
        SELECT id FROM work_activity
        WHERE btrim(summary) = '' OR occurred_at > logged_at + interval '10 minutes'
    """,
)
invariant(
    "work.custom_fields_have_one_meaning",
    "A key of custom fields is declared once for a kind of record.",
    of="work.customfield",
    sql="SELECT max(id) AS id FROM work_customfield GROUP BY resource, key HAVING count(*) > 1",
)
invariant(
    "work.custom_fields_have_their_index",
    "A custom field whose index is ready has one that is whole.",
    of="work.customfield",
    sql="""
        SELECT f.id FROM work_customfield f
        WHERE f.index_state = 'ready' AND NOT EXISTS (
            SELECT 1 FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
            WHERE c.relname = 'custom_field_' || f.id AND c.relnamespace = current_schema()::regnamespace
                AND i.indisvalid
        )
    """,
)
invariant(
    "work.no_file_hangs_on_a_missing_task",
    "No task that somebody attached a file to is gone.",
    of="files.attachment",
    sql="""
        SELECT a.id FROM files_attachment a
        WHERE a.subject_type = 'work.task' AND NOT EXISTS (SELECT 1 FROM work_task t WHERE t.id = a.subject_id)
    """,
)
invariant(
    "work.bulk_jobs_account_for_each_record",
    "What a bulk job says it did and refused is what its rows say.",
    of="work.bulkjob",
    sql="""
        SELECT j.id FROM work_bulkjob j
        LEFT JOIN (
            SELECT job_id, count(*) FILTER (WHERE result IN ('done', 'undone')) AS done,
                   count(*) FILTER (WHERE result = 'refused') AS refused,
                   count(*) FILTER (WHERE result = 'undone') AS undone
            FROM work_bulkjobrow GROUP BY job_id
        ) r ON r.job_id = j.id
        WHERE (j.done, j.refused, j.undone)
              <> (coalesce(r.done, 0), coalesce(r.refused, 0), coalesce(r.undone, 0))
    """,
)
invariant(
    "work.handovers_account_for_each_record",
    "What a handover says it moved and left is what its rows say.",
    of="work.handover",
    sql="""
        SELECT h.id FROM work_handover h
        LEFT JOIN (
            SELECT handover_id, count(*) FILTER (WHERE code = '') AS moved,
                   count(*) FILTER (WHERE code <> '') AS refused
            FROM work_handoverrow GROUP BY handover_id
        ) r ON r.handover_id = h.id
        WHERE (h.moved, h.refused) <> (coalesce(r.moved, 0), coalesce(r.refused, 0))
    """,
)
invariant(
    "work.imports_account_for_each_row",
    "The counts of an import are those of its rows, and together they are what was read.",
    of="work.import",
    # one that is read again from the top drops the rows of its first reading before it begins
    sql="""
        SELECT i.id FROM work_import i
        LEFT JOIN (
            SELECT job_id, count(*) FILTER (WHERE result = 'created') AS created,
                   count(*) FILTER (WHERE result = 'updated') AS updated,
                   count(*) FILTER (WHERE result = 'skipped') AS skipped,
                   count(*) FILTER (WHERE result = 'rejected') AS rejected
            FROM work_importrow GROUP BY job_id
        ) r ON r.job_id = i.id
        WHERE i.read_until > 0
            AND (i.created, i.updated, i.skipped, i.rejected) IS DISTINCT FROM (coalesce(r.created, 0),
                coalesce(r.updated, 0), coalesce(r.skipped, 0), coalesce(r.rejected, 0))
    """,
)
invariant(
    "work.refused_row_says_why",
    "A rejected or skipped row of a file keeps its cells and says why; one that became a record names it.",
    of="work.importrow",
    sql="""
        SELECT r.id FROM work_importrow r JOIN work_import i ON i.id = r.job_id
        WHERE r.result IN ('rejected', 'skipped') AND (r.reason = '' OR r.cells IS NULL)
            OR r.result IN ('created', 'updated') AND r.record_id IS NULL AND NOT i.dry_run
    """,
)
