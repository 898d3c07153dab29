"""The page of first figures: tiles, tables and charts of one period, every number with the way to its records."""

from dataclasses import dataclass, field
from typing import Any

from performance import shown
from performance.services import Figures, Period, Row, funnel, kpi, kpi_tile
from performance.services.metrics import METRICS
from salesflow.people.models import User

TILES = (
    "new_leads",
    "first_contact_in_time_rate",
    "first_response_seconds",
    "leads_returned",
    "lead_conversion_rate",
    "claims",
)
STEPS = 12
#: What the table of people shows, in this order.
OF_PEOPLE = (
    "lead_conversion_rate",
    "first_contact_in_time_rate",
    "first_response_seconds",
    "leads_returned",
    "claims",
)
#: Figures of what people did -> the filter of the list for the leads they did it with.
DEEDS = {
    "first_contact_in_time_rate": "missed",
    "first_response_seconds": "answered",
    "leads_returned": "returned",
    "claims": "claimed",
}
#: An address names no more people than this.
MOST_OWNERS = 100


@dataclass(frozen=True)
class Cell:
    """A figure in a table, with what it is made of and the records behind it."""

    text: str
    parts: str = ""
    href: str = ""


@dataclass(frozen=True)
class Line:
    row: Row
    label: str
    new: Cell
    converted: Cell
    cells: list[Cell] = field(default_factory=list)


class Board:
    """All figures of the page for one person, period and team."""

    def __init__(self, user: User, period: Period, team: int | None) -> None:
        self.user, self.period, self.team = user, period, team
        self.days = round((period.end - period.start).total_seconds() / 86_400)
        self.filters = {**shown.created_in(period), **self._owners()}

    @property
    def sees_others(self) -> bool:
        return self.user.people_in_scope[self.user.scope("kpis.view")] != [self.user.pk]

    def _owners(self) -> dict[str, str]:
        """The filter of the list for the people these figures count; nothing when they are all."""
        people = self.user.people_in_scope[self.user.scope("kpis.view")]
        if self.team is not None:
            members = User.objects.filter(team_id=self.team)
            members = members if people is None else members.filter(pk__in=people)
            people = list(members.values_list("pk", flat=True))
        if people is None or len(people) > MOST_OWNERS:
            return {}
        return {"owner": ",".join(map(str, people))}

    def tiles(self) -> list[dict[str, Any]]:
        links = {"new_leads": self.leads(), "lead_conversion_rate": self.leads(status="converted")}
        links |= {name: self.deeds(name) for name in DEEDS}
        return [
            shown.tile(
                name,
                kpi_tile(user=self.user, metric=name, period=self.period, steps=STEPS, team=self.team),
                self.days,
                links[name],
            )
            for name in TILES
        ]

    def deeds(self, metric: str, people: str = "") -> str:
        """The leads behind a figure of what people did, by these or by all it counts."""
        people = people or self.filters.get("owner", "")
        return shown.leads_url(**shown.happened(self.period, DEEDS[metric], people))

    def leads(self, **more: Any) -> str:
        return shown.leads_url(**{**self.filters, **more})

    def split(self, by: str) -> list[Line]:
        """New leads and their conversion by source or grade."""
        figures = self._kpi("lead_conversion_rate", by)
        return [self._line(row, by) for row in figures.rows if row.denominator]

    def people(self) -> list[Line]:
        """Each person's figures beside each other."""
        by_metric = {name: {row.key: row for row in self._kpi(name, "user").rows} for name in OF_PEOPLE}
        everybody = {
            row.key: row for rows in by_metric.values() for row in rows.values() if row.key is not None
        }
        lines = []
        for key, any_row in sorted(everybody.items(), key=lambda pair: pair[1].label.casefold()):
            rows = {name: by_metric[name].get(key) for name in OF_PEOPLE}
            cells = [
                self._cell(name, rows[name], self.deeds(name, "" if key is None else str(key)))
                for name in OF_PEOPLE[1:]
            ]
            converted = rows["lead_conversion_rate"] or Row(key, any_row.label, None, 0, 0, None)
            lines.append(self._line(converted, "user", cells))
        return lines

    def funnel(self) -> Any:
        return funnel(user=self.user, kind="cohort", period=self.period, team=self.team)

    def _kpi(self, metric: str, by: str) -> Figures:
        return kpi(user=self.user, metric=metric, period=self.period, by=by, team=self.team)

    def _line(self, row: Row, by: str, cells: list[Cell] | None = None) -> Line:
        name = {"user": "owner"}.get(by, by)
        here = {name: "none" if row.key is None else row.key}
        return Line(
            row=row,
            label=row.label,
            new=Cell(shown.value(METRICS["new_leads"], row.denominator), href=self.leads(**here)),
            converted=self._cell("lead_conversion_rate", row, self.leads(status="converted", **here)),
            cells=cells or [],
        )

    @staticmethod
    def _cell(metric: str, row: Row | None, href: str = "") -> Cell:
        described = METRICS[metric]
        if row is None:
            return Cell(shown.value(described, 0 if described.unit == "count" else None))
        return Cell(shown.value(described, row.value), shown.parts(described, row), href if row.value else "")


def new_by(lines: list[Line]) -> dict[str, Any]:
    """Bars of how many leads came in."""
    return _bars(lines, str(METRICS["new_leads"].label), [line.row.denominator for line in lines])


def converted_by(lines: list[Line]) -> dict[str, Any]:
    """Bars of the share that was converted, in percent."""
    shares = [None if line.row.value is None else round(line.row.value * 100, 1) for line in lines]
    return {**_bars(lines, str(METRICS["lead_conversion_rate"].label), shares), "unit": "%"}


def _bars(lines: list[Line], name: str, values: list[float | int | None]) -> dict[str, Any]:
    return {
        "x": [line.label for line in lines],
        "series": [{"name": name, "values": values}],
        "hrefs": [line.new.href for line in lines],
    }
