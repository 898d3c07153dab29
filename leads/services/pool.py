"""Pools: how many a person may hold, and changing a pool's rules."""

from django.utils.translation import gettext as _

from leads.models import Lead
from leads.services.candidates import OPEN_STATES
from leads.services.quota import quotas_lock
from leads.services.terms import PoolTerms, pools_now
from salesflow.lib.errors import Conflict
from salesflow.people.models import User


def held_count(user: User, pool: PoolTerms) -> int:
    """How many leads a person holds against the limits of this pool: open ones, of grades that count."""
    held = Lead.objects.filter(owner=user, status__in=OPEN_STATES, archived_at=None)
    if pool.held_excludes_grades:
        held = held.exclude(grade__in=pool.held_excludes_grades)
    return held.count()


def limit_of(user: User, pool: PoolTerms, name: str) -> int | None:
    """`max_held` or `max_claims_per_day` as it holds for this person in this pool; None is unlimited."""
    roles = [role.pk for role in user.roles.all()]
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
