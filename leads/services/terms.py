"""What pools, limits and first-contact policies say at the moment, in one object that a decision carries along."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any

from leads.models import FirstContactPolicy, Pool
from salesflow.clocks.calendars import WorkingTime
from salesflow.clocks.models import BusinessCalendar
from salesflow.clocks.services import calendar_default, working_time
from salesflow.lib.prepared import Statement
from salesflow.people.services.config import configured

METRIC = "first_contact"


@dataclass(frozen=True)
class LimitTerms:
    """A limit row: for one user, team or role."""

    user_id: int | None
    team_id: int | None
    role_id: int | None
    max_held: int | None
    max_claims_per_day: int | None


@dataclass(frozen=True)
class PoolTerms:
    """A pool's rules as they are now; None is off."""

    id: int
    name: str
    is_default: bool
    is_archived: bool
    max_held: int | None
    max_claims_per_day: int | None
    cooldown_seconds: int | None
    protection_seconds: int | None
    return_after_idle_seconds: int | None
    review_after_returns: int | None
    rehand: str
    held_excludes_grades: frozenset[str]
    members: frozenset[int]
    managers: frozenset[int]
    limits: tuple[LimitTerms, ...] = field(default=())
    mask_contacts: bool = False
    max_reveals_per_day: int | None = None
    own_team_first_seconds: int | None = None

    def limit(self, name: str, *, user: int, team: int | None, roles: Iterable[int]) -> int | None:
        """`max_held` or `max_claims_per_day` for a person: user before team before role before the pool's own.

        The most specific row that names the limit wins; of several roles the widest does, as with rights.
        """
        roles = set(roles)
        named = [row for row in self.limits if getattr(row, name) is not None]
        for mine in (
            [row for row in named if row.user_id == user],
            [row for row in named if team is not None and row.team_id == team],
            [row for row in named if row.role_id in roles],
        ):
            if mine:
                return max(getattr(row, name) for row in mine)
        return getattr(self, name)

    @cached_property
    def limits_holding(self) -> bool:
        return self.max_held is not None or any(row.max_held is not None for row in self.limits)


@dataclass(frozen=True)
class Pools:
    by_id: Mapping[int, PoolTerms]
    default: PoolTerms

    def home_of(self, pool_id: int | None) -> PoolTerms:
        """Where a lead that came out of this pool goes back to: there, or to the default pool."""
        home = self.by_id.get(pool_id or 0)
        return self.default if home is None or home.is_archived else home


@dataclass(frozen=True)
class PolicyTerms:
    """The first-contact policy of one grade."""

    id: int
    grade: str
    version: int
    limit_seconds: int
    warn_percents: tuple[int, ...]
    calendar: BusinessCalendar | None
    #: What the limit counts in; None for elapsed time.
    hours: WorkingTime | None

    def due_at(self, start: datetime) -> datetime:
        """When the limit that begins at `start` is over; asks the database nothing."""
        if self.hours is None:
            return start + timedelta(seconds=self.limit_seconds)
        return self.hours.add(start, self.limit_seconds)


@dataclass(frozen=True)
class Terms:
    pools: Pools
    policies: Mapping[str, PolicyTerms]


def pools_now(*, revision: int | None = None) -> Pools:
    """All pools with members, managers and limits, kept in memory for one revision of the configuration."""
    return configured("leads.pools", _pools, revision=revision)


def _pools() -> Pools:
    found = {}
    for pool in Pool.objects.prefetch_related("members", "managers", "limits"):
        found[pool.pk] = PoolTerms(
            id=pool.pk,
            name=pool.name,
            is_default=pool.is_default,
            is_archived=pool.archived_at is not None,
            max_held=pool.max_held,
            max_claims_per_day=pool.max_claims_per_day,
            cooldown_seconds=pool.cooldown_seconds,
            protection_seconds=pool.protection_seconds,
            return_after_idle_seconds=pool.return_after_idle_seconds,
            review_after_returns=pool.review_after_returns,
            rehand=pool.rehand,
            held_excludes_grades=frozenset(pool.held_excludes_grades),
            members=frozenset(user.pk for user in pool.members.all()),
            managers=frozenset(user.pk for user in pool.managers.all()),
            limits=tuple(
                LimitTerms(row.user_id, row.team_id, row.role_id, row.max_held, row.max_claims_per_day)
                for row in pool.limits.all()
            ),
            mask_contacts=pool.mask_contacts,
            max_reveals_per_day=pool.max_reveals_per_day,
            own_team_first_seconds=pool.own_team_first_seconds,
        )
    default = next(pool for pool in found.values() if pool.is_default)
    return Pools(by_id=found, default=default)


def policies_now() -> dict[str, PolicyTerms]:
    """The first-contact policies by grade, share-locked for this transaction.

    Whoever starts a clock holds the policy until he commits, so a change of it waits for clocks being started and
    then reaches them too: none keeps an old limit. The lock comes after that of leads (see docs/ownership.md).
    """
    policies = [FirstContactPolicy.from_db("default", _COLUMNS, row) for row in _HELD.rows()]
    calendars = _calendars(policies)
    return {policy.grade: policy_terms(policy, calendars) for policy in policies}


_COLUMNS = [field.attname for field in FirstContactPolicy._meta.concrete_fields]
_HELD = Statement(
    f"SELECT {', '.join(_COLUMNS)} FROM {FirstContactPolicy._meta.db_table} ORDER BY id FOR SHARE"  # noqa: S608
)


def policy_terms(
    policy: FirstContactPolicy, calendars: Mapping[int | None, BusinessCalendar | None] | None = None
) -> PolicyTerms:
    calendars = _calendars([policy]) if calendars is None else calendars
    calendar = calendars[policy.calendar_id] if policy.business_hours_only else None
    return PolicyTerms(
        id=policy.pk,
        grade=policy.grade,
        version=policy.version,
        limit_seconds=policy.limit_seconds,
        warn_percents=tuple(policy.remind_at_percent),
        calendar=calendar,
        hours=working_time(calendar) if calendar is not None else None,
    )


def _calendars(policies: Iterable[FirstContactPolicy]) -> dict[int | None, BusinessCalendar | None]:
    """The calendars these policies count in by id, and the default one under None; read only when one does."""
    wanted = {policy.calendar_id for policy in policies if policy.business_hours_only}
    found: dict[int | None, Any] = dict(BusinessCalendar.objects.in_bulk(wanted - {None}))
    if None in wanted:
        found[None] = calendar_default()
    return found


def terms_now(*, owners: bool = True, revision: int | None = None) -> Terms:
    """Pools, and with `owners` the policies (locked, see `policies_now`)."""
    return Terms(pools=pools_now(revision=revision), policies=policies_now() if owners else {})
