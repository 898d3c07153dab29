"""Figures as pages show them: in words, beside those before, with the way to the records behind them."""

from typing import Any
from urllib.parse import urlencode

from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from leads.models import Lead
from performance.services import Funnel, Period, Row, Tile
from performance.services.metrics import METRICS, Metric
from salesflow.lib.web import figures, times


def value(metric: Metric, number: float | int | None) -> str:
    """The figure in its unit; a dash when it is unknown."""
    if number is None:
        return figures.DASH
    if metric.unit == "ratio":
        return figures.ratio(number)
    return times.span(number) if metric.unit == "seconds" else figures.number(number)


def change(metric: Metric, row: Row) -> tuple[float | None, str]:
    """How much a figure moved: percentage points for rates, percent for all else; None when nothing can be said."""
    if row.value is None or row.previous is None:
        return None, "%"
    if metric.unit == "ratio":
        return round((row.value - row.previous) * 100, 1), _("pt")
    if not row.previous:
        return None, "%"
    return round((row.value - row.previous) / row.previous * 100, 1), "%"


def tile(metric_name: str, found: Tile, days: int, href: str = "") -> dict[str, Any]:
    """What a tile says: the figure, its change in words, its course."""
    metric = METRICS[metric_name]
    delta, unit = change(metric, found.row)
    before = ngettext(
        "%(value)s in the day before", "%(value)s in the %(days)s days before", days
    ) % {"value": value(metric, found.row.previous), "days": days}  # fmt: skip
    return {
        "label": metric.label,
        "value": value(metric, found.row.value),
        "delta": delta,
        "unit": unit,
        "words": before if found.row.previous is not None else _("nothing to compare with"),
        "good": metric.good,
        "spark": found.course,
        "href": href,
        "title": parts(metric, found.row),
    }


def parts(metric: Metric, row: Row) -> str:
    """The numbers a figure is made of."""
    if metric.unit == "ratio" and row.denominator is not None:
        return _("%(part)s of %(whole)s") % {
            "part": figures.number(row.numerator),
            "whole": figures.number(row.denominator),
        }
    if metric.unit == "seconds" and row.denominator is not None:
        return ngettext("of %(n)s first contact", "of %(n)s first contacts", row.denominator) % {
            "n": figures.number(row.denominator)
        }
    return ""


def leads_url(**filters: Any) -> str:
    """The list of leads, narrowed; nothing while there is no such page."""
    try:
        page = reverse("leads:list")
    except NoReverseMatch:
        return ""
    wanted = {name: word for name, word in filters.items() if word not in (None, "", [])}
    return f"{page}?{urlencode(wanted, doseq=True, safe=',/')}" if wanted else page


def created_in(period: Period) -> dict[str, str]:
    """The filters of the list for leads created in the period."""
    return {
        "created_after": _day_or_moment(period.start),
        "created_before": _day_or_moment(period.end),
    }


def happened(period: Period, name: str, people: str = "") -> dict[str, str]:
    """The filters of the list for leads with which something was done in the period."""
    span = f"{_day_or_moment(period.start)}/{_day_or_moment(period.end)}"
    return {name: span, **({"by_people": people} if people else {})}


def _day_or_moment(moment: Any) -> str:
    is_midnight = (moment.hour, moment.minute, moment.second, moment.microsecond) == (0, 0, 0, 0)
    return f"{moment:%Y-%m-%d}" if is_midnight else moment.isoformat()


def stage_url(found: Funnel, stage: str, **filters: Any) -> str:
    """The leads that ever got as far as the stage; in a snapshot those that stand there."""
    if found.kind == "snapshot":
        return leads_url(status=stage, **filters)
    return leads_url(reached="" if stage == Lead.Status.NEW else stage, **filters)


def funnel_chart(found: Funnel, **filters: Any) -> dict[str, Any]:
    """The stages for the chart, each with the way to its leads."""
    return {
        "rows": [
            {"name": stage.label, "value": stage.count, "href": stage_url(found, stage.stage, **filters)}
            for stage in found.stages
        ]
    }


def stage_rows(found: Funnel, **filters: Any) -> list[dict[str, str]]:
    """The stages for the table beside the chart."""
    return [
        {
            "label": stage.label,
            "href": stage_url(found, stage.stage, **filters),
            "count": figures.number(stage.count),
            "went_on": figures.ratio(stage.conversion),
            "days": figures.number(stage.median_days, 1),
        }
        for stage in found.stages
    ]
