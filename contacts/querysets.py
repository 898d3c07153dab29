"""Words that chain, about customers, contacts and opportunities."""

from typing import TYPE_CHECKING, Self

from django.db.models import Q, QuerySet

if TYPE_CHECKING:
    from salesflow.people.models import User


def _owned(user: "User", right: str, prefix: str = "") -> Q | None:
    """The condition for rows whose owner lies within the scope of a right; None is no row at all."""
    if not user.may(right):
        return None
    people = user.people_in_scope[user.scope(right)]
    return Q() if people is None else Q(**{f"{prefix}owner_id__in": people})


class CustomerQuerySet(QuerySet["Customer"]):
    def visible_to(self, user: "User") -> Self:
        condition = _owned(user, "customers.view")
        return self.none() if condition is None else self.filter(condition)

    def current(self) -> Self:
        return self.filter(archived_at=None)


class ContactQuerySet(QuerySet["Contact"]):
    def visible_to(self, user: "User") -> Self:
        """People are seen with their customer."""
        condition = _owned(user, "contacts.view", "customer__")
        return self.none() if condition is None else self.filter(condition)


class OpportunityQuerySet(QuerySet["Opportunity"]):
    def visible_to(self, user: "User") -> Self:
        condition = _owned(user, "opportunities.view")
        return self.none() if condition is None else self.filter(condition)


class CollisionQuerySet(QuerySet["CollisionCase"]):
    def visible_to(self, user: "User") -> Self:
        """A case is seen by its parties, by who opened it, and by those above either of the parties."""
        if not user.may("collisions.view"):
            return self.none()
        people = user.people_in_scope[user.scope("collisions.view")]
        if people is None:
            return self
        return self.filter(Q(holder_id__in=people) | Q(claimant_id__in=people) | Q(opened_by=user))
