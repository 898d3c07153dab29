"""What leads may be narrowed by: one set for pages, REST, counts, saved views and, later, exports."""

from datetime import timedelta
from typing import Any

from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from leads.happened import Answered, Claimed, Missed, PeopleOf, Reached, Returned
from leads.models import DuplicatePair, Grade, Lead, LeadSource, Pool, Reason, Verification
from leads.querysets import WAITING, pool_ids_seen_by, sellers_of
from leads.services.reveal import masked_from
from salesflow.lib.lists.filters import (
    After,
    AtLeast,
    AtMost,
    Before,
    Choices,
    Exactly,
    Filters,
    Flag,
    Holds,
    Ids,
    IsSet,
    Words,
)
from salesflow.lib.text.emails import email_key
from salesflow.people.models import User
from salesflow.people.services.config import configured, shown_revision
from salesflow.work.filters import Followed


def people_offered(user: User) -> list[tuple[int, str]]:
    """The people a page's owner filter offers: those whose leads one sees."""
    return [(person.pk, str(person)) for person in sellers_of(user, "leads.view")]


def pools_offered(user: User) -> list[tuple[int, str]]:
    seen = pool_ids_seen_by(user)
    names = _names("leads.pool_names", Pool)
    return [(pk, _(name)) for pk, name in names if seen is None or pk in seen]


def sources_offered(user: User) -> list[tuple[int, str]]:
    return [(pk, _(name)) for pk, name in _names("leads.source_names", LeadSource)]


def reasons_offered(user: User) -> list[tuple[int, str]]:
    return [(pk, _(name)) for pk, name in _names("leads.reason_names", Reason)]


def _names(key: str, model: type[Pool] | type[LeadSource] | type[Reason]) -> list[tuple[int, str]]:
    """The names of what is in use, kept in the process until the configuration changes."""

    def read() -> list[tuple[int, str]]:
        return list(
            model._default_manager.filter(archived_at=None).order_by("name").values_list("pk", "name")
        )

    return configured(key, read, revision=shown_revision())


class EmailIs(Words):
    """An address in any spelling that means the same mailbox; of leads whose addresses are masked it finds none."""

    def where(self, value: list[str]) -> Q:
        keys = [email_key(text) or text.lower() for text in value]
        return self._readable(Q(email_key__in=keys) | Q(email__in=value))

    def like(self, value: str) -> Q:
        return self._readable(super().like(value))

    def _readable(self, wanted: Q) -> Q:
        masked = masked_from(self.parent.user)
        return wanted if masked is None else wanted & ~masked


class DueState(Choices):
    """Where a lead stands against its first-contact limit: `late`, `today` (within 24 hours) or `open`."""

    def __init__(self, **kwargs: Any) -> None:
        words = [("late", _("Late")), ("today", _("Due within 24 h")), ("open", _("Waiting"))]
        super().__init__("first_contact_due_at", choices=words, **kwargs)

    def where(self, value: list[str]) -> Q:
        soon = Now() + timedelta(hours=24)
        states = {
            "late": WAITING & Q(first_contact_due_at__lte=Now()),
            "today": WAITING & Q(first_contact_due_at__gt=Now(), first_contact_due_at__lte=soon),
            "open": WAITING,
        }
        wanted = Q()
        for word in value:
            wanted |= states[word]
        return wanted


class LeadFilters(Filters):
    grade = Choices("grade", label=_("Grade"), choices=Grade.choices)
    status = Choices("status", label=_("Status"), choices=Lead.Status.choices)
    owner = Ids("owner", label=_("Owner"), people=True, choices=people_offered)
    due = DueState(label=_("First contact"))
    source = Ids("source", label=_("Source"), choices=sources_offered)
    channel = Choices("source__channel", label=_("Channel"), choices=LeadSource.Channel.choices)
    source_kind = Choices("source__kind", label=_("Kind of source"), choices=LeadSource.Kind.choices)
    campaign = Ids("campaign", label=_("Campaign"))
    partner = Ids("partner", label=_("Partner"))
    in_pool = Flag("in_pool", label=_("In a public pool"))
    pool = Ids("pool", label=_("Public pool"), choices=pools_offered)
    under_review = Flag("under_review", label=_("Under review"))
    verification = Choices("verification", label=_("Verification"), choices=Verification.choices)
    industry = Words("industry", label=_("Industry"))
    country = Words("country", label=_("Country"))
    region = Words("region", label=_("Province or state"))
    city = Words("city", label=_("City"))
    tags = Holds("tags", label=_("Tags"))
    incomplete = Flag("incomplete", label=_("Cannot be reached"))
    company_name = Words("company_name", label=_("Company"))
    contact_name = Words("contact_name", label=_("Contact"))
    title = Words("title", label=_("Position"))
    email = EmailIs("email_key", label=_("E-mail"))
    external_id = Words("external_id", label=_("External id"))
    source_detail = Words("source_detail", label=_("Source detail"))
    outcome = Exactly("outcome", label=_("Known outcome"))
    score = Exactly("score", label=_("Score"))
    score_min = AtLeast("score", label=_("Score from"))
    score_max = AtMost("score", label=_("Score to"))
    budget_min = AtLeast("budget", label=_("Budget from"))
    budget_max = AtMost("budget", label=_("Budget to"))
    returned_count = Exactly("returned_count", label=_("Returned"))
    returned_min = AtLeast("returned_count", label=_("Returned at least"))
    contacted = IsSet("first_contacted_at", label=_("Contacted"))
    created_after = After("created_at", label=_("Created from"))
    created_before = Before("created_at", label=_("Created before"))
    updated_after = After("updated_at", label=_("Changed from"))
    updated_before = Before("updated_at", label=_("Changed before"))
    converted_after = After("converted_at", label=_("Converted from"))
    converted_before = Before("converted_at", label=_("Converted before"))
    due_after = After("first_contact_due_at", label=_("Due from"))
    due_before = Before("first_contact_due_at", label=_("Due before"))
    follow_up_before = Before("next_follow_up_at", label=_("Follow-up before"))
    lead_import = Ids("imported_by", label=_("Import"))
    reason = Ids("disqualify_reason", label=_("Reason"), choices=reasons_offered)
    reached = Reached(label=_("Ever reached"))
    claimed = Claimed("started_at", label=_("Claimed between"))
    returned = Returned("ended_at", label=_("Returned between"))
    answered = Answered("started_at", label=_("Contacted after an assignment between"))
    missed = Missed("started_at", label=_("First contact not in time, begun between"))
    followed = Followed(label=_("Followed by me"))
    by_people = PeopleOf("owner", label=_("Whose deeds"), people=True, choices=people_offered)

    def owners(self) -> set[int] | None:
        """The owners whose leads the list is asked for, and no others; None where it is not narrowed to such."""
        asked = self.form.cleaned_data.get("owner")
        if not asked or "none" in asked:
            return None
        return set(self.filters["owner"].ids(asked))


class EitherIs(Ids):
    """One of the two leads of a pair has this owner, import or id; `field_name` is the column of a lead."""

    def where(self, value: list[str | int]) -> Q:
        ids = self.ids(value)
        wanted = Q(**{f"first__{self.field_name}__in": ids}) | Q(**{f"second__{self.field_name}__in": ids})
        if "none" in value:
            empty = {f"first__{self.field_name}__isnull": True}, {f"second__{self.field_name}__isnull": True}
            wanted |= Q(**empty[0]) | Q(**empty[1])
        return wanted


class DuplicatePairFilters(Filters):
    state = Choices("state", label=_("State"), choices=DuplicatePair.State.choices)
    reason = Choices("reason", label=_("Why"), choices=DuplicatePair.Reason.choices)
    owner = EitherIs("owner", label=_("Owner"), people=True)
    lead = EitherIs("pk", label=_("Lead"))
    lead_import = EitherIs("imported_by", label=_("Import"))
    score_min = AtLeast("score", label=_("Likeness from"))
    score_max = AtMost("score", label=_("Likeness to"))
    found_after = After("found_at", label=_("Found from"))
    found_before = Before("found_at", label=_("Found before"))
