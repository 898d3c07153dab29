"""How collisions are listed."""

from typing import Any, ClassVar

from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from contacts.collision_models import CollisionCase
from contacts.lists import people_to_choose
from salesflow.lib.lists import Column, ListSpec, Search, Step
from salesflow.lib.lists.filters import After, Before, Choices, Filters, Ids
from salesflow.people.models import User

COLLISION_KINDS = {"open": "warn", "decided": "ok", "withdrawn": "neutral"}


class PartyIs(Ids):
    """One of the two parties is this person."""

    def where(self, value: list[str | int]) -> Q:
        ids = self.ids(value)
        return Q(holder__in=ids) | Q(claimant__in=ids)


class CollisionFilters(Filters):
    state = Choices("state", choices=CollisionCase.State.choices, label=_("State"))
    outcome = Choices("outcome", choices=CollisionCase.Outcome.choices, label=_("Decision"))
    cause = Choices("cause", choices=CollisionCase.Cause.choices, label=_("Cause"))
    party = PartyIs("holder", people=True, choices=people_to_choose, label=_("Party"))
    created_after = After("created_at", label=_("Opened from"))
    created_before = Before("created_at", label=_("Opened before"))


class CollisionList(ListSpec):
    """Cases in which two people claim one customer."""

    key, model, filterset = "collision-cases", CollisionCase, CollisionFilters
    title, icon = _("Collisions"), "arrows-diff"
    bar = ("state", "party")
    orderings: ClassVar = {"created_at": "created_at", "id": "id"}
    default_ordering = "-created_at"
    search = Search(columns=("title",))
    empty_title = _("No collisions")
    empty_text = _(
        "Where two people claim one customer, a case is opened here, and a manager of both decides from the evidence."
    )
    steps = (Step(_("Open the customers"), "contacts:customers", lambda user: user.may("customers.view")),)
    columns: ClassVar = [
        Column("title", _("Customer"), kind="company", link=True, phone="1l"),
        Column("holder", _("Holder"), kind="person", phone="2l"),
        Column("claimant", _("Claimant"), kind="person", phone="2r"),
        Column("cause", _("Cause"), kind="badge"),
        Column("state", _("State"), kind="badge", phone="1r", options={"kinds": COLLISION_KINDS}),
        Column("outcome", _("Decision"), kind="badge"),
        Column("created_at", _("Opened"), kind="ago", sort="created_at", first="-"),
    ]

    def tabs(self, user: User) -> list[tuple[Any, str]]:
        return [(_("Open"), "state=open")]

    def for_page(self, rows: QuerySet[CollisionCase]) -> QuerySet[CollisionCase]:
        return rows.select_related("holder", "claimant").defer(
            "evidence", "holder_statement", "claimant_statement"
        )
