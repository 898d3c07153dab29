"""A small random sales department with a past, and the same figures worked out by hand over its rows."""

import random
import statistics
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.utils import timezone

from leads.models import Lead, LeadSource, Ownership, Pool, Reason
from leads.services.defaults import leads_ensure_defaults
from salesflow.clocks.models import Clock
from salesflow.journal.models import Event
from salesflow.people.models import Region, Team, User
from salesflow.people.services import people_ensure_defaults, user_create

ZONE = ZoneInfo("Asia/Shanghai")
STATUSES = ("new", "assigned", "contacted", "qualified", "converted", "disqualified")


@dataclass
class World:
    users: dict[str, User]
    teams: dict[str, Team]
    leads: list[Lead] = field(default_factory=list)
    ownerships: list[Ownership] = field(default_factory=list)
    clocks: list[Clock] = field(default_factory=list)
    qualified: dict[int, datetime] = field(default_factory=dict)


def people() -> World:
    people_ensure_defaults()
    leads_ensure_defaults()
    east, west = (Region.objects.create(name=name) for name in ("East", "West"))
    teams = {
        "one": Team.objects.create(name="One", region=east),
        "two": Team.objects.create(name="Two", region=east),
        "three": Team.objects.create(name="Three", region=west),
    }

    def person(name: str, role: str, **where: Any) -> User:
        return user_create(
            by=None, email=f"{name}@world.test", name=name.title(), password=None, roles=[role], **where
        )

    users = {
        "ann": person("ann", "rep", team=teams["one"]),
        "ben": person("ben", "rep", team=teams["one"]),
        "cat": person("cat", "rep", team=teams["two"]),
        "dan": person("dan", "rep", team=teams["three"]),
        "eve": person("eve", "rep"),
        "manager": person("manager", "manager"),
        "director": person("director", "director", region=east),
        "admin": person("admin", "admin"),
        "auditor": person("auditor", "auditor"),
        "marketing": person("marketing", "marketing"),
        "finance": person("finance", "finance"),
    }
    Team.objects.filter(pk=teams["one"].pk).update(manager=users["manager"])
    return World(users, teams)


def random_world(seed: int, size: int = 80) -> World:
    """Leads over the last four months with owners, first contacts, deadlines and ends of every kind."""
    dice, world = random.Random(seed), people()
    sellers = [world.users[name] for name in ("ann", "ben", "cat", "dan", "eve")]
    sources: list[LeadSource | None] = [None, *LeadSource.objects.all()]
    for _turn in range(size):
        _one_lead(world, dice, sellers, sources)
    Ownership.objects.bulk_create(world.ownerships)
    Clock.objects.bulk_create(world.clocks)
    return world


def _one_lead(world: World, dice: random.Random, sellers: list[User], sources: list[Any]) -> None:
    now = timezone.now()
    created = now - timedelta(hours=dice.uniform(1, 24 * 120))
    status = dice.choice(STATUSES)
    owner = dice.choice(sellers) if status in ("assigned", "contacted", "qualified") else None
    owner = owner or (dice.choice(sellers) if status in ("converted", "disqualified") else None)
    kind = dice.random()
    lead = Lead(
        company_name=f"Company {dice.random()}", status=status, owner=owner, source=dice.choice(sources),
        owned_since=created if owner else None, grade=dice.choice("ABC"), outcome=dice.choice((None, 0, 1)),
        converted_at=created + timedelta(hours=1) if status == "converted" else None,
        archived_at=now if kind < 0.1 else None,
        disqualify_reason=dice.choice(list(Reason.objects.filter(kind="disqualify")))
        if status == "disqualified" else None,
    )  # fmt: skip
    if status == "new" and dice.random() < 0.6:
        lead.in_pool, lead.pool, lead.pool_entered_at = True, Pool.objects.default(), created
    lead.created_at = created
    lead.save()
    if 0.1 <= kind < 0.2 and world.leads:
        Lead.objects.filter(pk=lead.pk).update(merged_into=world.leads[-1])
        lead.merged_into = world.leads[-1]
    world.leads.append(lead)
    at = created
    for _step in range(dice.choice((0, 1, 1, 2, 3)) if status != "new" else dice.choice((0, 1, 2))):
        at = _one_ownership(
            world, dice, lead, dice.choice(sellers), at + timedelta(hours=dice.uniform(0, 90))
        )
        if at is None:
            break
    if status in ("qualified", "converted") and dice.random() < 0.7:
        moment = lead.created_at + timedelta(hours=dice.uniform(1, 200))
        Event.objects.create(kind="leads.qualified", subject_type="leads.lead", subject_id=lead.pk, at=moment)
        world.qualified[lead.pk] = moment


def _one_ownership(
    world: World, dice: random.Random, lead: Lead, owner: User, start: datetime
) -> datetime | None:
    """Adds an ownership with its clock; gives when it ended, None when it goes on."""
    reached = start + timedelta(hours=dice.uniform(0.1, 60)) if dice.random() < 0.6 else None
    end = start + timedelta(hours=dice.uniform(60, 200)) if dice.random() < 0.7 else None
    reason = dice.choice([*Ownership.End.values]) if end else ""
    world.ownerships.append(
        Ownership(
            lead=lead, owner=owner, via=dice.choice(Ownership.Via.values), started_at=start, ended_at=end,
            first_contacted_at=reached, end_reason=reason,
            end_detail=dice.choice(("", "reopened")) if reason == "returned" else "",
        )
    )  # fmt: skip
    due = start + timedelta(hours=24)
    facts: dict[str, Any] = {"due_at": due}
    if reached and reached < due:
        facts.update(state="met", met_at=reached)
    elif reached:
        facts.update(state="met", met_at=reached, breached_at=due, processed_at=due)
    elif end and dice.random() < 0.4:
        facts.update(state="cancelled", cancelled_at=end)
    elif end:
        facts.update(state="breached", breached_at=due, processed_at=due)
    else:
        facts.update(running_since=start, next_step=100, next_step_at=due)
    world.clocks.append(
        Clock(
            subject_type="leads.lead", subject_id=lead.pk, metric="first_contact", owner=owner, started_at=start,
            target_seconds=86_400, **facts,
        )
    )  # fmt: skip
    return end


# -- the same figures by hand ----------------------------------------------------------------------------------


@dataclass
class Counted:
    """One thing a figure counts: when, for whom, about which lead, and what it adds."""

    at: datetime
    owner: User | None
    lead: Lead
    hit: bool = False
    seconds: float = 0


def takes_part(lead: Lead) -> bool:
    past = lead.status == "new" and lead.owner_id is None and not lead.in_pool
    return lead.archived_at is None and lead.merged_into_id is None and not past


def counted(world: World, metric: str) -> list[Counted]:
    if metric in ("new_leads", "lead_conversion_rate"):
        return [
            Counted(lead.created_at, lead.owner, lead, lead.status == "converted")
            for lead in world.leads
            if takes_part(lead)
        ]
    if metric == "first_contact_in_time_rate":
        leads, now = {lead.pk: lead for lead in world.leads}, timezone.now()
        return [
            Counted(
                clock.started_at,
                clock.owner,
                leads[clock.subject_id],
                clock.state == "met" and not clock.breached_at,
            )
            for clock in world.clocks
            if clock.state in ("met", "breached") or (clock.state == "running" and clock.due_at <= now)
        ]
    found = []
    for each in world.ownerships:
        if metric == "claims" and each.via == "claim":
            found.append(Counted(each.started_at, each.owner, each.lead))
        if metric == "first_response_seconds" and each.first_contacted_at:
            seconds = (each.first_contacted_at - each.started_at).total_seconds()
            found.append(Counted(each.started_at, each.owner, each.lead, seconds=seconds))
        came_back = each.end_reason in ("returned", "expired", "idle", "no_answer")
        if metric == "leads_returned" and came_back and each.end_detail != "reopened":
            found.append(Counted(each.ended_at, each.owner, each.lead))
    return found


def key_of(each: Counted, by: str | None) -> Any:
    owner, team = each.owner, each.owner.team if each.owner else None
    region_id = team.region_id if team else owner.region_id if owner else None
    source = each.lead.source
    return {
        None: None,
        "user": owner.pk if owner else None,
        "team": team.pk if team else None,
        "region": region_id,
        "source": source.pk if source else None,
        "channel": source.channel if source else None,
        "grade": each.lead.grade,
        "month": f"{each.at.astimezone(ZONE):%Y-%m}",
    }[by]


def value_of(metric: str, some: list[Counted]) -> float | int | None:
    if metric in ("new_leads", "claims", "leads_returned"):
        return len(some)
    if not some:
        return None
    if metric == "first_response_seconds":
        return round(statistics.median(each.seconds for each in some))
    return sum(each.hit for each in some) / len(some)


def by_hand(
    world: World,
    metric: str,
    since: datetime,
    until: datetime,
    by: str | None,
    people: set[int] | None = None,
) -> dict[Any, float | int | None]:
    """Key -> value over [since, until), of the owners in `people`."""
    groups = defaultdict(list)
    for each in counted(world, metric):
        seen = people is None or (each.owner is not None and each.owner.pk in people)
        if seen and since <= each.at < until:
            groups[key_of(each, by)].append(each)
    if by is None:
        groups.setdefault(None, [])
    return {key: value_of(metric, some) for key, some in groups.items()}


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)
