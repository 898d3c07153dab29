"""Scoring models and the behaviour they read."""

from typing import Any, ClassVar

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from leads.lists import LeadEventList, ScoringModelList
from leads.models import LeadEvent, LeadSource, ScoringModel
from leads.services import (
    backtest,
    events_take,
    model_activate,
    model_archive,
    model_change,
    model_create,
    model_new_version,
    model_preview,
    model_restore,
    model_retire,
)
from leads.services.reveal import events_mask
from leads.services.score.events import MOST_EVENTS
from salesflow.lib.api.records import Archiving, Changing, Creating, Records, deed, standard_rights, told
from salesflow.lib.api.schema import ErrorShape, OneOrMany
from salesflow.lib.api.shapes import Body, Moment, Ref, Shape
from salesflow.lib.api.writes import retried
from salesflow.people.models import User

MODEL_FIELDS = (
    "id", "name", "version", "status", "source", "components", "method", "thresholds", "matrix", "fit_cap",
    "engagement_cap", "half_life_days", "downgrade_after_days", "activated_at", "retired_at", "archived_at",
    "created_at", "updated_at",
)  # fmt: skip
_MADE = (
    "id", "version", "status", "activated_at", "retired_at", "archived_at", "created_at", "updated_at",
)  # fmt: skip


class Thresholds(Body):
    """Inclusive lower bounds of the grades A and B on the total."""

    A = serializers.IntegerField(source="threshold_a", min_value=0, max_value=1000)
    B = serializers.IntegerField(source="threshold_b", min_value=0, max_value=1000)


class ScoringModelShape(Shape):
    """A model: its `version` counts the versions of its name. What `components` may hold: see the documentation."""

    version = serializers.IntegerField(source="number", read_only=True)
    components = serializers.JSONField()
    matrix = serializers.JSONField(required=False)
    thresholds = Thresholds(source="*", required=False)

    class Meta:
        model = ScoringModel
        fields = MODEL_FIELDS
        read_only_fields = _MADE


class BacktestBody(Body):
    """Which leads with a known outcome: of one source, created within [created_from, created_to)."""

    source = Ref(queryset=LeadSource.objects.all(), required=False, allow_null=True)
    created_from = Moment(required=False, allow_null=True)
    created_to = Moment(required=False, allow_null=True)


class GradeResult(serializers.Serializer):
    grade = serializers.CharField()
    leads = serializers.IntegerField()
    converted = serializers.IntegerField()
    rate = serializers.FloatField(allow_null=True)


class TenthResult(serializers.Serializer):
    """A tenth of the leads, the first those with the highest scores; of ties at its cut the expected share counts."""

    tenth = serializers.IntegerField()
    leads = serializers.IntegerField()
    converted = serializers.FloatField()
    rate = serializers.FloatField()
    captured = serializers.FloatField(
        allow_null=True, help_text="Share of all conversions within this tenth and those before it."
    )


class BacktestResult(serializers.Serializer):
    n = serializers.IntegerField()
    grades = GradeResult(many=True)
    auc = serializers.FloatField(allow_null=True)
    lift_top_decile = serializers.FloatField(allow_null=True)
    tenths = TenthResult(many=True)


class PreviewResult(serializers.Serializer):
    leads = serializers.IntegerField()
    moves = serializers.ListField(child=serializers.DictField())
    examples = serializers.ListField(child=serializers.DictField())


class ScoringModelResource(Creating, Changing, Archiving, Records):
    """Scoring models: a draft may be changed, one that has been active never."""

    resource, spec, shape = "scoring-models", ScoringModelList(), ScoringModelShape
    rights: ClassVar = standard_rights("scoring")

    def add(self, *, by: User, **values: Any) -> ScoringModel:
        return model_create(by=by, **values)

    def change(self, record: ScoringModel, *, by: User, **values: Any) -> ScoringModel:
        return model_change(model=record, by=by, **values)

    def archive(self, record: ScoringModel, *, by: User) -> None:
        model_archive(model=record, by=by)

    def unarchive(self, record: ScoringModel, *, by: User) -> None:
        model_restore(model=record, by=by)

    @deed("scoring.edit")
    def activate(self, record: ScoringModel, data: dict[str, Any]) -> None:
        """Let the model score from now on; the former one retires, leads are regraded in the background."""
        model_activate(model=record, by=self.request.user)

    @deed("scoring.edit")
    def retire(self, record: ScoringModel, data: dict[str, Any]) -> None:
        """Take the model of a source out of force; the default model scores its leads again."""
        model_retire(model=record, by=self.request.user)

    @deed("scoring.create", path="new-version", status=201)
    def new_version(self, record: ScoringModel, data: dict[str, Any]) -> Response:
        """Copy the model into a draft with the next version number."""
        return self.answer(self.fresh(model_new_version(model=record, by=self.request.user)), 201)

    @deed("scoring_trials.view", answers=PreviewResult)
    def preview(self, record: ScoringModel, data: dict[str, Any]) -> Response:
        """How many of today's leads would move from which grade to which; nothing is written."""
        return Response(model_preview(model=record, by=self.request.user))

    @deed("scoring_trials.view", body=BacktestBody, answers=BacktestResult)
    def backtest(self, record: ScoringModel, data: dict[str, Any]) -> Response:
        """Conversion per grade, AUC and lift of the top decile over past leads with a known outcome."""
        return Response(backtest(model=record, by=self.request.user, **data))


class LeadEventShape(Shape):
    """Something a lead or a visitor did. `lead` is null while nobody knows who it was."""

    email = serializers.CharField(source="email_key", read_only=True, allow_null=True)

    class Meta:
        model = LeadEvent
        fields = (
            "id", "event_id", "lead", "visitor", "email", "kind", "occurred_at", "received_at", "url",
            "dwell_seconds",
        )  # fmt: skip
        read_only_fields = fields


class EventBody(Body):
    """One event. It names its lead by `lead` (id), `visitor` or `email`, in this order of weight."""

    event_id = serializers.CharField(
        max_length=120, required=False, allow_null=True, help_text="The same again changes nothing."
    )
    lead = serializers.IntegerField(min_value=0, required=False, allow_null=True)
    visitor = serializers.CharField(max_length=120, required=False, allow_null=True)
    email = serializers.CharField(max_length=254, required=False, allow_null=True)
    kind = serializers.ChoiceField(LeadEvent.Kind.choices)
    occurred_at = serializers.DateTimeField(help_text="With its offset; at most five minutes ahead.")
    url = serializers.CharField(max_length=2000, required=False, allow_null=True)
    dwell_seconds = serializers.IntegerField(min_value=0, max_value=86_400, required=False, allow_null=True)


class EventAnswer(serializers.Serializer):
    """What became of one event."""

    result = serializers.ChoiceField(["accepted", "duplicate", "rejected"])
    errors = ErrorShape(many=True, required=False)


class EventAnswers(serializers.Serializer):
    results = EventAnswer(many=True)


class LeadEventResource(Records):
    """What leads and visitors do; it moves the engagement score."""

    resource, spec, shape = "lead-events", LeadEventList(), LeadEventShape
    rights: ClassVar = standard_rights("behaviour")

    def shown(self, records: Any, *, many: bool = False) -> Any:
        events_mask(self.request.user, records if many else [records])
        return super().shown(records, many=many)

    @told(body=OneOrMany(EventBody, most=MOST_EVENTS), answers=EventAnswers, status=202)
    def create(self, request: Request) -> Response:
        """Take in one event or a list of at most 1,000; the leads are scored again in the background.

        A list is answered item by item: `accepted`, `duplicate` (that `event_id` was there) or `rejected`.
        """
        self.need("create")
        many = isinstance(request.data, list)
        items = request.data if many else [request.data]
        answers = retried(lambda: events_take(items=items, by=request.user, strict=not many))
        return Response({"results": answers}, status=202)
