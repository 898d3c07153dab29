"""`/partners/` and what was agreed with them."""

from rest_framework import serializers

from leads.lists import NdaList, PartnerList
from leads.models import Nda, Partner
from salesflow.lib.api.records import standard_rights
from salesflow.lib.api.shapes import Shape
from salesflow.people.api.config_records import ConfigRecords

META = ("archived_at", "created_at", "updated_at", "version")


class PartnerShape(Shape):
    class Meta:
        model = Partner
        fields = (
            "id", "name", "kind", "credit_code", "contact_name", "email", "phone", "owner", "valid_from", "valid_until",
            *META,
        )  # fmt: skip
        read_only_fields = ("id", *META)


class PartnerResource(ConfigRecords):
    """Companies and associations that refer leads."""

    resource, spec, shape = "partners", PartnerList(), PartnerShape
    rights = standard_rights("partners")


class NdaShape(Shape):
    """Leads may be credited to the partner from `signed_on` through `expires_on`, or until `ended_on`."""

    remind_on = serializers.DateField(read_only=True, allow_null=True)

    class Meta:
        model = Nda
        fields = (
            "id", "partner", "kind", "signed_on", "expires_on", "ended_on", "survival_months", "note", "remind_days",
            "remind_on", *META,
        )  # fmt: skip
        read_only_fields = ("id", "remind_on", *META)


class NdaResource(ConfigRecords):
    """Non-disclosure agreements with partners; without one in force no lead is credited to a partner."""

    resource, spec, shape = "ndas", NdaList(), NdaShape
    rights = standard_rights("partners")
