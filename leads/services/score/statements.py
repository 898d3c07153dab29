"""The statements of one batch of rescoring: the query of scores, and what is done with it."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.db import connection

from leads.scoring.rows import LIVE, STATE, stored
from leads.services.score.active import InForce

#: Causes that regrade at once, downwards too: not the lead has become worse, but the rule or what was taken for it.
AT_ONCE = frozenset({"model", "unmerged"})
#: Conditions over rows `l`: leads by their ids (parameter `ids`), leads in a range of ids (`after`, `upto`).
BY_ID = "l.id = ANY(%(ids)s)"
IN_RANGE = "l.id > %(after)s AND l.id <= %(upto)s"


def ranges(where: str, params: dict[str, Any], size: int) -> Iterator[dict[str, int]]:
    """Ranges of ids that hold up to `size` leads meeting `where` each, so that no statement grows with the table."""
    after = 0
    statement = f"""
        SELECT max(id) FROM (SELECT l.id FROM leads_lead l WHERE l.id > %(after)s AND {where}
        ORDER BY l.id LIMIT %(size)s) part
    """
    while True:
        with connection.cursor() as cursor:
            cursor.execute(statement, {**params, "after": after, "size": size})
            upto = cursor.fetchone()[0]
        if upto is None:
            return
        yield {"after": after, "upto": upto}
        after = upto


@dataclass(frozen=True)
class Move:
    """A lead that changed its grade."""

    lead_id: int
    old: str
    new: str
    score: int
    model_id: int


class Statements:
    """One batch scored by the models in force, as of one moment: the database's now."""

    def __init__(self, models: InForce, cause: str) -> None:
        self.parts = models.parts()
        self.params: dict[str, Any] = {"cause": cause, "at_once": cause in AT_ONCE}
        for part in self.parts:
            self.params |= part.params

    def moving(self, where: str, params: dict[str, Any]) -> list[int]:
        """Which of the leads `l` that meet `where` move; notes when each has to be looked at again."""
        if not self.parts:
            return []
        self._stamp()
        return [row[0] for row in self._run(_MOVING.format(decided=self._decided(where)), params)]

    def write(self, ids: list[int]) -> tuple[int, list[Move]]:
        """Write what moved, and each move between grades with its explanation; gives how many rows, and the moves.

        All in one statement: the explanation sees exactly what the score saw.
        """
        if not self.parts:
            return 0, []
        self._stamp()
        explanations = []
        for part in self.parts:
            rows = stored(f"l.id = ANY(ARRAY(SELECT id FROM regraded)) AND {part.where}")
            explanations.append(
                f"SELECT id, at, lines FROM ({part.scorer.scores(rows, with_lines=True)}) told"
            )
        statement = _WRITE.format(decided=self._decided(BY_ID), explanations=" UNION ALL ".join(explanations))
        written, moves = self._run(statement, {"ids": ids})[0]
        return written, [
            Move(int(id_), old, new, int(score), int(model)) for id_, old, new, score, model in moves or ()
        ]

    def _stamp(self) -> None:
        """The moment as of which the next statement scores, taken under the locks held by now.

        Its many short expressions are not worth compiling, so that is switched off for the transaction.
        """
        with connection.cursor() as cursor:
            cursor.execute("SELECT clock_timestamp(), set_config('jit', 'off', true)")
            self.params["at"] = cursor.fetchone()[0]

    def _run(self, statement: str, params: dict[str, Any]) -> list[Any]:
        with connection.cursor() as cursor:
            cursor.execute(statement, {**self.params, **params})
            return cursor.fetchall()

    def _decided(self, where: str) -> str:
        queries = []
        for part in self.parts:
            rows, model = stored(f"{where} AND {LIVE} AND {part.where}"), part.scorer.model
            queries.append(
                f"SELECT {model.pk:d}::bigint AS model_id, {model.downgrade_after_days:d} AS wait_days, scores.* "
                f"FROM ({part.scorer.scores(rows, keep=STATE)}) scores"
            )
        return _DECIDED.format(scores=" UNION ALL ".join(queries))


# What is stored beside what is scored now. `since`: since when the score asks for a lower grade than the lead has;
# letters sort as A < B < C. A lead never scored before takes its grade at once.
_DECIDED = """
SELECT g.*, (score, fit_score, engagement_score, grade, lower_since)
    IS DISTINCT FROM (old_score, old_fit, old_engagement, old_grade, old_since) OR scored_at IS NULL AS moved,
    least(CASE WHEN moves_by_time THEN at + interval '1 day' END, lower_since + wait) AS next_due
FROM (
    SELECT w.*, CASE WHEN waits THEN old_grade ELSE asked END AS grade, CASE WHEN waits THEN since END AS lower_since
    FROM (
        SELECT s.id, s.at, s.model_id, s.wait_days * interval '1 day' AS wait,
            s.score::int2, s.fit_score::int2, s.engagement_score::int2, s.moves_by_time, s.grade AS asked,
            old_score, old_fit, old_engagement, old_grade, old_since, scored_at, coalesce(old_since, s.at) AS since,
            s.grade > old_grade AND scored_at IS NOT NULL AND NOT %(at_once)s
                AND coalesce(old_since, s.at) > s.at - s.wait_days * interval '1 day' AS waits
        FROM ({scores}) s
    ) w
) g
"""

# when the leads of `d` have to be looked at again, unless that is known already
_NOTED = """
    INSERT INTO leads_scoredue AS q (lead_id, due_at, cause)
    SELECT id, next_due, 'decay' FROM d
    WHERE next_due IS NOT NULL
        AND NOT EXISTS (SELECT 1 FROM leads_scoredue q WHERE q.lead_id = d.id AND q.due_at <= d.next_due)
    ORDER BY id
    ON CONFLICT (lead_id) DO UPDATE SET due_at = least(q.due_at, excluded.due_at)
"""

_MOVING = f"""
WITH d AS MATERIALIZED ({{decided}}), noted AS ({_NOTED})
SELECT id FROM d WHERE moved
"""

_WRITE = f"""
WITH d AS MATERIALIZED ({{decided}}), noted AS ({_NOTED}), written AS (
    UPDATE leads_lead l SET score = d.score, fit_score = d.fit_score, engagement_score = d.engagement_score,
        grade = d.grade, lower_grade_since = d.lower_since, scored_at = d.at, scoring_model_id = d.model_id
    FROM d WHERE l.id = d.id AND d.moved
    RETURNING l.id
), regraded AS (
    SELECT id, old_grade, grade, score, model_id FROM d WHERE moved AND grade <> old_grade
), kept AS (
    INSERT INTO leads_gradechange (lead_id, old, new, score, model_id, cause, explanation, at)
    SELECT x.id, m.old_grade, m.grade, m.score, m.model_id, %(cause)s, x.lines, x.at
    FROM ({{explanations}}) x JOIN regraded m ON m.id = x.id ORDER BY x.id
)
SELECT (SELECT count(*) FROM written),
    (SELECT array_agg(ARRAY[id::text, old_grade, grade, score::text, model_id::text] ORDER BY id) FROM regraded)
"""
