"""People a lead may be given to, with what they carry already, counted under the locks of their quota rows."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, Max

from leads.matching import text_key
from leads.models import Lead, Ownership
from leads.services.quota import day_start, quotas_lock
from leads.services.terms import PoolTerms
from salesflow.lib.prepared import Statement
from salesflow.people.roles import SELLING_ROLES

#: A lead in one of these states is carried by its owner.
OPEN_STATES = (Lead.Status.ASSIGNED, Lead.Status.CONTACTED, Lead.Status.QUALIFIED)
#: How far back the last assignment is looked for; longer ago is as never.
MEMORY = timedelta(days=90)


@dataclass(slots=True)
class Candidate:
    """A person as the choice sees him. `load`, `today` and `last` grow as the call gives him leads."""

    id: int
    sells: bool
    why: str
    team_id: int | None
    roles: tuple[int, ...]
    industries: frozenset[str]
    weight: int
    capacity: int | None
    daily_cap: int | None
    load: int = 0
    today: int = 0
    last: float = 0.0
    counted: bool = False


_PEOPLE = Statement(
    """
    SELECT u.id, coalesce(r.sells, false), u.is_active, u.team_id, coalesce(r.ids, '{}'), u.industries, u.weight,
        u.capacity, u.daily_cap,
        u.absent_from <= %(now)s::timestamptz AND (u.absent_until IS NULL OR u.absent_until > %(now)s::timestamptz)
    FROM people_user u LEFT JOIN (
        SELECT ur.user_id, array_agg(role.id) AS ids, bool_or(role.code = ANY(%(selling)s)) AS sells
        FROM people_user_roles ur JOIN people_role role ON role.id = ur.role_id
        GROUP BY ur.user_id
    ) r ON r.user_id = u.id
    WHERE r.sells AND u.is_active OR u.id = ANY(%(named)s)
    ORDER BY u.id
    """,
    names=("now", "named"),
    fixed={"selling": list(SELLING_ROLES)},
)


def candidates_read(named: Iterable[int], *, now: datetime) -> dict[int, Candidate]:
    """Everybody who sells, and the named whoever they are, by id."""
    found = {}
    rows = _PEOPLE.rows(now, list(set(named)))
    for id_, sells, active, team, roles, industries, weight, capacity, cap, absent in rows:
        why = "inactive" if not active else "not_selling" if not sells else "absent" if absent else ""
        found[id_] = Candidate(
            id=id_,
            sells=sells and active,
            why=why,
            team_id=team,
            roles=tuple(roles),
            industries=frozenset(map(text_key, industries)),
            weight=weight,
            capacity=capacity,
            daily_cap=cap,
        )
    return found


class Counts:
    """What limits are asked against, kept up as the call goes on."""

    def __init__(self) -> None:
        # open leads of a person by grade; filled for those with a limit on holding
        self.held: dict[int, dict[str, int]] = defaultdict(lambda: defaultdict(int))
        self.max_held: dict[tuple[int, int], int | None] = {}
        self.turns = 0
        # (lead, person) whose cool-down has not passed
        self.cooling: set[tuple[int, int]] = set()

    def why_not(self, person: Candidate, lead: Lead, home: PoolTerms) -> str:
        """Why this person cannot take this lead now; empty when he can."""
        if person.why:
            return person.why
        if person.capacity is not None and person.load >= person.capacity:
            return "capacity"
        if person.daily_cap is not None and person.today >= person.daily_cap:
            return "daily_cap"
        if self.cooling and (lead.pk, person.id) in self.cooling:
            return "cooling_down"
        if home.limits_holding and self._full(person, lead, home):
            return "held_limit"
        return ""

    def _full(self, person: Candidate, lead: Lead, home: PoolTerms) -> bool:
        key = (home.id, person.id)
        if key not in self.max_held:
            self.max_held[key] = home.limit(
                "max_held", user=person.id, team=person.team_id, roles=person.roles
            )
        most = self.max_held[key]
        if most is None or lead.grade in home.held_excludes_grades:
            return False
        held = self.held[person.id]
        return sum(n for grade, n in held.items() if grade not in home.held_excludes_grades) >= most

    def add(self, person: Candidate, lead: Lead, now: datetime) -> None:
        """He was given this lead."""
        person.load += 1
        person.today += 1
        # the moment is the same for the whole call; its leads follow one another within it
        self.turns += 1
        person.last = now.timestamp() + self.turns * 1e-5
        self.held[person.id][lead.grade] += 1


def counts_read(
    people: Sequence[Candidate],
    *,
    cases: Sequence[tuple[Lead, PoolTerms]],
    rank: bool,
    lock: bool,
    now: datetime,
) -> Counts:
    """Lock the quota rows of the people who have a limit and count what they hold and were given today.

    `rank` counts for everybody, since the strategy compares them. Without limits and ranks nothing is asked.
    """
    counts = Counts()
    homes = {home.id: home for _lead, home in cases}
    holding = any(home.limits_holding for home in homes.values())
    limited = [
        person for person in people if holding or person.capacity is not None or person.daily_cap is not None
    ]
    if lock:
        quotas_lock(person.id for person in limited)
    _count_open(
        counts, people if rank else [p for p in limited if holding or p.capacity is not None], now, rank
    )
    capped = {person.id: person for person in limited if person.daily_cap is not None}
    if capped:
        today = Ownership.objects.filter(owner__in=capped, started_at__gte=day_start())
        given = today.exclude(via=Ownership.Via.CLAIM).values_list("owner").annotate(n=Count("pk")).order_by()
        for owner, number in given:
            capped[owner].today = number
    counts.cooling = _cooling(cases, now)
    return counts


def _count_open(counts: Counts, people: Sequence[Candidate], now: datetime, rank: bool) -> None:
    by_id = {person.id: person for person in people}
    if not by_id:
        return
    held = Lead.objects.filter(owner__in=by_id, status__in=OPEN_STATES, archived_at=None)
    for owner, grade, number in held.values_list("owner", "grade").annotate(n=Count("pk")).order_by():
        by_id[owner].load += number
        counts.held[owner][grade] = number
    for person in people:
        person.counted = True
    if rank:
        recent = Ownership.objects.filter(owner__in=by_id, started_at__gte=now - MEMORY)
        for owner, last in recent.values_list("owner").annotate(last=Max("started_at")).order_by():
            by_id[owner].last = last.timestamp()


def _cooling(cases: Sequence[tuple[Lead, PoolTerms]], now: datetime) -> set[tuple[int, int]]:
    """Who released which of these leads less than the cool-down ago; the last second still counts as within."""
    cooldown = {
        lead.pk: home.cooldown_seconds
        for lead, home in cases
        if lead.pk is not None and home.cooldown_seconds is not None
    }
    if not cooldown:
        return set()
    ended = Ownership.objects.filter(lead__in=cooldown, ended_at__isnull=False)
    rows = ended.values_list("lead", "owner").annotate(last=Max("ended_at")).order_by()
    return {(lead, owner) for lead, owner, last in rows if now <= last + timedelta(seconds=cooldown[lead])}
