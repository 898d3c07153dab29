"""Leads as REST gives and takes them."""

from typing import Any, ClassVar

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from leads.models import Lead, Pool, Reason
from salesflow.lib.api.shapes import Body, Moment, Ref, Shape
from salesflow.people.models import User
from salesflow.work.models import Channel, Direction, Outcome

WRITABLE = (
    "external_id", "company_name", "contact_name", "title", "email", "phone", "mobile", "website", "credit_code",
    "country", "region", "city", "industry", "source", "source_detail", "campaign", "partner", "referrer_type",
    "referrer_id", "page_url", "utm", "budget", "currency", "decision_timeframe_days", "need", "need_fit", "outcome",
    "custom", "behaviour", "tags",
)  # fmt: skip
MADE = (
    "id", "verification", "verification_items", "status", "grade", "score", "fit_score", "engagement_score",
    "scored_at", "owner", "owned_since", "pool", "in_pool", "under_review", "pool_entered_at", "protected_until",
    "incomplete", "flags", "first_contact_started_at", "first_contact_limit_seconds", "first_contact_due_at",
    "first_contacted_at", "next_follow_up_at", "last_activity_at", "unanswered_due_at", "returned_count",
    "disqualify_reason", "disqualified_at", "converted_at", "merged_into", "entered_via", "created_by", "lead_import",
    "import_row", "archived_at", "created_at", "updated_at", "version",
)  # fmt: skip


class LeadShape(Shape):
    """A lead. `score_explanation` is worked out for single leads and null in lists."""

    lead_import = serializers.PrimaryKeyRelatedField(source="imported_by", read_only=True, allow_null=True)
    customer = serializers.SerializerMethodField()
    contact = serializers.SerializerMethodField()
    opportunity = serializers.SerializerMethodField()
    score_explanation = serializers.SerializerMethodField()
    contacts_masked = serializers.SerializerMethodField()
    custom = serializers.JSONField(required=False)
    behaviour = serializers.JSONField(required=False)
    utm = serializers.JSONField(required=False)
    tags = serializers.JSONField(required=False)
    # parsed by the service, which says the same to every door
    budget = serializers.JSONField(required=False, allow_null=True)
    need_fit = serializers.JSONField(required=False, allow_null=True)
    decision_timeframe_days = serializers.JSONField(required=False, allow_null=True)
    outcome = serializers.JSONField(required=False, allow_null=True)

    class Meta:
        model = Lead
        fields = (
            *WRITABLE,
            *MADE,
            "contacts_masked",
            "customer",
            "contact",
            "opportunity",
            "score_explanation",
        )
        read_only_fields = MADE
        extra_kwargs: ClassVar = {
            name: {"max_length": None, "required": False, "allow_blank": True, "trim_whitespace": False}
            for name in WRITABLE
            if Lead._meta.get_field(name).get_internal_type() in ("CharField", "TextField")
        }

    def to_representation(self, instance: Lead) -> dict[str, Any]:
        shown = super().to_representation(instance)
        shown["budget"] = None if instance.budget is None else f"{instance.budget:.2f}"
        return shown

    def _became(self, lead: Lead) -> Any:
        return self.context.get("conversions", {}).get(lead.pk)

    def get_customer(self, lead: Lead) -> int | None:
        return getattr(self._became(lead), "customer", None)

    def get_contact(self, lead: Lead) -> int | None:
        return getattr(self._became(lead), "contact", None)

    def get_opportunity(self, lead: Lead) -> int | None:
        return getattr(self._became(lead), "opportunity", None)

    def get_contacts_masked(self, lead: Lead) -> bool:
        return getattr(lead, "contacts_masked", False)

    def get_score_explanation(self, lead: Lead) -> dict[str, Any] | None:
        return self.context.get("explanations", {}).get(lead.pk)


class LeadNew(LeadShape):
    """A lead to enter, and where it is to go."""

    assignment = serializers.ChoiceField(["rules", "pool", "me", "none"], default="rules", write_only=True)
    owner = serializers.PrimaryKeyRelatedField(
        queryset=User.objects.active(), required=False, allow_null=True
    )
    allow_duplicate = serializers.BooleanField(default=False, write_only=True)

    class Meta(LeadShape.Meta):
        fields = (*LeadShape.Meta.fields, "assignment", "allow_duplicate")
        read_only_fields = tuple(name for name in MADE if name != "owner")


class LeadChange(LeadShape):
    allow_duplicate = serializers.BooleanField(default=False, write_only=True)

    class Meta(LeadShape.Meta):
        fields = (*LeadShape.Meta.fields, "allow_duplicate")


class AssignBody(Body):
    owner = serializers.PrimaryKeyRelatedField(queryset=User.objects.active())
    override = serializers.BooleanField(default=False)


@extend_schema_field({"type": ["integer", "string"]})
class ReasonField(serializers.Field):
    """A reason of the lists, by id or by code."""

    def __init__(self, kind: str, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.kind = kind

    def to_internal_value(self, data: Any) -> Reason:
        rows = Reason.objects.filter(kind=self.kind, archived_at=None)
        found = None
        if isinstance(data, int) and not isinstance(data, bool) and abs(data) < 2**63:
            found = rows.filter(pk=data).first()
        elif isinstance(data, str) and "\x00" not in data:
            found = rows.filter(code=data).first()
        if found is None:
            raise serializers.ValidationError("Choose a reason from the list.", code="invalid")
        return found

    def to_representation(self, value: Any) -> Any:
        return value.pk


class ReturnBody(Body):
    reason = serializers.CharField(max_length=500)
    pool = serializers.PrimaryKeyRelatedField(
        queryset=Pool.objects.filter(archived_at=None), required=False, allow_null=True
    )


class DisqualifyBody(Body):
    reason = ReasonField("disqualify")
    note = serializers.CharField(max_length=2000, required=False, allow_blank=True, default="")


class ContactBody(Body):
    channel = serializers.ChoiceField(Channel.choices)
    direction = serializers.ChoiceField(Direction.choices)
    outcome = serializers.ChoiceField(Outcome.choices)
    summary = serializers.CharField(max_length=5000)
    next_follow_up_at = Moment()
    occurred_at = Moment(required=False, allow_null=True)


class VerifyBody(Body):
    item = serializers.CharField(max_length=40)
    result = serializers.CharField(max_length=20)
    note = serializers.CharField(max_length=500, required=False, allow_blank=True, default="")


class MergeFields(Body):
    """`fields` maps a field to the side whose value is kept: `lead` or `duplicate`."""

    fields = serializers.DictField(child=serializers.CharField(max_length=20), default=dict)  # type: ignore[assignment]


class MergeBody(MergeFields):
    """`fields` maps a field to the side whose value is kept: `lead` or `duplicate`."""

    duplicate = Ref(queryset=Lead.objects.current())


class UnmergeBody(Body):
    duplicate = serializers.IntegerField(min_value=1, max_value=2**63 - 1, required=False, allow_null=True)


class StepShape(Body):
    """One thing a lead did; steps of the same `visit` have no pause of more than half an hour between them."""

    kind = serializers.CharField()
    at = serializers.DateTimeField()
    url = serializers.CharField()
    dwell_seconds = serializers.IntegerField(allow_null=True)
    visit = serializers.IntegerField()


class PathShape(Body):
    """The path of a lead. Numbers count all of it; of a long one the middle `left_out` of `steps`."""

    visits = serializers.IntegerField()
    page_views = serializers.IntegerField()
    dwell_seconds = serializers.IntegerField()
    utm = serializers.DictField(
        child=serializers.CharField(), help_text="The campaign the first visit came by, else the lead's."
    )
    first_visit_at = serializers.DateTimeField(allow_null=True)
    last_visit_at = serializers.DateTimeField(allow_null=True)
    form_submitted_at = serializers.DateTimeField(allow_null=True)
    entered_at = serializers.DateTimeField()
    converted_at = serializers.DateTimeField(allow_null=True)
    left_out = serializers.IntegerField()
    steps = StepShape(many=True)


class TrackedLinkBody(Body):
    """The page of a site whose visits an active web form follows."""

    page_url = serializers.CharField(max_length=2000)


class TrackedLinkShape(Body):
    """A link for the mails to one lead: `url` stands in a mail and leads to `page_url`; `clicks` are those counted."""

    id = serializers.IntegerField()
    url = serializers.CharField()
    page_url = serializers.CharField()
    clicks = serializers.IntegerField()
    last_clicked_at = serializers.DateTimeField(allow_null=True)
    by = serializers.IntegerField(source="by_id")
    created_at = serializers.DateTimeField()


class TrackedLinksShape(Body):
    links = TrackedLinkShape(many=True)
