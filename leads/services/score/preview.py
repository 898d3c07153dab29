"""Trying a model on today's leads: who would move from which grade to which. Writes nothing."""

from collections import Counter
from collections.abc import Iterator
from typing import Any

from django.db import connection

from leads.models import Lead, ScoringModel
from leads.policies import can_try_scoring_model
from leads.scoring.compile import scorer_of
from leads.scoring.rows import LIVE, STATE, stored
from leads.services.score.active import in_force
from leads.services.score.statements import IN_RANGE, ranges
from salesflow.lib.errors import require
from salesflow.people.models import User
from salesflow.people.services import workspace

#: Leads scored by one statement.
CHUNK = 20_000
MOST_EXAMPLES = 50


def model_preview(*, model: ScoringModel, by: User) -> dict[str, Any]:
    """How today's leads would be graded: `leads`, `moves` (from, to, leads), `examples` (lead, name, from, to, score).

    The leads are those the model would be in force for; waiting times of lower grades are left aside, as after an
    activation. Examples are leads the person may see.
    """
    require(can_try_scoring_model(by))
    counts: Counter[tuple[str, str]] = Counter()
    examples: list[dict[str, Any]] = []
    for old, new, number, movers in _chunks(model):
        counts[old, new] += number
        if old != new and len(examples) < MOST_EXAMPLES:
            examples += _visible(movers, old, new, by)
    moves = [
        {"from": old, "to": new, "leads": counts[old, new]}
        for old in "ABC"
        for new in "ABC"
        if counts[old, new]
    ]
    return {"leads": counts.total(), "moves": moves, "examples": examples[:MOST_EXAMPLES]}


def _chunks(model: ScoringModel) -> Iterator[tuple[str, str, int, list[list[int]]]]:
    """(old grade, new grade, leads, some of them as [id, new score]) of one range of leads after another."""
    scorer = scorer_of(model, zone=workspace().time_zone)
    own, params = _own(model)
    rows = stored(f"{IN_RANGE} AND {LIVE} AND {own}", at="now()")
    statement = f"""
        SELECT old_grade, grade, count(*), (array_agg(ARRAY[id, score::bigint] ORDER BY id DESC))[1:%(most)s][:]
        FROM ({scorer.scores(rows, keep=STATE)}) s GROUP BY 1, 2 ORDER BY 1, 2
    """
    params |= {**scorer.params, "most": 4 * MOST_EXAMPLES}
    for span in ranges(f"{LIVE} AND {own}", params, CHUNK):
        with connection.cursor() as cursor:
            cursor.execute(statement, {**params, **span})
            yield from cursor.fetchall()


def _own(model: ScoringModel) -> tuple[str, dict[str, Any]]:
    """Which leads the model would be in force for."""
    if model.source_id is not None:
        return "l.source_id = %(own)s", {"own": model.source_id}
    special = sorted(source for source in in_force().by_source if source is not None)
    return "(l.source_id IS NULL OR l.source_id <> ALL(%(special)s::bigint[]))", {"special": special}


def _visible(movers: list[list[int]], old: str, new: str, by: User) -> list[dict[str, Any]]:
    scores = dict(movers)
    leads = Lead.objects.visible_to(by).filter(pk__in=scores).order_by("-pk")[:MOST_EXAMPLES]
    return [
        {"lead": lead.pk, "name": str(lead), "from": old, "to": new, "score": scores[lead.pk]}
        for lead in leads.only("pk", "contact_name", "company_name")
    ]
