"""Where leads come from, and the reasons people choose from."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from leads.models import Campaign, LeadSource, Nda, Partner, PartnerAgreement, Reason
from leads.services.agreements import agreement_change, agreement_create, agreement_restore
from salesflow.lib.admin.filters import ArchivedFilter
from salesflow.lib.admin.places import LEADS, Place
from salesflow.people.admin.config import ConfigPage


@admin.register(LeadSource)
class LeadSourcePage(ConfigPage):
    place, rights = Place(LEADS, "input", 10), "sources"
    fields = ("name", "channel", "kind", "requires_reachable", "cost", "currency")
    list_display = ("name", "channel", "kind", "cost", "currency", "requires_reachable", "in_use")
    list_filter = (ArchivedFilter, "channel")
    search_fields = ("name",)
    ordering = ("channel", "name")


@admin.register(Campaign)
class CampaignPage(ConfigPage):
    place, rights = Place(LEADS, "campaign", 20), "campaigns"
    fields = ("name", "source", "starts_on", "ends_on", "cost", "currency")
    list_display = ("name", "source", "starts_on", "ends_on", "cost", "currency", "in_use")
    list_select_related = ("source",)
    search_fields = ("name",)
    ordering = ("name",)


@admin.register(Partner)
class PartnerPage(ConfigPage):
    place, rights = Place(LEADS, "handshake", 30), "partners"
    fields = (
        "name",
        "kind",
        "credit_code",
        "contact_name",
        "email",
        "phone",
        "owner",
        "valid_from",
        "valid_until",
    )
    autocomplete_fields = ("owner",)
    list_display = ("name", "kind", "owner", "valid_from", "valid_until", "in_use")
    list_filter = (ArchivedFilter, "kind")
    list_select_related = ("owner",)
    search_fields = ("name",)
    ordering = ("name",)


@admin.register(Nda)
class NdaPage(ConfigPage):
    place, rights = Place(LEADS, "encrypted", 35), "partners"
    fields = (
        "partner", "kind", "signed_on", "expires_on", "ended_on", "survival_months", "remind_days", "note",
    )  # fmt: skip
    autocomplete_fields = ("partner",)
    list_display = ("partner", "kind", "signed_on", "expires_on", "ended_on", "in_use")
    list_filter = (ArchivedFilter, "kind")
    list_select_related = ("partner",)
    search_fields = ("partner__name",)
    ordering = ("-signed_on", "-pk")


@admin.register(PartnerAgreement)
class PartnerAgreementPage(ConfigPage):
    place, rights = Place(LEADS, "percent", 36), "partner_agreements"
    fields = (
        "partner", "percent", "tiers", "tier_method", "basis", "currency", "cap", "valid_from", "valid_until",
        "remind_days", "note",
    )  # fmt: skip
    autocomplete_fields = ("partner",)
    list_display = (
        "partner",
        "percent",
        "tier_method",
        "basis",
        "currency",
        "valid_from",
        "valid_until",
        "in_use",
    )
    list_filter = (ArchivedFilter, "basis")
    list_select_related = ("partner",)
    search_fields = ("partner__name",)
    ordering = ("-valid_from", "-pk")

    def record_create(self, *, by: Any, **values: Any) -> Any:
        return agreement_create(by=by, **values)

    def record_change(self, record: Any, *, by: Any, **values: Any) -> Any:
        return agreement_change(agreement=record, by=by, **values)

    def record_restore(self, record: Any, *, by: Any) -> None:
        agreement_restore(agreement=record, by=by)


@admin.register(Reason)
class ReasonPage(ConfigPage):
    """What one chooses from when a lead is disqualified or given back; figures count by the code."""

    place, rights = Place(LEADS, "rule", 40), "reasons"
    fields = ("kind", "code", "name", "position")
    list_display = ("said", "kind", "code", "position", "in_use")
    list_filter = (ArchivedFilter, "kind")
    search_fields = ("name", "code")
    ordering = ("kind", "position", "pk")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return ("kind", "code") if obj else ()

    @display(description=_("name"), ordering="name")
    def said(self, reason: Reason) -> str:
        return str(reason)
