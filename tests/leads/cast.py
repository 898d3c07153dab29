"""Who plays in the tests of ownership, and how their leads come about."""

from collections.abc import Sequence
from typing import Any

from django.db import transaction

from leads.models import AssignmentRule, Lead, Ownership, Pool
from leads.services.decide import Decision
from leads.services.place import leads_place
from leads.services.rules import assignment_rule_save
from salesflow.clocks.services import database_now
from salesflow.people.models import Role, Team, User
from salesflow.people.services import config_changed


def person(name: str, *roles: str, team: Team | None = None, **fields: Any) -> User:
    user = User(email=f"{name}@example.com", name=name, team=team, **fields)
    user.set_unusable_password()
    user.save()
    user.roles.set(Role.objects.filter(code__in=roles or ("rep",)))
    return user


def team(name: str, manager: User | None = None, **fields: Any) -> Team:
    return Team.objects.create(name=name, manager=manager, **fields)


def rule(name: str = "anybody", **values: Any) -> AssignmentRule:
    return assignment_rule_save(by=None, name=name, **values)


def fresh(user: User) -> User:
    """The person as a new request meets him, with nothing remembered."""
    return User.objects.get(pk=user.pk)


def default_pool(**values: Any) -> Pool:
    """The default pool with these columns, and `members` and `managers` where given."""
    pool = Pool.objects.default()
    for name in ("members", "managers"):
        if name in values:
            getattr(pool, name).set(values.pop(name))
    Pool.objects.filter(pk=pool.pk).update(**values)
    config_changed()
    return Pool.objects.get(pk=pool.pk)


def unsaved(**values: Any) -> Lead:
    return Lead(**{"company_name": "Arbor Medical", "grade": "B", **values})


def lead_in_pool(pool: Pool | None = None, **values: Any) -> Lead:
    return leads_in_pool(1, pool, **values)[0]


@transaction.atomic
def leads_in_pool(number: int, pool: Pool | None = None, **values: Any) -> list[Lead]:
    leads = Lead.objects.bulk_create([unsaved(**values) for _each in range(number)])
    decision = Decision.to_pool(pool.pk if pool else None)
    leads_place([(each, decision) for each in leads], via="assign", by=None, now=database_now())
    return list(Lead.objects.filter(pk__in=[each.pk for each in leads]).order_by("pk"))


def lead_of(owner: User, **values: Any) -> Lead:
    return leads_of(owner, 1, **values)[0]


@transaction.atomic
def leads_of(owner: User, number: int, *, via: str = Ownership.Via.ASSIGN, **values: Any) -> list[Lead]:
    leads = Lead.objects.bulk_create([unsaved(**values) for _each in range(number)])
    decision = Decision.to_owner(owner)
    leads_place([(each, decision) for each in leads], via=via, by=None, now=database_now(), tell=False)
    return list(Lead.objects.filter(pk__in=[each.pk for each in leads]).order_by("pk"))


def owners(leads: Sequence[Lead]) -> list[int | None]:
    return list(
        Lead.objects.filter(pk__in=[each.pk for each in leads]).order_by("pk").values_list("owner", flat=True)
    )
