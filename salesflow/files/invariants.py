"""What files promise the database. What they promise the store is asked by `check_files`."""

from salesflow.files.content.kinds import KINDS, PICTURE
from salesflow.lib.invariants import invariant

invariant(
    "files.every_content_is_attached",
    "No content is kept that is attached to nothing: it came about together with its first attachment.",
    of="files.storedfile",
    sql="""
        SELECT id FROM files_storedfile f
        WHERE NOT EXISTS (SELECT 1 FROM files_attachment a WHERE a.file_id = f.id)
    """,
)
invariant(
    "files.every_attachment_was_told",
    "Each attachment was attached once, and the journal says by whom.",
    of="files.attachment",
    sql="""
        SELECT a.id
        FROM files_attachment a
        LEFT JOIN (
            SELECT (data ->> 'attachment')::bigint AS attachment, count(*) AS times, min(actor_id) AS actor_id
            FROM journal_event WHERE kind = 'files.attached' GROUP BY 1
        ) e ON e.attachment = a.id
        WHERE e.times IS DISTINCT FROM 1 OR e.actor_id IS DISTINCT FROM a.by_id
    """,
)
invariant(
    "files.pictures_can_be_looked_at",
    "Of every picture there is one to look at: it was made anew, or it would not have been taken.",
    of="files.attachment",
    sql="""
        SELECT a.id FROM files_attachment a JOIN files_storedfile f ON f.id = a.file_id
        WHERE a.kind = ANY(%(pictures)s) AND f.width IS NULL
    """,
    pictures=sorted(kind.code for kind in KINDS.values() if kind.family == PICTURE),
)
