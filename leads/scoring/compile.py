"""From the components of a model to the lines of its query."""

from collections.abc import Callable, Mapping
from typing import Any

from leads.models.scoring import ScoringModel
from leads.scoring.components import (
    NEVER_GRADED,
    SEPARATORS,
    Band,
    Bands,
    Choices,
    Component,
    Events,
    Frequency,
    Keywords,
    Present,
    Recency,
    components_parse,
)
from leads.scoring.inputs import PRESENT
from leads.scoring.sql import Fact, Line, Scorer

#: Half-lives beyond this leave nothing of any number of points, and PostgreSQL refuses to compute so little.
_MOST_HALF_LIVES = 60
#: The most hundredths one component gives, beyond every cap: sums of all components stay within an integer.
_MOST_HUNDREDTHS = 1_000_000


def scorer_of(model: ScoringModel, *, zone: str = "UTC") -> Scorer:
    """Make a model ready to run; `zone` is where days begin and end. Raises ValidationError for a faulty model."""
    writer = _Writer(model, zone)
    for component in components_parse(model.components):
        writer.scorer.lines.append(_WRITERS[type(component)](writer, component))
    return writer.scorer


class _Writer:
    """Writes one model; collects the parameters and facts its components need."""

    def __init__(self, model: ScoringModel, zone: str) -> None:
        self.scorer = Scorer(model=model)
        self.zone = zone
        self.places: dict[str, str] = {}
        self.weights: dict[float, str] = {}

    def bind(self, value: object) -> str:
        name = f"m{self.scorer.model.pk}_{len(self.scorer.params)}"
        self.scorer.params[name] = value
        return f"%({name})s"

    def fact(self, expression: str) -> str:
        fact = Fact(f"x{len(self.scorer.facts)}", expression)
        self.scorer.facts.append(fact)
        return f"x.{fact.name}"

    def event_fact(self, expression: str) -> str:
        fact = Fact(f"e{len(self.scorer.event_facts)}", expression)
        self.scorer.event_facts.append(fact)
        return f"ev.{fact.name}"

    # --- over the lead's own facts

    def bands(self, component: Bands) -> Line:
        fact = self.fact(component.input.sql(self.bind))
        points = self._banded(fact, component.bands)
        return self._plain(component, fact, points)

    def choices(self, component: Choices) -> Line:
        fact = self.fact(component.input.sql(self.bind))
        points = self._chosen(fact, component.choices, component.other)
        graded = points
        if component.input.name == "behaviour.last_activity":
            without = {**component.choices, **dict.fromkeys(NEVER_GRADED, 0)}
            graded = self._chosen(fact, without, component.other)
        return self._plain(component, fact, points, graded)

    def keywords(self, component: Keywords) -> Line:
        """A word in a script without cases (Chinese) is found anywhere, any other as a whole word."""
        raw = component.input.sql(self.bind)
        separators, spaces = self.bind(SEPARATORS), self.bind(" " * len(SEPARATORS))
        spaced = (
            f"regexp_replace(translate(normalize({raw}, NFKC), {separators}, {spaces}), '\\s+', ' ', 'g')"
        )
        fact = self.fact(f"' ' || {spaced} || ' '")
        cases = []
        for words, points in component.groups:
            sought = self.bind([_pattern(word) for word in words])
            cases.append(f"WHEN {fact} LIKE ANY({sought}::text[]) THEN {100 * points:d}")
        return self._plain(component, fact, f"(CASE {' '.join(cases)} ELSE 0 END)", shown=f"btrim({fact})")

    def present(self, component: Present) -> Line:
        has = PRESENT[component.input][1]
        points = f"(CASE WHEN {has} THEN {100 * component.points:d} ELSE 0 END)"
        key = self.bind(component.key)
        return Line(component, key, f"to_json({has})", points, points, points, f"(NOT {has})")

    def _plain(
        self,
        component: Component,
        fact: str,
        points: str,
        graded: str | None = None,
        shown: str | None = None,
    ) -> Line:
        key = self.bind(component.key)
        value = f"to_json({shown or fact})"
        return Line(component, key, value, points, graded or points, points, f"({fact} IS NULL)")

    def _banded(self, fact: str, bands: tuple[Band, ...]) -> str:
        cases = []
        for band in bands:
            low = f"{fact} >= {self.bind(band.low)}::numeric" if band.low is not None else ""
            high = f"{fact} <= {self.bind(band.high)}::numeric" if band.high is not None else ""
            cases.append(f"WHEN {' AND '.join(filter(None, (low, high)))} THEN {100 * band.points:d}")
        return f"(CASE {' '.join(cases)} ELSE 0 END)"

    def _chosen(self, fact: str, choices: Mapping[str, int], other: int) -> str:
        cases = " ".join(
            f"WHEN {self.bind(value)} THEN {100 * points:d}" for value, points in choices.items()
        )
        return f"(CASE WHEN {fact} IS NULL THEN 0 ELSE CASE {fact} {cases} ELSE {100 * other:d} END END)"

    # --- over events

    def events(self, component: Events) -> Line:
        which = self._wanted(component, "e")
        if component.per_day:
            which = f"{which} AND {self._place_in_day(component)} <= {component.per_day:d}"
        count = f"coalesce({self.event_fact(f'count(*) FILTER (WHERE {which})')}, 0)"
        weight = f"{count}::float8"
        if component.decays:
            left = self._weight(float(component.half_life_days or self.scorer.model.half_life_days))
            weight = f"coalesce({self.event_fact(f'sum({left}) FILTER (WHERE {which})')}, 0)"
        most = _MOST_HUNDREDTHS if component.cap is None else 100 * component.cap
        points = f"round(least(greatest({100 * component.points:d} * {weight}, -{most:d}), {most:d}))::int"
        return Line(
            component,
            self.bind(component.key),
            f"to_json({count})",
            points,
            points if component.graded else "0",
            f"{100 * component.points:d} * {count}",
            f"({count} = 0)",
            fades=component.decays,
            of_events=True,
        )

    def recency(self, component: Recency) -> Line:
        kinds = f"e.kind = ANY({self.bind(list(component.kinds))}::text[])"
        last = self.event_fact(f"max(e.occurred_at) FILTER (WHERE {kinds})")
        days = f"greatest(extract(epoch FROM r.at - {last}) / 86400, 0)"
        points = f"(CASE WHEN {last} IS NULL THEN 0 ELSE {self._banded(days, component.bands)} END)"
        shown = f"to_json(CASE WHEN {last} IS NOT NULL THEN round({days}, 1) END)"
        furthest = max(
            bound for band in component.bands for bound in (band.low, band.high) if bound is not None
        )
        moves = f"({last} IS NOT NULL AND {days} <= {self.bind(furthest)})"
        key = self.bind(component.key)
        return Line(component, key, shown, points, points, points, f"({last} IS NULL)", moves, of_events=True)

    def frequency(self, component: Frequency) -> Line:
        kinds = f"e.kind = ANY({self.bind(list(component.kinds))}::text[])"
        recent = f"e.occurred_at >= e.at - interval '{component.window_days:d} days'"
        count = self.event_fact(f"count(*) FILTER (WHERE {kinds} AND {recent})")
        count = f"coalesce({count}, 0)"
        points = self._banded(count, component.bands)
        key, moves = self.bind(component.key), f"{count} > 0"
        idle = next((100 * band.points for band in component.bands if band.holds(0)), 0)
        return Line(
            component, key, f"to_json({count})", points, points, points, f"({count} = 0)", moves, of_events=True,
            idle=idle,
        )  # fmt: skip

    def _wanted(self, component: Events, row: str) -> str:
        wanted = [f"{row}.kind = {self.bind(component.kind)}"]
        if component.min_dwell_seconds:
            wanted.append(f"{row}.dwell_seconds >= {component.min_dwell_seconds:d}")
        if component.url_contains:
            wanted.append(f"strpos({row}.url, {self.bind(component.url_contains)}) > 0")
        return " AND ".join(wanted)

    def _weight(self, half_life: float) -> str:
        """What is left of an event's points as of `at`; components with the same half-life share it."""
        if half_life not in self.weights:
            self.weights[half_life] = name = f"w{len(self.weights)}"
            age = f"greatest(extract(epoch FROM r.at - b.occurred_at)::float8 / 86400, 0) / {half_life!r}::float8"
            self.scorer.weights.append(f"power(0.5::float8, least({age}, {_MOST_HALF_LIVES})) AS {name}")
        return f"e.{self.weights[half_life]}"

    def _place_in_day(self, component: Events) -> str:
        """The place of an event among those wanted of its lead and calendar day, the latest first.

        Components that want all events of their kind share one numbering, since each costs a sort.
        """
        of_kind = component.min_dwell_seconds is None and not component.url_contains
        among = "b.kind" if of_kind else f"({self._wanted(component, 'b')})"
        if among not in self.places:
            day = f"(b.occurred_at AT TIME ZONE {self.bind(self.zone)})::date"
            self.places[among] = name = f"p{len(self.places)}"
            self.scorer.places.append(
                f"row_number() OVER (PARTITION BY r.id, {among}, {day} ORDER BY b.occurred_at DESC) AS {name}"
            )
        return f"e.{self.places[among]}"


_WRITERS: dict[type[Component], Callable[[_Writer, Any], Line]] = {
    Bands: _Writer.bands,
    Choices: _Writer.choices,
    Keywords: _Writer.keywords,
    Present: _Writer.present,
    Events: _Writer.events,
    Recency: _Writer.recency,
    Frequency: _Writer.frequency,
}


def _pattern(word: str) -> str:
    uncased = any(letter.isalpha() and letter.lower() == letter.upper() for letter in word)
    literal = word.replace("%", r"\%")  # the other characters with a meaning are separators
    return f"%{literal}%" if uncased else f"% {literal} %"
