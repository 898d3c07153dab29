"""Pools: how many a person may hold, and changing a pool's rules."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.core.exceptions import ValidationError
from django.db import connection, transaction
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from leads.models import Grade, Lead, Pool, PoolLimit
from leads.services.candidates import OPEN_STATES
from leads.services.hold import Reach, leads_hold
from leads.services.quota import quotas_lock
from leads.services.terms import PoolTerms, pools_now
from salesflow.journal.services import record
from salesflow.lib.errors import Conflict, require
from salesflow.lib.records import touched
from salesflow.people.models import User
from salesflow.people.services import config_changed

FIELDS = (
    "name",
    "is_default",
    "max_held",
    "max_claims_per_day",
    "cooldown_seconds",
    "protection_seconds",
    "return_after_idle_seconds",
    "review_after_returns",
    "rehand",
    "held_excludes_grades",
    "mask_contacts",
    "max_reveals_per_day",
    "own_team_first_seconds",
)
#: What decides when a lead that nobody works on goes back.
IDLE = {"return_after_idle_seconds", "is_default"}


def held_count(user: User, pool: PoolTerms) -> int:
    """How many leads a person holds against the limits of this pool: open ones, of grades that count."""
    held = Lead.objects.filter(owner=user, status__in=OPEN_STATES, archived_at=None)
    if pool.held_excludes_grades:
        held = held.exclude(grade__in=pool.held_excludes_grades)
    return held.count()


def limit_of(user: User, pool: PoolTerms, name: str) -> int | None:
    """`max_held` or `max_claims_per_day` as it holds for this person in this pool; None is unlimited."""
    by_role = any(row.role_id is not None for row in pool.limits)
    roles = [role.pk for role in user.roles.all()] if by_role else []
    return pool.limit(name, user=user.pk, team=user.team_id, roles=roles)


def holding_require(user: User, *, adding: int = 1, pool_id: int | None = None) -> None:
    """Lock the person's quota row and see that he may hold so many leads more; Conflict("held_limit") if not.

    The limit is that of the pool the leads come out of, or of the default pool.
    """
    pool = pools_now().home_of(pool_id)
    quotas_lock([user.pk])
    most = limit_of(user, pool, "max_held")
    if most is not None and held_count(user, pool) + adding > most:
        raise held_limit(user, most)


def held_limit(user: User, most: int) -> Conflict:
    message = _("%(name)s may hold at most %(most)s leads.") % {"name": user, "most": most}
    return Conflict("held_limit", message, {"limit": most})


@transaction.atomic
def pool_save(
    *,
    pool: Pool | None = None,
    by: User | None,
    members: Iterable[User] | None = None,
    managers: Iterable[User] | None = None,
    limits: Sequence[Mapping[str, Any]] | None = None,
    **values: Any,
) -> Pool:
    """Make a pool, or change the named columns of one (`FIELDS`); it holds at once.

    `members`, `managers` and `limits`, where given, are all there shall be; a limit is `{"user" | "team" | "role",
    "max_held", "max_claims_per_day"}`. A changed protection counts from when each lead entered the pool, a changed
    idle time from each lead's last contact or the start of its ownership. Raises ValidationError, PermissionDenied.
    """
    require(by is None or by.may("pools.create" if pool is None else "pools.edit"))
    unknown = set(values) - set(FIELDS)
    if unknown:
        raise ValidationError({min(unknown): ValidationError(_("Unknown field."), code="unknown_field")})
    config_changed()
    saved = Pool() if pool is None else Pool.objects.select_for_update(no_key=True).get(pk=pool.pk)
    was_default = saved.is_default
    for name, value in values.items():
        setattr(saved, name, value)
    saved.full_clean(validate_constraints=False)
    if set(saved.held_excludes_grades) - set(Grade.values):
        message = _("Choose one of: %(known)s.") % {"known": ", ".join(Grade.values)}
        raise ValidationError({"held_excludes_grades": ValidationError(message, code="invalid_choice")})
    _keep_one_default(saved, was_default)
    if pool is None:
        saved.save()
    else:
        Pool.objects.filter(pk=saved.pk).update(
            **{name: getattr(saved, name) for name in values}, **touched()
        )
    _people_set(saved, members, managers, limits)
    if pool is not None:
        leads_hold([pool_reach(saved, values)])
        _follow(saved, set(values))
    kind = "leads.pool_created" if pool is None else "leads.pool_changed"
    record(kind, subject=saved, by=by, data={"fields": sorted(values)})
    return Pool.objects.get(pk=saved.pk)


def _keep_one_default(pool: Pool, was_default: bool) -> None:
    if was_default and not pool.is_default:
        message = _("Make another pool the default instead.")
        raise ValidationError({"is_default": ValidationError(message, code="one_default_pool")})
    if pool.is_default and not was_default:
        if pool.archived_at is not None:
            message = _("An archived pool cannot be the default.")
            raise ValidationError({"is_default": ValidationError(message, code="archived")})
        Pool.objects.filter(is_default=True).update(is_default=False, **touched())


def _people_set(
    pool: Pool,
    members: Iterable[User] | None,
    managers: Iterable[User] | None,
    limits: Sequence[Mapping[str, Any]] | None,
) -> None:
    if members is not None:
        pool.members.set(members)
    if managers is not None:
        pool.managers.set(managers)
    if limits is not None:
        rows = [PoolLimit(pool=pool, **limit) for limit in limits]
        PoolLimit.objects.filter(pool=pool).delete()
        for row in rows:
            try:
                row.full_clean()
            except ValidationError as error:
                raise ValidationError({"limits": error.messages}) from None
            row.save()


@transaction.atomic
def pool_archive(*, pool: Pool, by: User | None) -> None:
    """Put an empty pool out of use; leads that came out of it go to the default pool from now on.

    Raises PermissionDenied, Conflict("pool_is_default" | "pool_not_empty").
    """
    require(by is None or by.may("pools.archive"))
    config_changed()
    pool = Pool.objects.select_for_update(no_key=True).get(pk=pool.pk)
    if pool.is_default:
        raise Conflict("pool_is_default", _("Make another pool the default first."))
    if Lead.objects.filter(pool=pool, in_pool=True).exists():
        raise Conflict("pool_not_empty", _("There are leads in this pool."))
    if Pool.objects.filter(pk=pool.pk, archived_at=None).update(archived_at=Now(), **touched()):
        record("leads.pool_archived", subject=pool, by=by)


def pool_reach(pool: Pool, values: Mapping[str, Any]) -> Reach:
    """The leads that a change of these columns moves."""
    mine = frozenset([pool.pk])
    idles = IDLE & set(values)
    return Reach(
        protected=mine if "protection_seconds" in values else frozenset(),
        owned=mine if idles else frozenset(),
        homeless=bool(idles) and bool(values.get("is_default", pool.is_default)),
    )


def _follow(pool: Pool, changed: set[str]) -> None:
    with connection.cursor() as cursor:
        if "protection_seconds" in changed:
            cursor.execute(_PROTECT, {"pool": pool.pk, "seconds": pool.protection_seconds})
        if changed & IDLE:
            seconds = pool.return_after_idle_seconds
            cursor.execute(_IDLE, {"pool": pool.pk, "default": pool.is_default, "seconds": seconds})


_PROTECT = """
WITH held AS (
    SELECT id FROM leads_lead WHERE in_pool AND pool_id = %(pool)s ORDER BY id FOR NO KEY UPDATE
)
UPDATE leads_lead l SET protected_until = l.pool_entered_at + %(seconds)s * interval '1 second'
FROM held WHERE held.id = l.id
"""

# What never happened counts from the start of the ownership: nothing is due for times before it.
_IDLE = """
WITH held AS (
    SELECT l.id, o.started_at FROM leads_lead l
    JOIN leads_ownership o ON o.lead_id = l.id AND o.ended_at IS NULL
    LEFT JOIN leads_pool p ON p.id = o.pool_id
    WHERE l.status IN ('assigned', 'contacted', 'qualified')
        AND (p.id = %(pool)s OR %(default)s AND (p.id IS NULL OR p.archived_at IS NOT NULL))
    ORDER BY l.id FOR NO KEY UPDATE OF l
), contacted AS (
    SELECT h.id, greatest(h.started_at, max(a.logged_at)) AS since FROM held h
    LEFT JOIN work_activity a ON a.subject_type = 'leads.lead' AND a.subject_id = h.id
        AND a.logged_at >= h.started_at AND (a.direction = 'outbound' OR a.outcome = 'replied')
    GROUP BY h.id, h.started_at
)
UPDATE leads_lead l SET idle_due_at = c.since + %(seconds)s * interval '1 second'
FROM contacted c WHERE c.id = l.id
"""
