"""Customers, contacts and opportunities as REST gives and takes them."""

from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from contacts.models import Contact, Customer, Opportunity
from contacts.services.credit import credits_of
from salesflow.lib.api.shapes import Body, Money, Ref, Shape
from salesflow.people.models import User

KEPT = ("id", "created_at", "updated_at", "version")


class CustomerShape(Shape):
    custom = serializers.DictField(required=False)
    allow_duplicate = serializers.BooleanField(
        write_only=True, required=False, help_text="Enter it although there is a customer of this name."
    )

    class Meta:
        model = Customer
        fields = (
            "id", "external_id", "name", "is_person", "credit_code", "industry", "country", "region", "city", "website",
            "owner", "custom", "allow_duplicate", "created_at", "updated_at", "version",
        )  # fmt: skip
        read_only_fields = KEPT


class NewContactShape(Shape):
    class Meta:
        model = Contact
        fields = (
            "id", "external_id", "customer", "name", "title", "email", "phone", "mobile", "created_at", "updated_at",
            "version",
        )  # fmt: skip
        read_only_fields = KEPT


class ContactShape(NewContactShape):
    """A person stays with the customer he was entered at."""

    class Meta(NewContactShape.Meta):
        read_only_fields = (*KEPT, "customer")


class CreditShape(serializers.Serializer):
    """A person's part of the credit; the amounts of all parts make that of the opportunity."""

    user = serializers.IntegerField(source="user.pk")
    percent = serializers.DecimalField(max_digits=5, decimal_places=2)
    amount = Money(allow_null=True)


class NewOpportunityShape(Shape):
    amount = Money(required=False, allow_null=True, min_value=0)
    custom = serializers.DictField(required=False)
    credit_splits = serializers.SerializerMethodField()

    class Meta:
        model = Opportunity
        fields = (
            "id", "external_id", "customer", "contact", "name", "amount", "currency", "expected_close", "state",
            "owner", "custom", "credit_splits", "created_at", "updated_at", "version",
        )  # fmt: skip
        read_only_fields = (*KEPT, "state")

    @extend_schema_field(CreditShape(many=True))
    def get_credit_splits(self, opportunity: Opportunity) -> list[dict[str, Any]]:
        return CreditShape(credits_of(opportunity), many=True).data


class OpportunityShape(NewOpportunityShape):
    """An opportunity stays with its customer."""

    class Meta(NewOpportunityShape.Meta):
        read_only_fields = (*KEPT, "state", "customer")


class PartBody(Body):
    user = Ref(queryset=User.objects.active())
    percent = serializers.DecimalField(max_digits=5, decimal_places=2)


class CreditBody(Body):
    """Who gets which part; each person once, and 100 percent in all."""

    parts = PartBody(many=True)

    def validate_parts(self, parts: list[dict[str, Any]]) -> dict[User, Decimal]:
        found = {part["user"]: part["percent"] for part in parts}
        if len(found) < len(parts):
            raise serializers.ValidationError(_("Name each person once."), code="twice")
        return found


class OpportunityOfLead(Body):
    """The opportunity a lead is converted into."""

    name = serializers.CharField(max_length=200)
    amount = Money(required=False, allow_null=True, min_value=0)
    currency = serializers.CharField(max_length=3, required=False, allow_blank=True)
    expected_close = serializers.DateField(required=False, allow_null=True)


class ConvertBody(Body):
    opportunity = OpportunityOfLead(required=False, allow_null=True, help_text="Left out: none is made.")
