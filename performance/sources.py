"""The page of sources: a report as a table and a chart, every number with the way to its leads."""

from dataclasses import dataclass
from typing import Any

from performance.board import Board, Cell
from performance.services import Period, Report, source_report
from performance.services.metrics import METRICS
from performance.services.sources import REST, Line
from salesflow.lib.web import figures
from salesflow.people.models import User
from salesflow.people.services import workspace

#: A split -> the filter of the list of leads that tells its groups apart; a first touch has none.
FILTERS = {"channel": "channel", "kind": "source_kind", "source": "source", "campaign": "campaign"}
#: So many bars are drawn.
MOST_BARS = 12


@dataclass(frozen=True)
class Shown:
    label: str
    cells: list[Cell]


class Sources:
    """The report for one person, split, period and team."""

    def __init__(self, user: User, by: str, period: Period, team: int | None) -> None:
        self.board = Board(user, period, team)
        self.report: Report = source_report(user=user, by=by, period=period, team=team)
        self.base = workspace().base_currency

    def lines(self) -> list[Shown]:
        return [self._shown(line, self._filter(line)) for line in self.report.lines]

    def total(self) -> Shown:
        return self._shown(self.report.total, {})

    def chart(self) -> dict[str, Any]:
        """Bars of the share that was converted, in percent."""
        lines = [line for line in self.report.lines if line.leads][:MOST_BARS]
        shares = [None if line.rate is None else round(line.rate * 100, 1) for line in lines]
        return {
            "x": [line.label for line in lines],
            "series": [{"name": str(METRICS["lead_conversion_rate"].label), "values": shares}],
            "hrefs": [self._leads(self._filter(line)) for line in lines],
            "unit": "%",
        }

    def _filter(self, line: Line) -> dict[str, Any] | None:
        """What narrows the list to the leads of this line; None where no list can say it."""
        name = FILTERS.get(self.report.by)
        if name is None or line.key == REST:
            return None
        if line.key is None:
            return {"campaign" if name == "campaign" else "source": "none"}
        return {name: line.key}

    def _leads(self, narrowed: dict[str, Any] | None, **more: Any) -> str:
        return "" if narrowed is None else self.board.leads(**narrowed, **more)

    def _shown(self, line: Line, narrowed: dict[str, Any] | None) -> Shown:
        count, converted = figures.number(line.leads), figures.number(line.converted)
        cells = [
            Cell(count, href=self._leads(narrowed) if line.leads else ""),
            Cell(converted, href=self._leads(narrowed, status="converted") if line.converted else ""),
            Cell(figures.ratio(line.rate)),
            *(Cell(self._money(line, name)) for name in ("amount", "per_lead", "per_converted")),
        ]
        return Shown(line.label, cells)

    def _money(self, line: Line, name: str) -> str:
        known = [(getattr(cost, name), cost.currency) for cost in line.costs]
        told = [figures.money(amount, code, base=self.base) for amount, code in known if amount is not None]
        return " + ".join(told) or figures.DASH
