"""The one implementation of scoring: a model becomes an SQL query over a source of rows.

Everything an administrator wrote reaches the database as a parameter; the text of the query is made of our own
words only. Points are counted in hundredths, as whole numbers: decay is rounded once per component, so that the
lines of an explanation add up to the subtotals exactly, and the total is rounded to a whole number once, half up.
"""

from dataclasses import dataclass, field, replace
from typing import Any

from leads.models.scoring import LeadEvent, ScoringModel
from leads.scoring.components import Component
from leads.scoring.inputs import ENGAGEMENT, FIT
from salesflow.work.models import Activity

#: How far ahead of us another system's clock may be.
AHEAD_SECONDS = 300


@dataclass(frozen=True)
class Line:
    """One component in SQL: what it read, its points (in hundredths) and those of them that may change a grade.

    `before` is the points before decay and cap, `missing` whether the lead does not tell, `moves` whether time
    alone may still change the points; of a line that `fades` it does while there are any. A line `of_events` gives a
    lead without events the points `idle`.
    """

    component: Component
    key: str
    input: str
    points: str
    graded: str
    before: str
    missing: str
    moves: str = "false"
    fades: bool = False
    of_events: bool = False
    idle: int = 0

    def read(self, place: int) -> "Line":
        """The same line with its points read where `points_of` wrote them, at this place."""
        points = f"p.p{place}"
        graded = points if self.graded == self.points else f"p.g{place}"
        before = points if self.before == self.points else self.before
        moves = f"{points} <> 0" if self.fades else self.moves
        return replace(self, points=points, graded=graded, before=before, moves=moves)

    def points_of(self, place: int) -> str:
        """The columns that `read` reads."""
        columns = f"{self.points} AS p{place}"
        return columns if self.graded == self.points else f"{columns}, {self.graded} AS g{place}"

    def without_events(self) -> "Line":
        """What the line comes to for a lead that has none."""
        if not self.of_events:
            return self
        return replace(self, points=f"{self.idle:d}", graded=f"{self.idle:d}", moves="false", fades=False)


@dataclass(frozen=True)
class Fact:
    """An expression computed once per row, read by its name."""

    name: str
    expression: str


@dataclass
class Scorer:
    """A model ready to run: `scores(rows)` is its query, `params` belongs to it."""

    model: ScoringModel
    lines: list[Line] = field(default_factory=list)
    params: dict[str, Any] = field(default_factory=dict)
    facts: list[Fact] = field(default_factory=list)  # about the lead
    event_facts: list[Fact] = field(default_factory=list)  # about its events
    places: list[str] = field(default_factory=list)  # the place of an event within its day
    weights: list[str] = field(default_factory=list)  # what is left of an event's points, by half-life

    def scores(self, rows: str, *, keep: str = "", with_events: bool = True, with_lines: bool = False) -> str:
        """`id, at, score, fit_score, engagement_score, grade, moves_by_time` of each row, and its columns to `keep`.

        Also the capped subtotals `fit` and `engagement` and what of the latter is `graded`, in hundredths.
        `with_events=False` is for leads that have none yet; `with_lines` adds `lines`: a JSON list of each component's
        key, input, points and points before decay and cap, also in hundredths, and needs the events.
        """
        written = self.lines if with_events else self._idle_lines()
        # each expression is written once, in `p`: the query is planned anew for every lead that is looked at
        lines = [line.read(place) for place, line in enumerate(written)]
        points = ", ".join(line.points_of(place) for place, line in enumerate(written))
        moves = [line.moves for line in lines if line.moves != "false"]
        kept = [f", {keep}"] if keep else []
        return _SCORES.format(
            fit=self._bounded(lines, FIT, "points"),
            engagement=self._bounded(lines, ENGAGEMENT, "points"),
            graded=self._bounded(lines, ENGAGEMENT, "graded"),
            moves=" OR ".join(moves) or "false",
            source=f"{self._source(rows, with_events)} CROSS JOIN LATERAL (SELECT {points} OFFSET 0) p",
            grade=self._grade(),
            kept="".join([*kept, ", lines"] if with_lines else kept),
            wanted="".join([*kept, f", {self._told(lines)} AS lines"] if with_lines else kept),
        )

    def _idle_lines(self) -> list[Line]:
        return [line.without_events() for line in self.lines if line.idle or not line.of_events]

    @staticmethod
    def _told(lines: list[Line]) -> str:
        parts = [
            f"json_build_object('key', {line.key}::text, 'input', {line.input}, 'points', {line.points}, "
            f"'graded', {line.graded}, 'before', {line.before}, 'missing', {line.missing})"
            for line in lines
        ]
        return f"json_build_array({', '.join(parts)})::jsonb"

    def _source(self, rows: str, with_events: bool) -> str:
        """The rows as `r`, what is read of each as `x`, of its events as `ev`."""
        source = f"({rows}) r"
        if self.facts:
            # OFFSET 0 keeps the planner from writing each expression out wherever it is read
            listed = ", ".join(f"{fact.expression} AS {fact.name}" for fact in self.facts)
            source += f" CROSS JOIN LATERAL (SELECT {listed} OFFSET 0) x"
        if self.event_facts and with_events:
            source += f" LEFT JOIN ({self._events(rows)}) ev ON ev.id = r.id"
        return source

    def _events(self, rows: str) -> str:
        listed = ", ".join(f"{fact.expression} AS {fact.name}" for fact in self.event_facts)
        made = "".join(f", {each}" for each in (*self.places, *self.weights))
        return (
            f"SELECT e.id, {listed} FROM (SELECT r.id, r.at, b.kind, b.occurred_at, b.url, b.dwell_seconds{made}"
            f" FROM ({rows}) r CROSS JOIN LATERAL ({_BEHAVIOUR}) b) e GROUP BY e.id"
        )

    def _bounded(self, lines: list[Line], axis: str, which: str) -> str:
        parts = [getattr(line, which) for line in lines if line.component.axis == axis]
        cap = 100 * (self.model.fit_cap if axis == FIT else self.model.engagement_cap)
        return f"least(greatest({' + '.join(parts) or '0'}, -{cap:d}), {cap:d})"

    def _grade(self) -> str:
        """A threshold is reached by the rounded total: half a point below it."""
        model = self.model
        if model.method == ScoringModel.Method.MATRIX:
            bounds = {name: 100 * int(bound) - 50 for name, bound in model.matrix.items()}
            return (
                f"CASE WHEN fit >= {bounds['fit_high']:d} AND graded >= {bounds['engagement_medium']:d} THEN 'A' "
                f"WHEN fit >= {bounds['fit_medium']:d} THEN 'B' ELSE 'C' END"
            )
        a, b = 100 * model.threshold_a - 50, 100 * model.threshold_b - 50
        total = "greatest(fit + graded, 0)"
        return f"CASE WHEN {total} >= {a:d} THEN 'A' WHEN {total} >= {b:d} THEN 'B' ELSE 'C' END"


_SCORES = """
SELECT id, at, ((greatest(fit + engagement, 0) + 50) / 100)::int AS score,
    floor((fit + 50) / 100.0)::int AS fit_score, floor((engagement + 50) / 100.0)::int AS engagement_score,
    {grade} AS grade, moves_by_time, fit, engagement, graded{kept}
FROM (
    SELECT r.id, r.at, {fit} AS fit, {engagement} AS engagement, {graded} AS graded,
        coalesce({moves}, false) AS moves_by_time{wanted}
    FROM {source} OFFSET 0
) sums
"""

# What people did: events sent to us, and communications with an answer that our own people logged.
_BEHAVIOUR = f"""
SELECT b.kind, b.occurred_at, b.url, b.dwell_seconds FROM {LeadEvent._meta.db_table} b
WHERE b.lead_id = r.id AND b.occurred_at <= r.at + interval '{AHEAD_SECONDS} seconds'
UNION ALL
SELECT CASE a.channel WHEN 'call' THEN 'call' WHEN 'meeting' THEN 'meeting' WHEN 'visit' THEN 'meeting'
    ELSE 'reply' END, a.occurred_at, '', NULL
FROM {Activity._meta.db_table} a
WHERE a.subject_type = 'leads.lead' AND a.subject_id = r.id AND a.outcome IN ('reached', 'replied')
    AND a.occurred_at <= r.at + interval '{AHEAD_SECONDS} seconds'
"""
