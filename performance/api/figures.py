"""Figures over REST: `kpis/`, `funnel/` and `source-report/`."""

from typing import Any, ClassVar

from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from performance.services import funnel, kpi, period_of, source_report
from performance.services.funnel import KINDS
from performance.services.metrics import GROUPINGS, METRICS
from performance.services.sources import SPLITS, Line
from salesflow.lib.api.doors import Door

_LARGEST = 2**63 - 1
_PERIOD = [
    OpenApiParameter("from", str, description="First day, or a moment. Left out: 30 days before `to`."),
    OpenApiParameter("to", str, description="The day after the last, or a moment. Left out: tomorrow."),
    OpenApiParameter("team", int, description="Only what counts for people of this team."),
    OpenApiParameter("user", str, description="Only what counts for this person; `me` is who asks."),
]


class RowShape(serializers.Serializer):
    """One figure; see `docs/figures.md` for what each is made of."""

    key = serializers.JSONField(allow_null=True, help_text="Id, code or month; null without one.")
    label = serializers.CharField()
    value = serializers.FloatField(allow_null=True, help_text="Null for 0/0.")
    numerator = serializers.IntegerField(allow_null=True)
    denominator = serializers.IntegerField(allow_null=True)
    previous = serializers.FloatField(allow_null=True, help_text="The value of the equal period before.")


class KpiShape(serializers.Serializer):
    metric = serializers.CharField()
    unit = serializers.ChoiceField(["count", "ratio", "seconds"])
    rows = RowShape(many=True)


class StageShape(serializers.Serializer):
    stage = serializers.CharField()
    label = serializers.CharField()
    count = serializers.IntegerField()
    conversion = serializers.FloatField(allow_null=True, help_text="Share that went on to the next stage.")
    share = serializers.FloatField(allow_null=True, help_text="Share of all leads that got here.")
    median_days = serializers.FloatField(allow_null=True)


class DroppedShape(serializers.Serializer):
    reason = serializers.IntegerField(allow_null=True)
    label = serializers.CharField()
    count = serializers.IntegerField()


class FunnelShape(serializers.Serializer):
    kind = serializers.ChoiceField(KINDS)
    stages = StageShape(many=True)
    disqualified = serializers.IntegerField()
    dropped = DroppedShape(many=True)


class CostShape(serializers.Serializer):
    """What a line cost in one currency; nothing per lead where there is none."""

    currency = serializers.CharField()
    cost = serializers.CharField(source="amount")
    cost_per_lead = serializers.CharField(source="per_lead", allow_null=True)
    cost_per_converted = serializers.CharField(source="per_converted", allow_null=True)


class LineShape(serializers.Serializer):
    """One line. `currency` and the costs beside it are null where none is known, or `costs` are in several."""

    key = serializers.JSONField(allow_null=True, help_text="Id, code or word; null without one.")
    label = serializers.CharField()
    leads = serializers.IntegerField()
    converted = serializers.IntegerField()
    rate = serializers.FloatField(allow_null=True, help_text="Ratio; null for 0/0.")
    currency = serializers.CharField(allow_null=True)
    cost = serializers.CharField(allow_null=True)
    cost_per_lead = serializers.CharField(allow_null=True)
    cost_per_converted = serializers.CharField(allow_null=True)
    costs = CostShape(many=True)

    def to_representation(self, line: Line) -> dict[str, Any]:
        costs = CostShape(line.costs, many=True).data
        names = ("currency", "cost", "cost_per_lead", "cost_per_converted")
        only = costs[0] if len(costs) == 1 else dict.fromkeys(names)
        facts = {name: getattr(line, name) for name in ("key", "label", "leads", "converted", "rate")}
        return {**facts, **only, "costs": costs}


class ReportShape(serializers.Serializer):
    by = serializers.ChoiceField(list(SPLITS))
    rows = LineShape(many=True, source="lines")
    total = LineShape()


class Kpis(Door):
    """Figures of a period beside those of the equal period before."""

    resource = "kpis"
    rights: ClassVar = {"get": "kpis.view"}
    serializer_class = KpiShape

    @extend_schema(
        parameters=[
            OpenApiParameter("metric", str, required=True, enum=list(METRICS)),
            OpenApiParameter("by", str, enum=list(GROUPINGS)),
            *_PERIOD,
        ]
    )
    def get(self, request: Request) -> Response:
        """One metric as a whole, or split `by` a grouping."""
        self.need("get")
        asked = _read(request, ("metric", "by", "from", "to", "team", "user"))
        figures = kpi(
            user=request.user,
            metric=asked.get("metric", ""),
            by=asked.get("by") or None,
            period=period_of(asked.get("from"), asked.get("to")),
            **_whose(request, asked),
        )
        answer = {"metric": figures.metric.name, "unit": figures.metric.unit, "rows": figures.rows}
        return Response(KpiShape(answer).data)


class FunnelOfLeads(Door):
    """How far leads get."""

    resource = "kpis"
    rights: ClassVar = {"get": "kpis.view"}
    serializer_class = FunnelShape

    @extend_schema(parameters=[OpenApiParameter("kind", str, required=True, enum=list(KINDS)), *_PERIOD])
    def get(self, request: Request) -> Response:
        """The stages of leads created in the period (cohort), or of where leads stand now (snapshot)."""
        self.need("get")
        asked = _read(request, ("kind", "from", "to", "team", "user"))
        dated = asked.get("from") or asked.get("to")
        kind = asked.get("kind", "")
        found = funnel(
            user=request.user,
            kind=kind,
            period=period_of(asked.get("from"), asked.get("to")) if dated or kind == "cohort" else None,
            **_whose(request, asked),
        )
        return Response(FunnelShape(found).data)


class SourceReport(Door):
    """Where leads come from, how many become customers, and what they cost."""

    resource = "kpis"
    rights: ClassVar = {"get": "kpis.view"}
    serializer_class = ReportShape

    @extend_schema(parameters=[OpenApiParameter("by", str, required=True, enum=list(SPLITS)), *_PERIOD])
    def get(self, request: Request) -> Response:
        """Leads created in the period with conversion and cost; costs are the campaigns' and sources' own."""
        self.need("get")
        asked = _read(request, ("by", "from", "to", "team", "user"))
        found = source_report(
            user=request.user,
            by=asked.get("by", ""),
            period=period_of(asked.get("from"), asked.get("to")),
            **_whose(request, asked),
        )
        return Response(ReportShape(found).data)


def _read(request: Request, known: tuple[str, ...]) -> QueryDict:
    params: QueryDict = request.query_params
    wrong = {name: [ValidationError(_("There is no such filter."), code="unknown_filter")]
             for name in params if name not in known}  # fmt: skip
    if wrong:
        raise ValidationError(wrong)
    return params


def _whose(request: Request, asked: QueryDict) -> dict[str, Any]:
    person = str(request.user.pk) if asked.get("user") == "me" else asked.get("user")
    return {"team": _id("team", asked.get("team")), "person": _id("user", person)}


def _id(name: str, text: str | None) -> int | None:
    if not text:
        return None
    if not (text.isascii() and text.isdigit()) or int(text[:20]) > _LARGEST:
        raise ValidationError({name: ValidationError(_("This is no id."), code="invalid")})
    return int(text)
