"""Lists of what belongs to leads: imports, possible duplicates, example cases, what strangers sent."""

from typing import Any, ClassVar

from django.db.models import QuerySet
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from leads import policies
from leads.filters import DuplicatePairFilters
from leads.models import (
    DuplicatePair,
    ExampleCase,
    FormSubmission,
    Lead,
    LeadImport,
)
from salesflow.lib.lists import Column, Deed, ListSpec, Search, Step
from salesflow.lib.lists.filters import After, Before, Choices, Filters, Ids, RecordFilters, Words
from salesflow.people.models import User

SUBMISSION_KINDS = {"created": "ok", "known": "info", "spam": "neutral", "rejected": "bad"}
IMPORT_KINDS = {"done": "ok", "failed": "bad", "running": "info", "needs_mapping": "warn"}


class LeadImportFilters(RecordFilters):
    status = Choices("status", label=_("Status"), choices=LeadImport.Status.choices)
    source = Ids("source", label=_("Source"))
    by = Ids("by", label=_("Uploaded by"), people=True)


class LeadImportList(ListSpec):
    key, model, filterset = "lead-imports", LeadImport, LeadImportFilters
    title, icon = _("Imports"), "file-import"
    columns = (
        Column("filename", _("File"), link=True, phone="1l"),
        Column("status", _("Status"), kind="badge", phone="1r", options={"kinds": IMPORT_KINDS}),
        Column("created", _("Created"), kind="number", phone="2l"),
        Column("merged", _("Merged"), kind="number"),
        Column("skipped", _("Skipped"), kind="number"),
        Column("rejected", _("Rejected"), kind="number"),
        Column("by", _("Uploaded by"), kind="person", value="by.name"),
        Column("created_at", _("Uploaded"), kind="datetime", phone="2r"),
    )
    exports = "jobs.export"
    empty_title = _("No imports yet")
    empty_text = _("A file of leads (CSV or XLSX) comes in here, each row accounted for.")
    steps = (Step(_("Import leads"), "leads:import-new", policies.can_import),)
    orderings: ClassVar = {"id": "id", "created_at": "id"}
    default_ordering = "-id"

    def visible(self, user: User) -> QuerySet[LeadImport]:
        return LeadImport.objects.visible_to(user)

    def for_page(self, rows: QuerySet[LeadImport]) -> QuerySet[LeadImport]:
        return rows.select_related("by", "source")


class DuplicatePairList(ListSpec):
    """Leads that may be one, for who sees both; most alike first."""

    key, model, filterset = "duplicate-pairs", DuplicatePair, DuplicatePairFilters
    title, icon = _("Possible duplicates"), "copy"
    bar = ("reason", "score_min")
    folded = ("state", "score_max", "found_after", "found_before")
    columns = (
        Column("first", _("Lead"), kind="person", value=lambda pair: str(pair.first), link=True, phone="1l"),
        Column("second", _("Other lead"), kind="person", value=lambda pair: str(pair.second), phone="2l"),
        Column("score", _("Likeness"), kind="score", sort="score", first="-", phone="1r"),
        Column("reason", _("Why"), kind="alike", phone="2r"),
        Column("first_company", _("Company"), value="first.company_name"),
        Column("first_owner", _("Owner"), kind="person", value=lambda pair: pair.first.owner),
        Column("second_owner", _("Other owner"), kind="person", value=lambda pair: pair.second.owner),
        Column("found_at", _("Found"), kind="ago"),
    )
    orderings: ClassVar = {"score": "score", "id": "id"}
    default_ordering = "-score"
    opens_with = "state=open"
    exports = "leads.export"
    empty_title = _("No possible duplicates")
    empty_text = _(
        "All leads are compared with each other every night; those that may be one wait here for a decision."
    )

    def tabs(self, user: User) -> list[tuple[Any, str]]:
        return [(label, f"state={value}") for value, label in DuplicatePair.State.choices]

    def current(self, rows: QuerySet[DuplicatePair]) -> QuerySet[DuplicatePair]:
        return rows.current()  # type: ignore[attr-defined]

    def for_page(self, rows: QuerySet[DuplicatePair]) -> QuerySet[DuplicatePair]:
        return rows.select_related("first__owner", "second__owner").only(
            "score", "reason", "parts", "state", "found_at",
            *(f"{side}__{name}" for side in ("first", "second")
              for name in ("contact_name", "company_name", "owner__name", "owner__email")),
        )  # fmt: skip


class ExampleCaseFilters(RecordFilters):
    lead = Ids("lead", label=_("Lead"))
    keeper = Ids("keeper", label=_("Kept by"), people=True)
    industry = Words("lead__industry", label=_("Industry"))
    review_before = Before("next_review_at", label=_("Review before"))


class ExampleCaseList(ListSpec):
    """Won leads told for others."""

    key, model, filterset = "example-cases", ExampleCase, ExampleCaseFilters
    title, icon = _("Example cases"), "award"
    bar = ("industry", "review_before")
    columns = (
        Column("title", _("Case"), link=True, phone="1l"),
        Column("company", _("Company"), kind="company", value="lead.company_name", phone="2l"),
        Column("industry", _("Industry"), value="lead.industry"),
        Column("keeper", _("Kept by"), kind="person", value="keeper.name", phone="2r"),
        Column("next_review_at", _("Next review"), kind="ago", phone="1r"),
        Column("created_at", _("Marked"), kind="ago", sort="created_at", first="-"),
    )
    orderings: ClassVar = {"created_at": "created_at", "id": "id"}
    default_ordering = "-created_at"
    search = Search(columns=("title", "what_worked", "lessons"))
    exports = "cases.export"
    empty_title = _("No example cases yet")
    empty_text = _("Mark a converted lead as an example, so that others can do it again.")
    steps = (
        Step(
            _("Open converted leads"),
            "leads:list",
            lambda user: user.may("cases.create"),
            query="status=converted",
        ),
    )

    def for_page(self, rows: QuerySet[ExampleCase]) -> QuerySet[ExampleCase]:
        return rows.select_related("lead", "keeper")


def _of_nobody(sent: FormSubmission) -> str:
    """Why something became no lead."""
    return gettext("A field that no person sees was filled in") if sent.result == "spam" else sent.reason


class SubmissionFilters(Filters):
    form = Ids("form", label=_("Web form"))
    webhook = Ids("webhook", label=_("Inbound webhook"))
    result = Choices("result", label=_("Result"), choices=FormSubmission.Result.choices)
    lead = Ids("lead", label=_("Lead"))
    received_after = After("received_at", label=_("Received from"))
    received_before = Before("received_at", label=_("Received before"))


class SubmissionList(ListSpec):
    """What came by web forms and inbound webhooks, and what became of it."""

    key, model, filterset = "form-submissions", FormSubmission, SubmissionFilters
    title, icon = _("Submissions"), "forms"
    bar = ("result",)
    columns = (
        Column("received_at", _("Received"), kind="datetime", phone="1r"),
        Column("via", _("Form or webhook"), value=lambda sent: str(sent.form or sent.webhook), phone="1l"),
        Column("page_url", _("From page")),
        Column("result", _("Result"), kind="badge", options={"kinds": SUBMISSION_KINDS}, phone="2r"),
        Column("lead", _("Lead"), kind="person", value="seen_lead", link=True, phone="2l"),
        Column("reason", _("Reason"), value=_of_nobody),
    )
    orderings: ClassVar = {"id": "id", "received_at": "id"}
    deeds = (
        Deed("retry", _("Take up again"), "reload", "leads:submissions-retry", policies.can_manage_web_forms),
    )
    empty_title = _("Nothing was sent yet")
    empty_text = _(
        "What strangers send by your web forms, and platforms by webhooks, is counted here, each once."
    )

    def for_page(self, rows: QuerySet[FormSubmission]) -> QuerySet[FormSubmission]:
        return rows.select_related("form", "webhook").defer("body", "values")

    def complete(self, rows: list[Any], user: Any) -> None:
        """The lead it became, where the person may see it."""
        seen = Lead.objects.visible_to(user).in_bulk({sent.lead_id for sent in rows if sent.lead_id})
        for sent in rows:
            sent.seen_lead = seen.get(sent.lead_id)

    def row_url(self, row: Any) -> str:
        return row.seen_lead.get_absolute_url() if row.seen_lead else ""

    def tabs(self, user: User) -> list[tuple[Any, str]]:
        return [(label, f"result={value}") for value, label in FormSubmission.Result.choices]
