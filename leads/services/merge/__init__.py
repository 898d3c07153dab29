"""Two leads that are one: merged field by field, and taken apart again."""

from leads.services.merge.merge import lead_merge, merged_ids, survivor_id
from leads.services.merge.unmerge import Unmerged, last_merge, lead_unmerge, merge_to_undo

__all__ = [
    "Unmerged",
    "last_merge",
    "lead_merge",
    "lead_unmerge",
    "merge_to_undo",
    "merged_ids",
    "survivor_id",
]
