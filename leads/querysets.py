"""Words that chain, about leads and pools."""

from typing import TYPE_CHECKING, Any, Self

from django.db.models import Q, QuerySet

if TYPE_CHECKING:
    from salesflow.people.models import User


def pool_ids_of(user: "User") -> list[int]:
    """Pools whose leads the person may browse: as member or manager; asked once per request."""
    known: list[int] | None = getattr(user, "_pool_ids", None)
    if known is None:
        from leads.models import Pool

        mine = Q(members=user) | Q(managers=user)
        known = sorted(set(Pool.objects.filter(mine, archived_at=None).values_list("pk", flat=True)))
        user._pool_ids = known  # type: ignore[attr-defined]
    return known


class LeadQuerySet(QuerySet["Lead"]):
    def visible_to(self, user: "User") -> Self:
        """Which leads this user may see; every list, page, export and count starts here.

        Those of the people in his scope, and the leads in the pools of which he is a member or manager.
        """
        if not user.may("leads.view"):
            return self.none()
        people = user.people_in_scope[user.scope("leads.view")]
        if people is None:
            return self
        pools = pool_ids_of(user)
        seen = Q(owner_id=people[0]) if len(people) == 1 else Q(owner_id__in=people)
        return self.filter(seen | Q(in_pool=True, pool_id__in=pools)) if pools else self.filter(seen)

    def current(self) -> Self:
        """Neither archived nor merged into another."""
        return self.filter(archived_at=None, merged_into=None)

    def in_scope_of(self, user: "User", right: str) -> Self:
        """Those whose owner lies within the scope of a right, pools aside."""
        people = user.people_in_scope[user.scope(right)]
        return self if people is None else self.filter(owner_id__in=people)


class PoolQuerySet(QuerySet["Pool"]):
    def visible_to(self, user: "User") -> Self:
        """Members and managers see their pools; who sees all leads sees all pools."""
        if not user.may("pools.view"):
            return self.none()
        if user.scope("leads.view") == "all" or user.may("pools.edit"):
            return self
        return self.filter(pk__in=pool_ids_of(user))

    def default(self) -> Any:
        return self.get(is_default=True)


class LeadEventQuerySet(QuerySet["LeadEvent"]):
    def visible_to(self, user: "User") -> Self:
        """Behaviour is seen with its lead; that of strangers by those who see every lead."""
        if not user.may("behaviour.view"):
            return self.none()
        if user.scope("leads.view") == "all":
            return self
        from leads.models import Lead

        return self.filter(lead__in=Lead.objects.visible_to(user).values("pk"))


class LeadImportQuerySet(QuerySet["LeadImport"]):
    def visible_to(self, user: "User") -> Self:
        """One's own imports, and those of the people in one's scope."""
        people = user.people_in_scope[user.scope("jobs.view")]
        return self if people is None else self.filter(by_id__in=people)
