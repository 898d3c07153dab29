"""How leads and what belongs to them are listed: one declaration for page, REST and count."""

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import Any, ClassVar

from django.db.models import Q, QuerySet
from django.utils.text import capfirst
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from leads import policies
from leads.filters import DuplicatePairFilters, LeadFilters
from leads.models import (
    AssignmentRule,
    Campaign,
    DuplicatePair,
    ExampleCase,
    FirstContactPolicy,
    FormSubmission,
    Lead,
    LeadEvent,
    LeadImport,
    LeadSource,
    LeadWebhook,
    Partner,
    Pool,
    Reason,
    ScoringModel,
    VerificationItem,
    VerificationPolicy,
    WebForm,
)
from leads.models.lead import SEARCHED
from leads.querysets import sellers_of
from leads.services.imports.mapping import LEAD_TARGETS
from leads.services.reveal import MASKED, leads_masked_in_list
from salesflow.lib.lists import Choice, Column, Deed, ListSpec, Search, Step
from salesflow.lib.lists.filters import After, Before, Choices, Filters, Flag, Ids, RecordFilters, Words
from salesflow.lib.search import matching
from salesflow.lib.text.emails import email_key
from salesflow.people.lists import ConfigList
from salesflow.people.models import User


def find_leads(rows: QuerySet[Lead], query: str) -> QuerySet[Lead]:
    return matching(rows, query, fields=SEARCHED, column="searched__search")


STATUS_KINDS = {
    "new": "accent",
    "assigned": "info",
    "contacted": "info",
    "qualified": "violet",
    "converted": "ok",
    "disqualified": "neutral",
}
SUBMISSION_KINDS = {"created": "ok", "known": "info", "spam": "neutral", "rejected": "bad"}
IMPORT_KINDS = {"done": "ok", "failed": "bad", "running": "info", "needs_mapping": "warn"}


#: What the choice of a person says for the rules.
BY_RULES = "rules"


def _goes_to(user: User) -> list[tuple[str, Any]]:
    people = [(str(each.pk), each) for each in sellers_of(user, "leads.assign")]
    return [(BY_RULES, _("By the assignment rules")), *people]


ASSIGN = Deed(
    "assign", _("Assign"), "user-share", "leads:assign-many", allowed=lambda user: user.may("leads.assign"),
    choice=Choice("to", _("Assign to"), _goes_to), to_all=True,
)  # fmt: skip
TAG = Deed(
    "tag", _("Add a tag"), "plus", "bulk-start", allowed=lambda user: user.may("leads.edit"),
    choice=Choice("tag.tag", _("Tag")), to_all=True,
)  # fmt: skip
UNTAG = Deed(
    "untag", _("Remove a tag"), "x", "bulk-start", allowed=lambda user: user.may("leads.edit"),
    choice=Choice("untag.tag", _("Tag to remove")), to_all=True,
)  # fmt: skip
ARCHIVE = Deed(
    "archive", _("Archive"), "archive", "bulk-start", allowed=lambda user: user.may("leads.archive"), to_all=True
)  # fmt: skip
CLAIM = Deed("claim", _("Claim"), "hand-grab", "leads:claim-many", allowed=policies.can_claim)


#: What the first columns of each list of leads read. Of the eighty columns of a lead a page loads those it shows, which
#: halves what the rows cost; a column it shows and does not load is asked for row by row (tests/test_query_counts.py).
NAMED = ("contact_name", "company_name", "grade", "source__name")


VERIFICATION_KINDS = {"pending": "neutral", "verified": "ok", "rejected": "bad"}


def _more(name: str, **options: Any) -> Column:
    """A column one may choose: a field of the lead under its own name."""
    label = options.pop("label", None) or capfirst(Lead._meta.get_field(name).verbose_name)
    return Column(name, label, reads=options.pop("reads", (name,)), **options)


PLACE = (_more("country"), _more("region"), _more("city"), _more("industry"))


#: What tells from whom a pool hides how a lead is reached.
_TELLS_MASKED = ("in_pool", "pool_id", "pool_entered_at")
#: How a lead is reached.
REACHED = tuple(_more(name, reads=(name, *_TELLS_MASKED)) for name in ("email", "mobile", "phone", "website"))


def _unmasked(name: str, lead: Lead) -> Any:
    """A field as a file holds it that comes back; half an address would be another address."""
    return "" if name in MASKED and getattr(lead, "contacts_masked", False) else getattr(lead, name)


def _imported(name: str) -> Column:
    reads = (name, *_TELLS_MASKED) if name in MASKED else (name,)
    return Column(name, name, value=partial(_unmasked, name), reads=reads)


class LeadList(ListSpec):
    """Every lead one may see."""

    key, model, filterset = "leads", Lead, LeadFilters
    title, icon = _("Leads"), "user-search"
    bar = ("grade", "status", "owner", "due")
    folded = (
        "source", "channel", "pool", "industry", "country", "region", "city", "verification", "reason", "reached",
        "incomplete", "under_review", "score_min", "score_max", "budget_min", "budget_max", "created_after",
        "created_before", "follow_up_before", "tags",
    )  # fmt: skip
    columns = (
        Column(
            "contact_name", _("Lead"), kind="person", value=str, link=True, phone="1l", plain="contact_name"
        ),
        Column("company_name", _("Company"), kind="company", phone="2l"),
        Column("grade", _("Grade"), kind="grade"),
        Column(
            "first_contact_due_at",
            _("First contact"),
            kind="first_contact",
            sort="first_contact_due_at",
            phone="1r",
        ),
        Column("status", _("Status"), kind="badge", phone="2r", options={"kinds": STATUS_KINDS}),
        Column("score", _("Score"), kind="score", sort="score", first="-"),
        Column("budget", _("Budget"), kind="money"),
        Column("source", _("Source")),
        Column("owner", _("Owner"), kind="person", value="owner.name"),
        Column("created_at", _("Created"), kind="ago", sort="created_at", first="-"),
    )
    more_columns = (
        _more("title"), *REACHED, *PLACE,
        _more("source_detail"), _more("external_id"),
        Column("campaign", _("Campaign"), value="campaign.name", reads=("campaign__name",)),
        Column("pool", _("Pool"), value="pool.name", reads=("pool__name",)),
        _more("verification", kind="badge", options={"kinds": VERIFICATION_KINDS}),
        _more("need_fit", kind="number"), _more("decision_timeframe_days", kind="number"),
        _more("fit_score", kind="number"), _more("engagement_score", kind="number"),
        _more("returned_count", kind="number"), _more("next_follow_up_at", kind="datetime"),
        _more("last_activity_at", kind="ago"), _more("updated_at", label=_("Changed"), kind="ago"),
    )  # fmt: skip
    orderings: ClassVar = {
        "created_at": "created_at",
        "first_contact_due_at": "first_contact_due_at",
        "score": "score",
        "id": "id",
    }
    default_ordering = "-created_at"
    reads: ClassVar = (
        *NAMED, "first_contact_due_at", "first_contact_started_at", "first_contact_limit_seconds", "first_contacted_at",
        "status", "archived_at", "score", "budget", "currency", "created_at", "owner__name", "owner__email",
    )  # fmt: skip
    search = Search(find=find_leads)
    deeds = (ASSIGN, TAG, UNTAG, ARCHIVE)
    exports, imports = "leads.export", True
    empty_title = _("No leads yet")
    empty_text = _("Leads are people and companies that may buy. Enter one, or import a file.")
    steps = (
        Step(_("New lead"), "leads:new", policies.can_create, drawer=True),
        Step(_("Import leads"), "leads:import-new", policies.can_import),
    )

    def visible(self, user: User) -> QuerySet[Lead]:
        return Lead.objects.visible_to(user)

    def current(self, rows: QuerySet[Lead]) -> QuerySet[Lead]:
        return rows.filter(archived_at=None, merged_into=None)

    def for_page(self, rows: QuerySet[Lead]) -> QuerySet[Lead]:
        return self.for_columns(rows, ())

    def for_columns(self, rows: QuerySet[Lead], columns: Sequence[Column]) -> QuerySet[Lead]:
        more = [name for column in columns for name in column.reads]
        joins = {name.split("__")[0] for name in more if "__" in name}
        return rows.select_related("owner", "source", *sorted(joins)).only(*self.reads, *more)

    def for_import(self, user: User) -> Sequence[Column]:
        hidden = self.hidden(user)
        fields = [_imported(name) for name in LEAD_TARGETS if name not in hidden]
        return fields + (
            [] if "custom" in hidden else [replace(each, label=each.key) for each in self._custom()]
        )

    def complete(self, rows: list[Lead], user: User) -> None:
        """Where ways to reach leads are shown, those that a pool hides from this person are masked."""
        if rows and any(column.key in rows[0].__dict__ for column in REACHED):
            leads_masked_in_list(user, rows)

    def tabs(self, user: User) -> list[tuple[Any, str]]:
        tabs: list[tuple[Any, str]] = []
        if policies.can_hold(user):
            tabs.append((_("Mine"), "owner=me"))
        tabs += [
            (_("Due in 24 h"), "due=late,today&ordering=first_contact_due_at"),
            (_("In a public pool"), "in_pool=true"),
        ]
        return tabs


class PoolLeadList(LeadList):
    """What waits in the public pools one belongs to."""

    views, title, icon = "pool", _("Public pool"), "pool"
    imports = False
    bar = ("grade", "pool", "industry")
    columns = (
        Column(
            "contact_name", _("Lead"), kind="person", value=str, link=True, phone="1l", plain="contact_name"
        ),
        Column("company_name", _("Company"), kind="company", phone="2l"),
        Column("grade", _("Grade"), kind="grade", phone="1r"),
        Column("score", _("Score"), kind="score", sort="score", first="-"),
        Column("industry", _("Industry")),
        Column("city", _("City"), phone="2r"),
        Column("source", _("Source")),
        Column("returned_count", _("Returned"), kind="number"),
        Column("pool_entered_at", _("In the pool since"), kind="ago", sort="pool_entered_at", first="-"),
    )
    # how to reach a lead is for whom claims it
    more_columns = (
        _more("title"), *PLACE[:2], _more("source_detail"),
        Column("budget", _("Budget"), kind="money", reads=("budget", "currency")),
        Column("pool", _("Pool"), value="pool.name", reads=("pool__name",)),
        _more("fit_score", kind="number"), _more("engagement_score", kind="number"),
        _more("created_at", label=_("Created"), kind="ago"),
    )  # fmt: skip
    orderings: ClassVar = {"pool_entered_at": "pool_entered_at", "score": "score", "id": "id"}
    default_ordering = "-pool_entered_at"
    reads: ClassVar = (
        *NAMED, "score", "industry", "city", "returned_count", "pool_entered_at", "owner__name",
    )  # fmt: skip
    deeds = (CLAIM, ASSIGN)
    empty_title = _("The pool is empty")
    empty_text = _("Leads that nobody owns wait here until somebody claims them.")
    steps = (Step(_("Open my leads"), "leads:list", policies.can_hold, query="owner=me"),)

    filled: ClassVar = frozenset({"pool_entered_at"})

    def visible(self, user: User) -> QuerySet[Lead]:
        return Lead.objects.visible_to(user).filter(in_pool=True)

    def tabs(self, user: User) -> list[tuple[Any, str]]:
        return [(_("Best first"), "ordering=-score"), (_("Under review"), "under_review=true")]


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


class SourceFilters(RecordFilters):
    channel = Choices("channel", label=_("Channel"), choices=LeadSource.Channel.choices)
    kind = Choices("kind", label=_("Kind"), choices=LeadSource.Kind.choices)


class SourceList(ConfigList):
    key, model, filterset, rights = "lead-sources", LeadSource, SourceFilters, "sources"


class CampaignFilters(RecordFilters):
    source = Ids("source", label=_("Source"))


class CampaignList(ConfigList):
    key, model, filterset, rights = "campaigns", Campaign, CampaignFilters, "campaigns"


class WebFormFilters(RecordFilters):
    source = Ids("source", label=_("Source"))
    campaign = Ids("campaign", label=_("Campaign"))
    is_active = Flag("is_active", label=_("Active"))


class WebFormList(ConfigList):
    key, model, filterset, rights = "web-forms", WebForm, WebFormFilters, "web_forms"


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


class LeadWebhookList(ConfigList):
    key, model, filterset, rights = "lead-webhooks", LeadWebhook, WebFormFilters, "web_forms"


class PartnerFilters(RecordFilters):
    kind = Choices("kind", label=_("Kind"), choices=Partner.Kind.choices)
    owner = Ids("owner", label=_("Owner"), people=True)


class PartnerList(ConfigList):
    key, model, filterset, rights = "partners", Partner, PartnerFilters, "partners"


class ReasonFilters(RecordFilters):
    kind = Choices("kind", label=_("Kind"), choices=Reason.Kind.choices)


class ReasonList(ConfigList):
    key, model, filterset, rights = "lead-reasons", Reason, ReasonFilters, "reasons"
    orderings: ClassVar = {"position": ("position",), "id": "id"}
    default_ordering = "position"


class RuleFilters(RecordFilters):
    is_active = Flag("is_active", label=_("Active"))


class RuleList(ConfigList):
    key, model, filterset, rights = "assignment-rules", AssignmentRule, RuleFilters, "assignment"
    orderings: ClassVar = {"position": ("position",), "id": "id", "name": "name"}
    default_ordering = "position"


class PoolFilters(RecordFilters):
    is_default = Flag("is_default", label=_("Default"))


class PoolList(ConfigList):
    key, model, filterset, rights = "pools", Pool, PoolFilters, "pools"

    def visible(self, user: User) -> QuerySet[Pool]:
        return Pool.objects.visible_to(user)


class PolicyList(ConfigList):
    key, model, rights = "first-contact-policies", FirstContactPolicy, "policies"
    orderings: ClassVar = {"grade": "grade", "id": "id"}
    default_ordering = "grade"
    search = None


class VerificationItemList(ConfigList):
    key, model, rights = "verification-items", VerificationItem, "policies"
    orderings: ClassVar = {"position": ("position",), "id": "id"}
    default_ordering = "position"


class VerificationPolicyList(ConfigList):
    key, model, rights = "verification-policies", VerificationPolicy, "policies"
    orderings: ClassVar = {"id": "id"}
    default_ordering = "id"
    search = None


class MailboxIs(Words):
    """An address in any spelling that means the same mailbox."""

    def where(self, value: list[str]) -> Q:
        return super().where([email_key(text) or text for text in value])


class LeadEventFilters(Filters):
    lead = Ids("lead", label=_("Lead"))
    visitor = Words("visitor", label=_("Visitor"))
    email = MailboxIs("email_key", label=_("E-mail"))
    kind = Choices("kind", label=_("Kind"), choices=LeadEvent.Kind.choices)
    event_id = Words("event_id", label=_("Event id"))
    occurred_after = After("occurred_at", label=_("Took place from"))
    occurred_before = Before("occurred_at", label=_("Took place before"))


class LeadEventList(ListSpec):
    key, model, filterset = "lead-events", LeadEvent, LeadEventFilters
    orderings: ClassVar = {"id": "id"}


class ScoringModelFilters(RecordFilters):
    name = Words("name", label=_("Name"))
    status = Choices("status", label=_("Status"), choices=ScoringModel.Status.choices)
    source = Ids("source", label=_("Source"))


class ScoringModelList(ConfigList):
    key, model, filterset, rights = "scoring-models", ScoringModel, ScoringModelFilters, "scoring"
    orderings: ClassVar = {"name": ("name", "number"), "id": "id", "created_at": "created_at"}
    default_ordering = "-id"
