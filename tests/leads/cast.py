"""Who plays in the tests of ownership, and how their leads come about."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.db.models import F

from leads.models import AssignmentRule, Lead, Ownership, Pool, Reason
from leads.services import lead_log_contact
from leads.services.decide import Decision
from leads.services.place import leads_place
from leads.services.rules import assignment_rule_save
from salesflow.clocks.models import Clock
from salesflow.clocks.services import database_now
from salesflow.journal.models import Notice
from salesflow.people.models import Role, Team, User
from salesflow.people.services import config_changed
from salesflow.work.models import Activity


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


def time_passes(leads: Sequence[Lead], seconds: float) -> None:
    """Move all that happened with these leads into the past, as if so much time had gone by since."""
    by = timedelta(seconds=seconds)
    ids = [each.pk for each in leads]
    for rows, columns in (
        (Lead.objects.filter(pk__in=ids), LEAD_TIMES),
        (Ownership.objects.filter(lead__in=ids), ("started_at", "first_contacted_at", "ended_at")),
        (Clock.objects.filter(subject_type="leads.lead", subject_id__in=ids), CLOCK_TIMES),
        (
            Activity.objects.filter(subject_type="leads.lead", subject_id__in=ids),
            ("occurred_at", "logged_at"),
        ),
    ):
        rows.update(**{column: F(column) - by for column in columns})


LEAD_TIMES = (
    "owned_since", "pool_entered_at", "protected_until", "first_contact_started_at", "first_contact_due_at",
    "first_contacted_at", "idle_due_at",
)  # fmt: skip
CLOCK_TIMES = (
    "created_at", "started_at", "running_since", "due_at", "met_at", "breached_at", "cancelled_at", "processed_at",
    "next_step_at",
)  # fmt: skip


def contact(lead: Lead, by: User, **values: Any) -> Lead:
    """Log an outbound call that nobody answered, with the next one tomorrow, unless `values` say otherwise."""
    said = {
        "channel": "call",
        "direction": "outbound",
        "outcome": "no_answer",
        "summary": "Rang, nobody there",
        "next_follow_up_at": database_now() + timedelta(days=1),
    }
    return lead_log_contact(lead=lead, by=by, **{**said, **values})


def reason(kind: str = "disqualify") -> Reason:
    return Reason.objects.filter(kind=kind).order_by("pk")[0]


def clock_of(lead: Lead) -> Clock:
    return Clock.objects.filter(subject_type="leads.lead", subject_id=lead.pk).latest("pk")


def clock_of_owner(lead: Lead, owner: User) -> Clock:
    """The latest clock of this owner; a merged lead brings its own along."""
    return Clock.objects.filter(subject_type="leads.lead", subject_id=lead.pk, owner=owner).latest("pk")


def fresh(record: Any) -> Any:
    """The record as the database has it now, with nothing remembered."""
    return type(record)._base_manager.get(pk=record.pk)


def notices(user: User) -> list[str]:
    return list(Notice.objects.filter(user=user).order_by("pk").values_list("kind", flat=True))


def reasons(kind: str) -> list[Reason]:
    return list(Reason.objects.filter(kind=kind).order_by("pk"))
