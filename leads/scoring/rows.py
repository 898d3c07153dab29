"""Where the leads to score come from: rows of the table, or objects not yet saved.

Each source is a SELECT with the columns of `COLUMNS`, `id`, `source_channel`, `source_kind` and `at`: the moment
as of which the row is scored.
"""

import json
from collections.abc import Sequence

from leads.models import Lead

COLUMNS = (
    ("budget", "numeric(16,2)"),
    ("decision_timeframe_days", "bigint"),
    ("need_fit", "int"),
    ("industry", "text"),
    ("country", "text"),
    ("region", "text"),
    ("city", "text"),
    ("title", "text"),
    ("company_name", "text"),
    ("contact_name", "text"),
    ("email", "text"),
    ("phone", "text"),
    ("mobile", "text"),
    ("website", "text"),
    ("need", "text"),
    ("credit_code", "text"),
    ("source_detail", "text"),
    ("verification", "text"),
    ("custom", "jsonb"),
    ("behaviour", "jsonb"),
)
_SOURCE = "LEFT JOIN leads_leadsource s ON s.id = l.source_id"
_FACTS = "s.channel AS source_channel, s.kind AS source_kind"
_NAMES = ", ".join(f"l.{name}" for name, _type in COLUMNS)
#: What a stored lead was given last time.
STATE = "old_score, old_fit, old_engagement, old_grade, old_since, scored_at"
_STATE = (
    "l.score AS old_score, l.fit_score AS old_fit, l.engagement_score AS old_engagement, l.grade AS old_grade, "
    "l.lower_grade_since AS old_since, l.scored_at"
)

#: Leads whose score still moves: an ended one keeps the grade it ended with, which the figures count.
LIVE = "l.archived_at IS NULL AND l.merged_into_id IS NULL AND l.status NOT IN ('converted', 'disqualified')"


def stored(where: str, *, at: str = "%(at)s::timestamptz") -> str:
    """Rows of the table `l` that meet `where`, with their `STATE`, scored as of `at` (an expression over `l`)."""
    return f"SELECT l.id, {_NAMES}, {_FACTS}, {_STATE}, {at} AS at FROM leads_lead l {_SOURCE} WHERE {where}"


def unsaved(where: str) -> str:
    """Rows of the parameter `rows` (see `as_json`); their ids are their places in the list."""
    columns = ", ".join(f"{name} {type_}" for name, type_ in COLUMNS)
    return (
        f"SELECT l.id, {_NAMES}, {_FACTS}, now() AS at "
        f"FROM jsonb_to_recordset(%(rows)s::jsonb) AS l(id int, source_id bigint, {columns}) {_SOURCE} "
        f"WHERE {where}"
    )


def as_json(leads: Sequence[Lead]) -> str:
    """Unsaved leads as the parameter `rows`."""
    names = [name for name, _type in COLUMNS]
    return json.dumps(
        [
            {"id": place, "source_id": lead.source_id, **{name: getattr(lead, name) for name in names}}
            for place, lead in enumerate(leads)
        ],
        default=str,  # decimals
    )
