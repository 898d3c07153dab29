"""Customers and open opportunities as kinds of records that are handed over."""

from collections.abc import Callable, Sequence
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from contacts import policies
from contacts.models import Customer, Opportunity
from salesflow.journal.services import EventDraft, record_many
from salesflow.lib.records import touched
from salesflow.people.models import User
from salesflow.work.handover import HandoverKind, HandoverResult, Move, Subject, register_handover


def _customers(person: User) -> QuerySet[Customer]:
    return Customer.objects.current().filter(owner=person)


def _opportunities(person: User) -> QuerySet[Opportunity]:
    return Opportunity.objects.filter(owner=person, state=Opportunity.State.OPEN, archived_at=None)


def _recipients(right: str) -> Callable[[User], list[User]]:
    """Active people within the scope of the right who see records of this kind at all."""

    def able(by: User) -> list[User]:
        people = by.people_in_scope[by.scope(right)]
        rows = User.objects.active().order_by("name", "pk").prefetch_related("roles")
        view = f"{right.partition('.')[0]}.view"
        found = rows if people is None else rows.filter(pk__in=people)
        return [user for user in found if _sees(user, view)]

    return able


def _sees(user: User, right: str) -> bool:
    # the roles are there already
    user.__dict__["held_roles"] = list(user.roles.all())
    return user.may(right)


def _moved(
    move: Move, rows: QuerySet[Any], right: str, may_edit: Callable[[User, Any], bool], event: str
) -> Any:
    """Give the records to their new owners with a statement per owner; an answer for each."""
    held = rows.filter(pk__in=move.given).order_by("pk").select_for_update(of=("self",), no_key=True)
    found = {each.pk: each for each in held}
    results, moved = [], []
    for id_, to in move.given.items():
        if id_ not in found:
            results.append(HandoverResult(id_, "changed_since", _("This record went elsewhere meanwhile.")))
        elif not (to.is_active and may_edit(move.by, found[id_]) and policies.can_own(move.by, right, to.pk)):
            results.append(
                HandoverResult(id_, "forbidden", _("You may not give this record to this person."))
            )
        else:
            moved.append((id_, to))
            results.append(HandoverResult(id_))
    for to in {to.pk: to for _id, to in moved}.values():
        mine = [id_ for id_, other in moved if other == to]
        rows.model._default_manager.filter(pk__in=mine).update(owner=to, **touched())
    data = {"fields": ["owner"], "handover": move.handover_id}
    record_many(
        EventDraft(
            event, rows.model._meta.label_lower, id_, move.by.pk, data,
            {"changes": {"owner": [move.person.pk, to.pk]}},
        )
        for id_, to in moved
    )  # fmt: skip
    return results


def customers_hand_over(move: Move) -> list[HandoverResult]:
    """Give the customers of one person to others."""
    rows, event = _customers(move.person), "contacts.customer_edited"
    return _moved(move, rows, "customers.edit", policies.can_edit_customer, event)


def opportunities_hand_over(move: Move) -> list[HandoverResult]:
    """Give the open opportunities of one person to others; won and lost ones stay his, as what he did."""
    rows, event = _opportunities(move.person), "contacts.opportunity_edited"
    return _moved(move, rows, "opportunities.edit", policies.can_edit_opportunity, event)


def _at_customer(ids: Sequence[int]) -> dict[int, Subject]:
    """An opportunity goes with its customer."""
    rows = Opportunity.objects.filter(pk__in=ids).values_list("pk", "customer_id")
    return {pk: ("contacts.customer", customer) for pk, customer in rows}


def register_all() -> None:
    register_handover(
        HandoverKind(
            "customers", gettext_lazy("Customers"), "contacts.customer", 20, _customers,
            _recipients("customers.edit"), customers_hand_over,
        ),
        HandoverKind(
            "opportunities", gettext_lazy("Opportunities"), "contacts.opportunity", 30, _opportunities,
            _recipients("opportunities.edit"), opportunities_hand_over, _at_customer,
        ),
    )  # fmt: skip
