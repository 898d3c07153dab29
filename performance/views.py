"""Home, the page of first figures, and that of sources."""

from datetime import timedelta, tzinfo
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from leads import policies as lead_policies
from leads.models import LeadImport
from performance import policies, shown
from performance.board import OF_PEOPLE, Board, converted_by, new_by
from performance.forms import OWN_DATES, FiguresForm, SourcesForm
from performance.services import Period, days_back, funnel, kpi_tile
from performance.services.metrics import METRICS
from performance.services.my_day import my_day
from performance.services.period import workspace_zone
from performance.services.set_up import set_up_steps
from performance.services.sources import SPLITS
from performance.sources import Sources
from salesflow.journal.services import inbox
from salesflow.lib.errors import require
from salesflow.lib.web.times import day_of_year
from salesflow.lib.web.toasts import toast

#: The tiles of Home: four weeks beside the four before, drawn week by week.
TILE_DAYS, TILE_STEPS = 28, 8
WEEKS = 12
FUNNEL_DAYS = 90
INBOX = 6


@login_required
@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """My day: figures, what is due for oneself or one's people, news; what is left to set up for an administrator."""
    user = request.user
    day = my_day(user)
    steps = set_up_steps(user)
    context: dict[str, Any] = {
        "day": day,
        "sees_figures": policies.can_see_figures(user),
        "may_enter": lead_policies.can_create(user),
        "may_import": lead_policies.can_import(user),
        "steps": steps,
        "steps_done": sum(step.is_done for step in steps),
        "notices": [] if day.works else inbox(user=user, only_unread=True, limit=INBOX).unread,
        "imports": _imports(user) if not day.works and lead_policies.can_import(user) else None,
    }
    if context["sees_figures"]:
        context |= _figures_of_home(user)
    return render(request, "performance/home.html", context)


def _imports(user: Any) -> list[LeadImport]:
    return list(LeadImport.objects.visible_to(user).order_by("-pk")[:INBOX])


def _figures_of_home(user: Any) -> dict[str, Any]:
    zone = workspace_zone()
    period = days_back(TILE_DAYS, zone=zone)
    since = shown.created_in(period)
    links = {
        "new_leads": shown.leads_url(**since),
        "first_contact_in_time_rate": shown.leads_url(due="late,today", ordering="first_contact_due_at"),
        "first_response_seconds": shown.leads_url(**shown.happened(period, "answered")),
        "lead_conversion_rate": shown.leads_url(status="converted", **since),
    }
    tiles = [
        shown.tile(name, kpi_tile(user=user, metric=name, period=period, steps=TILE_STEPS), TILE_DAYS, href)
        for name, href in links.items()
    ]
    span = days_back(FUNNEL_DAYS, zone=zone)
    cohort = funnel(user=user, kind="cohort", period=span)
    weeks = _weeks(user, zone)
    return {
        "tiles": tiles,
        "funnel": shown.funnel_chart(cohort, **shown.created_in(span)),
        "funnel_days": FUNNEL_DAYS,
        "weeks": weeks,
        "has_figures": bool(cohort.stages[0].count) or any(any(each["values"]) for each in weeks["series"]),
    }


def _weeks(user: Any, zone: tzinfo) -> dict[str, Any]:
    """Leads in and leads returned, by week; the last week ends today."""
    period = days_back(7 * WEEKS // 2, zone=zone)
    courses = [
        (_("New"), "accent", kpi_tile(user=user, metric="new_leads", period=period, steps=WEEKS).course),
        (
            _("Returned"),
            "warn",
            kpi_tile(user=user, metric="leads_returned", period=period, steps=WEEKS).course,
        ),
    ]
    ends = [period.end.date() - timedelta(days=7 * back + 1) for back in reversed(range(WEEKS))]
    return {
        "x": [day_of_year(day) for day in ends],
        "series": [{"name": name, "tone": tone, "values": values} for name, tone, values in courses],
    }


def _span(request: HttpRequest, form: FiguresForm) -> tuple[Period, int | None]:
    """Period and team of the address; the last 30 days of all, with a word why, where it cannot be read."""
    if form.is_valid():
        return form.cleaned_data["span"], form.cleaned_data["team"]
    for problems in form.errors.values():
        toast(request, " ".join(problems), "warning")
    return days_back(30), None


def _narrowed(request: HttpRequest, form: FiguresForm, period: Period) -> dict[str, Any]:
    """What the bar of filters shows."""
    return {
        "form": form,
        "own_dates": request.GET.get("period") == OWN_DATES,
        "first_day": period.start.date(),
        "last_day": (period.end - timedelta(microseconds=1)).date(),
    }


@login_required
@require_safe
def sources(request: HttpRequest) -> HttpResponse:
    """Conversion and cost by channel, kind, source, campaign or first touch; the address holds it all."""
    user = request.user
    require(policies.can_see_figures(user))
    form = SourcesForm(request.GET, user=user)
    period, team = _span(request, form)
    by = form.cleaned_data.get("by") or next(iter(SPLITS))
    found = Sources(user, by, period, team)
    context = {
        **_narrowed(request, form, period),
        "by": by,
        "head": SPLITS[by].label,
        "lines": found.lines(),
        "total": found.total(),
        "chart": found.chart(),
    }
    return render(request, "performance/sources.html", context)


@login_required
@require_safe
def figures(request: HttpRequest) -> HttpResponse:
    """The first figures of a period; the address holds period and team."""
    user = request.user
    require(policies.can_see_figures(user))
    form = FiguresForm(request.GET, user=user)
    period, team = _span(request, form)
    board = Board(user, period, team)
    by_source, by_grade, reached = board.split("source"), board.split("grade"), board.funnel()
    return render(
        request,
        "performance/figures.html",
        {
            **_narrowed(request, form, period),
            "tiles": board.tiles(),
            "by_source": by_source,
            "by_grade": by_grade,
            "new_by_source": new_by(by_source),
            "converted_by_source": converted_by(by_source),
            "converted_by_grade": converted_by(by_grade),
            "people": board.people() if board.sees_others else [],
            "people_heads": [METRICS[name].label for name in OF_PEOPLE[1:]],
            "stages": shown.stage_rows(reached, **board.filters),
            "dropped": [
                (each, board.leads(status="disqualified", reason=each.reason)) for each in reached.dropped
            ],
            "funnel_chart": shown.funnel_chart(reached, **board.filters),
        },
    )
