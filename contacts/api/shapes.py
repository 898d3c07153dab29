"""Customers, contacts and opportunities as REST gives and takes them."""

from rest_framework import serializers

from contacts.models import Contact, Customer, Opportunity
from salesflow.lib.api.shapes import Body, Money, Shape

KEPT = ("id", "created_at", "updated_at", "version")


class CustomerShape(Shape):
    custom = serializers.DictField(required=False)
    allow_duplicate = serializers.BooleanField(
        write_only=True, required=False, help_text="Enter it although there is a customer of this name."
    )

    class Meta:
        model = Customer
        fields = (
            "id", "name", "is_person", "credit_code", "industry", "country", "region", "city", "website", "owner",
            "custom", "allow_duplicate", "created_at", "updated_at", "version",
        )  # fmt: skip
        read_only_fields = KEPT


class NewContactShape(Shape):
    class Meta:
        model = Contact
        fields = (
            "id", "customer", "name", "title", "email", "phone", "mobile", "created_at", "updated_at", "version",
        )  # fmt: skip
        read_only_fields = KEPT


class ContactShape(NewContactShape):
    """A person stays with the customer he was entered at."""

    class Meta(NewContactShape.Meta):
        read_only_fields = (*KEPT, "customer")


class NewOpportunityShape(Shape):
    amount = Money(required=False, allow_null=True, min_value=0)
    custom = serializers.DictField(required=False)

    class Meta:
        model = Opportunity
        fields = (
            "id", "customer", "contact", "name", "amount", "currency", "expected_close", "state", "owner",
            "custom", "created_at", "updated_at", "version",
        )  # fmt: skip
        read_only_fields = (*KEPT, "state")


class OpportunityShape(NewOpportunityShape):
    """An opportunity stays with its customer."""

    class Meta(NewOpportunityShape.Meta):
        read_only_fields = (*KEPT, "state", "customer")


class OpportunityOfLead(Body):
    """The opportunity a lead is converted into."""

    name = serializers.CharField(max_length=200)
    amount = Money(required=False, allow_null=True, min_value=0)
    currency = serializers.CharField(max_length=3, required=False, allow_blank=True)
    expected_close = serializers.DateField(required=False, allow_null=True)


class ConvertBody(Body):
    opportunity = OpportunityOfLead(required=False, allow_null=True, help_text="Left out: none is made.")
