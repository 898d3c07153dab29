"""`/partners/` and what was agreed with them."""

from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from rest_framework import serializers
from rest_framework.response import Response

from leads.lists import AgreementList, NdaList, PartnerList
from leads.models import Nda, Partner, PartnerAgreement
from leads.models.agreement import MOST_REVENUE, MOST_TIERS
from leads.services.agreements import agreement_change, agreement_create, agreement_restore
from leads.shares import bands_of, share_of
from salesflow.lib.api.records import reading, standard_rights
from salesflow.lib.api.shapes import Body, Money, Shape
from salesflow.people.api.config_records import ConfigRecords
from salesflow.people.models import User

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


class TierShape(Body):
    """From this revenue of a period on, so many percent."""

    since = serializers.CharField(max_length=20)
    percent = serializers.CharField(max_length=10)


class AgreementShape(Shape):
    """A revenue share: `percent`, or `tiers` with their `tier_method`, which is required: the same table pays very
    different sums by each. `cap` is the most in a period."""

    tiers = TierShape(many=True, required=False, max_length=MOST_TIERS)
    cap = Money(required=False, allow_null=True)
    remind_on = serializers.DateField(read_only=True, allow_null=True)

    class Meta:
        model = PartnerAgreement
        fields = (
            "id", "partner", "percent", "tiers", "tier_method", "basis", "currency", "cap", "valid_from", "valid_until",
            "note", "remind_days", "remind_on", *META,
        )  # fmt: skip
        read_only_fields = ("id", "remind_on", *META)


class BandShape(Body):
    """So much of the revenue, at this rate, makes so much."""

    since = Money()
    amount = Money()
    percent = serializers.DecimalField(max_digits=5, decimal_places=2)
    share = Money()


class ShareShape(Body):
    """What the agreement pays for a period's revenue, capped and rounded; `bands` say how it comes about."""

    revenue = Money()
    share = serializers.CharField()
    currency = serializers.CharField()
    bands = BandShape(many=True)


class AgreementResource(ConfigRecords):
    """Revenue-share agreements with partners, one at a time for each."""

    resource, spec, shape = "partner-agreements", AgreementList(), AgreementShape
    rights = standard_rights("partner_agreements")

    def add(self, *, by: User, **values: Any) -> PartnerAgreement:
        return agreement_create(by=by, **values)

    def change(self, record: PartnerAgreement, *, by: User, **values: Any) -> PartnerAgreement:
        return agreement_change(agreement=record, by=by, **values)

    def unarchive(self, record: PartnerAgreement, *, by: User) -> None:
        agreement_restore(agreement=record, by=by)

    @reading("partner_agreements.view", answers=ShareShape)
    def share(self, record: PartnerAgreement) -> Response:
        """What it pays for the revenue (`?revenue=`) of a period."""
        revenue = revenue_read(self.request.query_params.get("revenue", ""))
        terms = record.terms
        bands = [
            {
                "since": band.since,
                "amount": band.amount,
                "percent": band.percent,
                "share": round(band.share, 2),
            }
            for band in bands_of(revenue, terms)
        ]
        found = {"revenue": revenue, "share": f"{share_of(revenue, terms):f}", "currency": record.currency}
        return Response(ShareShape({**found, "bands": bands}).data)


def revenue_read(text: str) -> Decimal:
    """An amount of revenue from an address. Raises ValidationError."""
    try:
        return serializers.DecimalField(16, 2, min_value=Decimal(0), max_value=MOST_REVENUE).run_validation(
            text
        )
    except serializers.ValidationError:
        words = _("An amount of money is needed here.")
        raise ValidationError({"revenue": ValidationError(words, code="invalid")}) from None
