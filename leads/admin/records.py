"""Leads, who had them, and the files they came in: to be looked at, never to be changed here."""

from typing import ClassVar

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import AutocompleteSelectFilter, RelatedDropdownFilter

from leads.models import Lead, LeadImport, Ownership
from leads.models.lead import SEARCHED
from salesflow.lib.admin.pages import LookingPage
from salesflow.lib.admin.places import RECORDS, Place

NUMBER = _("Number of the lead")


@admin.register(Lead)
class LeadPage(LookingPage):
    """As it stands in the table; work on it is done on its own page."""

    place = Place(RECORDS, "person_search", 20)
    list_display = ("id", "contact_name", "company_name", "status", "grade", "owner", "source", "made")
    list_display_links = ("id", "contact_name", "company_name")
    list_filter = (("owner", AutocompleteSelectFilter), ("pool", RelatedDropdownFilter))
    list_filter_submit = True
    list_select_related = ("owner", "source")
    fragments, fragments_column = SEARCHED, "searched__search"
    search_help_text = _("Part of a name, a company, an address or a number")
    fieldsets = (
        (None, {"fields": (
            "contact_name", "company_name", "title", "email", "phone", "mobile", "website", "credit_code", "industry",
            "country", "region", "city",
        )}),
        (_("State"), {"fields": (
            "status", "verification", "owner", "owned_since", "pool", "in_pool", "pool_entered_at", "protected_until",
            "under_review", "returned_count", "disqualify_reason", "disqualified_at", "converted_at", "put_away",
        )}),
        (_("First contact and follow-up"), {"fields": (
            "first_contact_started_at", "first_contact_limit_seconds", "first_contact_due_at", "first_contacted_at",
            "next_follow_up_at", "last_activity_at", "idle_due_at",
        )}),
        (_("Score"), {"fields": (
            "score", "fit_score", "engagement_score", "grade", "scoring_model", "scored_at",
        )}),
        (_("Need"), {"fields": (
            "budget", "currency", "decision_timeframe_days", "need", "need_fit", "tags", "custom", "behaviour",
            "outcome",
        )}),
        (_("Where from"), {"fields": (
            "source", "source_detail", "campaign", "partner", "external_id", "entered_via", "created_by",
            "imported_by", "import_row", "page_url", "flags", "incomplete", "made",
        )}),
    )  # fmt: skip

    def get_ordering(self, request: HttpRequest) -> tuple[str, ...]:
        """As the index of what is filtered by has them."""
        return ("-pool_entered_at", "-id") if "pool__id__exact" in request.GET else ("-created_at", "-id")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Lead]:
        rows = super().get_queryset(request)
        return rows.filter(in_pool=True) if "pool__id__exact" in request.GET else rows


@admin.register(Ownership)
class OwnershipPage(LookingPage):
    """Who had which lead from when to when, and why it ended."""

    place, has_history = Place(RECORDS, "swap_horiz", 30), False
    list_display = ("lead", "owner", "via", "started_at", "first_contacted_at", "ended_at", "end_reason")
    list_filter = (("owner", AutocompleteSelectFilter),)
    list_filter_submit = True
    list_select_related = ("lead", "owner")
    number_column = "lead_id"
    search_help_text = NUMBER
    ordering: ClassVar = ("-pk",)
    fields = (
        "lead", "owner", "via", "by", "pool", "started_at", "first_contacted_at", "ended_at", "end_reason",
        "end_detail",
    )  # fmt: skip


@admin.register(LeadImport)
class LeadImportPage(LookingPage):
    """Files and what became of their rows; the report with the rejected ones is the import's own page."""

    place = Place(RECORDS, "upload_file", 40)
    list_display = ("filename", "status", "total", "created", "merged", "skipped", "rejected", "by", "made")
    list_filter = (("by", AutocompleteSelectFilter),)
    list_filter_submit = True
    list_select_related = ("by",)
    ordering: ClassVar = ("-pk",)
    fields = (
        "filename", "size", "encoding", "delimiter", "sheet", "source", "campaign", "on_duplicate", "assignment",
        "mapping", "status", "error", "total", "processed", "created", "merged", "skipped", "rejected", "by", "made",
        "started_at", "finished_at", "undone_at",
    )  # fmt: skip
