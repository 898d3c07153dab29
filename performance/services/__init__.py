from performance.services.funnel import Funnel, Stage, funnel
from performance.services.kpis import Figures, Row, Tile, kpi, kpi_tile, metric_of
from performance.services.period import Period, days_back, period_of
from performance.services.sources import Report, source_report

__all__ = [
    "Figures",
    "Funnel",
    "Period",
    "Report",
    "Row",
    "Stage",
    "Tile",
    "days_back",
    "funnel",
    "kpi",
    "kpi_tile",
    "metric_of",
    "period_of",
    "source_report",
]
