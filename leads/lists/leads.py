"""How leads are listed, and what may be done to several of them."""

from collections.abc import Sequence
from functools import partial
from typing import Any, ClassVar

from django.db.models import QuerySet
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from leads import policies
from leads.filters import LeadFilters
from leads.models import (
    Lead,
)
from leads.models.lead import SEARCHED
from leads.querysets import sellers_of
from leads.services.imports.mapping import LEAD_TARGETS, NUMBER
from leads.services.reveal import MASKED, lead_veil, leads_masked_in_list
from salesflow.lib.lists import Choice, Column, Deed, ListSpec, Search, Step
from salesflow.lib.lists.lanes import Board, Move
from salesflow.lib.search import matching
from salesflow.people.models import User


def find_leads(rows: QuerySet[Lead], query: str, user: User | None = None) -> QuerySet[Lead]:
    """Leads that contain the words, in what this person may find of them; nobody (`None`) finds all."""
    veil = lead_veil(user) if user is not None else None
    return matching(rows, query, fields=SEARCHED, column="searched__search", veil=veil)


STATUS_KINDS = {
    "new": "accent",
    "assigned": "info",
    "contacted": "info",
    "qualified": "violet",
    "converted": "ok",
    "disqualified": "neutral",
}


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
SET = Deed(
    "set", _("Set a field"), "pencil", "bulk-set", allowed=lambda user: user.may("leads.edit"), to_all=True
)
CLAIM = Deed("claim", _("Claim"), "hand-grab", "leads:claim-many", allowed=policies.can_claim)


#: What the first columns of each list of leads read. Of the eighty columns of a lead a page loads those it shows, which
#: halves what the rows cost; a column it shows and does not load is asked for row by row (tests/test_query_counts.py).
NAMED = ("contact_name", "company_name", "grade", "source__name")


VERIFICATION_KINDS = {"pending": "neutral", "verified": "ok", "rejected": "bad"}


#: Fields of the lead's form that are edited in cells of their own name; what a lead is worked on by is for its deeds.
EDITED = (
    "title", "country", "region", "city", "industry", "email", "mobile", "phone", "website", "source_detail",
    "external_id", "need_fit", "decision_timeframe_days",
)  # fmt: skip


def _more(name: str, **options: Any) -> Column:
    """A column one may choose: a field of the lead under its own name."""
    label = options.pop("label", None) or capfirst(Lead._meta.get_field(name).verbose_name)
    edit = name if name in EDITED else ""
    return Column(name, label, reads=options.pop("reads", (name,)), edit=edit, **options)


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


def _may(right: str) -> Any:
    return lambda user: user.may(right)


#: A card moves by the deeds of a lead: what a deed must know is asked, and where none leads, none goes.
BOARD = Board(
    by="status",
    lanes=Lead.Status.choices,
    kinds=STATUS_KINDS,
    amount="budget",
    card=(("company_name",), ("grade", "budget"), ("owner", "first_contact_due_at")),
    moves=(
        Move("assigned", "leads:assign", _("Assign…"), ("new",), asks=True, allowed=_may("leads.assign")),
        Move("assigned", "leads:claim", _("Claim"), ("new",), allowed=policies.can_claim),
        Move("contacted", "leads:contact", _("Log a contact…"), ("assigned",), asks=True,
             allowed=_may("leads.contact")),
        Move("qualified", "leads:qualify", _("Qualify"), ("contacted",), allowed=_may("leads.qualify")),
        Move("converted", "contacts:lead-convert", _("Convert…"), ("assigned", "contacted", "qualified"), asks=True,
             allowed=_may("leads.convert")),
        Move("disqualified", "leads:disqualify", _("Disqualify…"), ("new", "assigned", "contacted", "qualified"),
             asks=True, allowed=_may("leads.disqualify")),
        Move("new", "leads:return", _("Return to the public pool…"), ("assigned", "contacted", "qualified"), asks=True,
             allowed=_may("leads.return")),
        Move("new", "leads:reopen", _("Reopen"), ("disqualified",), allowed=_may("leads.reopen")),
    ),
)  # fmt: skip


class LeadList(ListSpec):
    """Every lead one may see."""

    key, model, filterset = "leads", Lead, LeadFilters
    title, icon = _("Leads"), "user-search"
    bar = ("grade", "status", "owner", "due")
    folded = (
        "source", "channel", "pool", "industry", "country", "region", "city", "verification", "reason", "reached",
        "incomplete", "under_review", "score_min", "score_max", "budget_min", "budget_max", "created_after",
        "created_before", "follow_up_before", "tags", "followed",
    )  # fmt: skip
    columns = (
        Column(
            "contact_name",
            _("Lead"),
            kind="person",
            value=str,
            link=True,
            phone="1l",
            plain="contact_name",
            edit="contact_name",
        ),
        Column("company_name", _("Company"), kind="company", phone="2l", edit="company_name"),
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
        Column("budget", _("Budget"), kind="money", edit="budget currency"),
        Column("source", _("Source"), edit="source"),
        Column("owner", _("Owner"), kind="person", value="owner.name"),
        Column("created_at", _("Created"), kind="ago", sort="created_at", first="-"),
    )
    more_columns = (
        _more("title"), *REACHED, *PLACE,
        _more("source_detail"), _more("external_id"),
        Column("campaign", _("Campaign"), value="campaign.name", reads=("campaign__name",), edit="campaign"),
        Column("partner", _("Partner"), value="partner.name", reads=("partner__name",)),
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
    deeds = (ASSIGN, TAG, UNTAG, SET, ARCHIVE)
    exports, imports = "leads.export", True
    cell_url, edit_right = "leads:cell", "leads.edit"
    board = BOARD
    empty_title = _("No leads yet")
    empty_text = _("Leads are people and companies that may buy. Enter one, or import a file.")
    steps = (
        Step(_("New lead"), "leads:new", policies.can_create, drawer=True),
        Step(_("Import leads"), "leads:import-new", policies.can_import),
    )

    def visible(self, user: User) -> QuerySet[Lead]:
        return Lead.objects.visible_to(user)

    def listed(self, user: User, filters: LeadFilters) -> QuerySet[Lead]:
        """Leads of owners all of whose leads one sees need no second condition of seeing.

        PostgreSQL takes the two, on one column, for independent, expects a fortieth of the rows there are and
        sorts them, where an index holds them in the order of the list.
        """
        owners = filters.owners()
        if owners is not None and user.may("leads.view") and _sees_all_of(user, owners):
            return Lead.objects.all()
        return self.visible(user)

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
        fields = [_imported(name) for name in (NUMBER, *LEAD_TARGETS) if name not in hidden]
        return fields + ([] if "custom" in hidden else self.custom_columns(for_import=True))

    def found(self, rows: QuerySet[Lead], query: str, user: User) -> QuerySet[Lead]:
        return find_leads(rows, query, user)

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


def _sees_all_of(user: User, owners: set[int]) -> bool:
    people = user.people_in_scope[user.scope("leads.view")]
    return people is None or owners.issubset(people)


class PoolLeadList(LeadList):
    """What waits in the public pools one belongs to."""

    views, title, icon = "pool", _("Public pool"), "pool"
    board = None  # who waits is in one state
    imports = False
    bar = ("grade", "pool", "industry")
    columns = (
        Column(
            "contact_name",
            _("Lead"),
            kind="person",
            value=str,
            link=True,
            phone="1l",
            plain="contact_name",
            edit="contact_name",
        ),
        Column("company_name", _("Company"), kind="company", phone="2l", edit="company_name"),
        Column("grade", _("Grade"), kind="grade", phone="1r"),
        Column("score", _("Score"), kind="score", sort="score", first="-"),
        Column("industry", _("Industry"), edit="industry"),
        Column("city", _("City"), phone="2r", edit="city"),
        Column("source", _("Source"), edit="source"),
        Column("returned_count", _("Returned"), kind="number"),
        Column("pool_entered_at", _("In the pool since"), kind="ago", sort="pool_entered_at", first="-"),
    )
    # how to reach a lead is for whom claims it
    more_columns = (
        _more("title"), *PLACE[:2], _more("source_detail"),
        Column("budget", _("Budget"), kind="money", reads=("budget", "currency"), edit="budget currency"),
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

    def listed(self, user: User, filters: LeadFilters) -> QuerySet[Lead]:
        return self.visible(user)

    def tabs(self, user: User) -> list[tuple[Any, str]]:
        return [(_("Best first"), "ordering=-score"), (_("Under review"), "under_review=true")]
