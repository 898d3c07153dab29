"""`/collision-cases/`: two claims on one customer, what the parties say, and the decision."""

from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from contacts.collision_lists import CollisionList
from contacts.collision_models import CollisionCase
from contacts.models import Customer
from contacts.policies import sees_side
from contacts.services.collisions import (
    SIDES,
    collision_decide,
    collision_open,
    collision_state,
    collision_withdraw,
    evidence_of,
)
from leads.models import Lead
from salesflow.lib.api.records import Creating, Records, deed
from salesflow.lib.api.shapes import Body, Moment, Ref, Shape
from salesflow.people.models import User


class EvidenceShape(serializers.Serializer):
    """What one side did with the customer; amounts are sums by currency."""

    since = Moment(allow_null=True)
    first_contact_at = Moment(allow_null=True)
    last_contact_at = Moment(allow_null=True)
    contacts = serializers.IntegerField()
    open_opportunities = serializers.IntegerField()
    won_opportunities = serializers.IntegerField()
    open_amounts = serializers.DictField(child=serializers.CharField())
    won_amounts = serializers.DictField(child=serializers.CharField())


class SideShape(serializers.Serializer):
    """One side of a case; null for the side that is not one's to see. `evidence` stands in a single case only."""

    owner = serializers.IntegerField()
    lead = serializers.IntegerField(allow_null=True)
    customer = serializers.IntegerField(allow_null=True)
    statement = serializers.CharField()
    evidence = EvidenceShape(allow_null=True)


class CollisionShape(Shape):
    """Two records of one customer with different owners; a party sees its own side, who is above both sees both."""

    sides = serializers.SerializerMethodField()
    outcome = serializers.SerializerMethodField()

    class Meta:
        model = CollisionCase
        fields = (
            "id", "title", "cause", "reason", "opened_by", "holder", "claimant", "sides", "state", "outcome",
            "holder_percent", "note", "decided_by", "decided_at", "created_at", "updated_at", "version",
        )  # fmt: skip
        read_only_fields = fields

    @extend_schema_field(serializers.ChoiceField(CollisionCase.Outcome.choices, allow_null=True))
    def get_outcome(self, case: CollisionCase) -> str | None:
        return case.outcome or None

    @extend_schema_field(serializers.DictField(child=SideShape(allow_null=True)))
    def get_sides(self, case: CollisionCase) -> dict[str, Any]:
        user = self.context["request"].user
        evidence = {} if self.context.get("is_list") else evidence_of(case)
        return {
            side: SideShape(
                {
                    "owner": getattr(case, f"{side}_id"),
                    "lead": getattr(case, f"{side}_lead_id"),
                    "customer": getattr(case, f"{side}_customer_id"),
                    "statement": getattr(case, f"{side}_statement"),
                    "evidence": evidence.get(side),
                }
            ).data
            if sees_side(user, case, side)
            else None
            for side in SIDES
        }


class CollisionNew(Body):
    """One's own record of the customer, and why it is one's own."""

    lead = Ref(queryset=Lead.objects.current(), required=False, allow_null=True)
    customer = Ref(queryset=Customer.objects.current(), required=False, allow_null=True)
    reason = serializers.CharField(max_length=2000)


class StatementBody(Body):
    statement = serializers.CharField(max_length=5000)


class DecideBody(Body):
    outcome = serializers.ChoiceField(CollisionCase.Outcome.choices)
    holder_percent = serializers.DecimalField(
        max_digits=5, decimal_places=2, required=False, allow_null=True, help_text="With `split` only."
    )
    note = serializers.CharField(max_length=5000)


class CollisionResource(Creating, Records):
    """Cases in which two people claim one customer."""

    resource, spec, shape, new_shape = "collision-cases", CollisionList(), CollisionShape, CollisionNew
    rights = {
        **dict.fromkeys(("list", "count", "retrieve"), "collisions.view"),
        "create": "collisions.create",
    }

    def shown(self, records: Any, *, many: bool = False) -> Any:
        context = {**self.get_serializer_context(), "is_list": many}
        return self.shape(records, many=many, context=context).data

    def for_shape(self, rows: Any) -> Any:
        return rows.select_related("holder_lead", "holder_customer", "claimant_lead", "claimant_customer")

    def add(
        self, *, by: User, reason: str, lead: Lead | None = None, customer: Customer | None = None
    ) -> CollisionCase:
        record = lead or customer
        if record is None or (lead is not None and customer is not None):
            message = _("Name one record: a lead or a customer.")
            raise ValidationError({"lead": ValidationError(message, code="required")})
        return collision_open(record=record, by=by, reason=reason)

    @deed("collisions.edit", body=StatementBody)
    def statement(self, record: CollisionCase, data: dict[str, Any]) -> None:
        """Say one's side of it, while the case is open; again replaces what one said."""
        collision_state(case=record, by=self.request.user, statement=data["statement"])

    @deed("collisions.edit")
    def withdraw(self, record: CollisionCase, data: dict[str, Any]) -> None:
        """Take the claim back; nothing changes hands."""
        collision_withdraw(case=record, by=self.request.user)

    @deed("collisions.decide", body=DecideBody)
    def decide(self, record: CollisionCase, data: dict[str, Any]) -> None:
        """Decide whose the customer is; the other's record and open opportunities there go to the winner."""
        collision_decide(case=record, by=self.request.user, **data)
