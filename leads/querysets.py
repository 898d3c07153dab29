"""Words that chain, about leads and pools."""

from typing import TYPE_CHECKING, Any, Self

from django.db.models import Q, QuerySet

if TYPE_CHECKING:
    from datetime import date

    from salesflow.people.models import User

#: Leads whose first contact somebody owes: countdowns stop at contact, and where nobody works.
WAITING = Q(status="assigned", first_contacted_at=None, first_contact_due_at__isnull=False, archived_at=None)

#: Web forms whose sites' visits are followed.
FOLLOWING_VISITS = Q(is_active=True, tracks_visits=True, archived_at=None)


def pool_ids_of(user: "User") -> list[int]:
    """Pools whose leads the person may browse: as member or manager; asked once per request."""
    return list(_pools_of(user))


def masking_pool_ids_of(user: "User") -> set[int]:
    """Those of `pool_ids_of` that mask how their leads are reached."""
    return {pk for pk, masks in _pools_of(user).items() if masks}


def _pools_of(user: "User") -> dict[int, bool]:
    """The pools one may browse, by id, with whether they mask; asked once per request."""
    known: dict[int, bool] | None = getattr(user, "_pools_seen", None)
    if known is None:
        from leads.models import Pool

        mine = Q(members=user) | Q(managers=user)
        rows = Pool.objects.filter(mine, archived_at=None).values_list("pk", "mask_contacts")
        known = dict(sorted(set(rows)))
        user._pools_seen = known  # type: ignore[attr-defined]
    return known


def managed_pool_ids_of(user: "User") -> set[int]:
    """Pools the person manages by name; asked once per request."""
    known: set[int] | None = getattr(user, "_managed_pool_ids", None)
    if known is None:
        from leads.models import Pool

        known = set(Pool.objects.filter(managers=user).values_list("pk", flat=True))
        user._managed_pool_ids = known  # type: ignore[attr-defined]
    return known


def sellers_of(user: "User", right: str) -> list["User"]:
    """Who sells within the scope of a right, by name; asked once per scope and request."""
    from salesflow.people.models import User

    scope = user.scope(right)
    known: dict[str, list[User]] = user.__dict__.setdefault("_sellers", {})
    if scope not in known:
        people, rows = (
            user.people_in_scope[scope],
            User.objects.selling().only("name", "email").order_by("name", "pk"),
        )
        known[scope] = list(rows if people is None else rows.filter(pk__in=people))
    return known[scope]


def leads_seen_by(user: "User", prefix: str = "") -> Q | None:
    """The condition of seeing a lead, for rows that name it by `prefix`; None for who sees all of them."""
    people = user.people_in_scope[user.scope("leads.view")]
    if people is None:
        return None
    pools = pool_ids_of(user)
    owned = {f"{prefix}owner_id": people[0]} if len(people) == 1 else {f"{prefix}owner_id__in": people}
    waiting = Q(**{f"{prefix}in_pool": True, f"{prefix}pool_id__in": pools})
    return Q(**owned) | waiting if pools else Q(**owned)


class LeadQuerySet(QuerySet["Lead"]):
    def visible_to(self, user: "User") -> Self:
        """Which leads this user may see; every list, page, export and count starts here.

        Those of the people in his scope, and the leads in the pools of which he is a member or manager.
        """
        if not user.may("leads.view"):
            return self.none()
        seen = leads_seen_by(user)
        return self if seen is None else self.filter(seen)

    def current(self) -> Self:
        """Neither archived nor merged into another."""
        return self.filter(archived_at=None, merged_into=None)

    def in_scope_of(self, user: "User", right: str) -> Self:
        """Those whose owner lies within the scope of a right, pools aside."""
        people = user.people_in_scope[user.scope(right)]
        return self if people is None else self.filter(owner_id__in=people)


def pool_ids_seen_by(user: "User") -> list[int] | None:
    """Members and managers see their pools; who sees all leads sees all pools, which is None."""
    if not user.may("pools.view"):
        return []
    return None if user.scope("leads.view") == "all" or user.may("pools.edit") else pool_ids_of(user)


class PoolQuerySet(QuerySet["Pool"]):
    def visible_to(self, user: "User") -> Self:
        seen = pool_ids_seen_by(user)
        return self if seen is None else self.filter(pk__in=seen)

    def default(self) -> Any:
        return self.get(is_default=True)


class DuplicatePairQuerySet(QuerySet["DuplicatePair"]):
    def visible_to(self, user: "User") -> Self:
        """Pairs both of whose leads the person may see, ways to reach them included: those say why they are alike."""
        if not user.may("leads.view"):
            return self.none()
        first, second = leads_seen_by(user, "first__"), leads_seen_by(user, "second__")
        if first is None or second is None:
            return self
        from leads.services.reveal import masked_from

        rows, masked = self.filter(first, second), masked_from(user, "first__")
        if masked is None:
            return rows
        return rows.exclude(masked).exclude(masked_from(user, "second__"))

    def current(self) -> Self:
        """Pairs neither of whose leads is archived or merged away."""
        return self.filter(
            first__archived_at=None, first__merged_into=None, second__archived_at=None, second__merged_into=None
        )  # fmt: skip


class ExampleCaseQuerySet(QuerySet["ExampleCase"]):
    def visible_to(self, user: "User") -> Self:
        """Examples are there to be learned from: whoever may see cases sees all of them, if not the lead behind."""
        return self if user.may("cases.view") else self.none()


class LeadEventQuerySet(QuerySet["LeadEvent"]):
    def visible_to(self, user: "User") -> Self:
        """Behaviour is seen with its lead; that of strangers by those who see every lead."""
        if not user.may("behaviour.view"):
            return self.none()
        if user.scope("leads.view") == "all":
            return self
        from leads.models import Lead

        return self.filter(lead__in=Lead.objects.visible_to(user).values("pk"))


class FormSubmissionQuerySet(QuerySet["FormSubmission"]):
    def visible_to(self, user: "User") -> Self:
        """What strangers sent is for those who keep the forms, all of it; the leads it became are seen as ever."""
        return self if user.may("web_forms.edit") else self.none()


class LeadImportQuerySet(QuerySet["LeadImport"]):
    def visible_to(self, user: "User") -> Self:
        """One's own imports, and those of the people in one's scope."""
        people = user.people_in_scope[user.scope("jobs.view")]
        return self if people is None else self.filter(by_id__in=people)


class PartnerQuerySet(QuerySet["Partner"]):
    def visible_to(self, user: "User") -> Self:
        """Whoever sells meets all partners: any lead may come from one."""
        return self if user.may("partners.view") else self.none()


class WithPartnerQuerySet(QuerySet[Any]):
    """What was agreed with partners, seen with them."""

    def visible_to(self, user: "User") -> Self:
        return self if user.may("partners.view") else self.none()

    def in_force(self, day: "date") -> Self:
        """Those that hold on a day."""
        return self.filter(
            Q(expires_on=None) | Q(expires_on__gte=day), Q(ended_on=None) | Q(ended_on__gt=day),
            archived_at=None, signed_on__lte=day,
        )  # fmt: skip


class AgreementQuerySet(QuerySet["PartnerAgreement"]):
    def visible_to(self, user: "User") -> Self:
        """What a partner is paid is for who manages."""
        return self if user.may("partner_agreements.view") else self.none()
