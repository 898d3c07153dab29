"""Who else is told about a person's leads."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone

from salesflow.people.models import User


@dataclass(frozen=True)
class Superiors:
    """The manager of a person's team, and the deputy while he is away."""

    managers: frozenset[int] = frozenset()
    deputy: int | None = None


def superiors_of(people: Iterable[int], *, at: datetime | None = None) -> dict[int, Superiors]:
    """For each of these people, with one statement; a person who manages his own team has nobody above him here."""
    wanted = set(people)
    found: dict[int, Superiors] = defaultdict(Superiors)
    if not wanted:
        return found
    rows = User.objects.filter(pk__in=wanted).select_related("team__manager")
    for user in rows:
        manager = user.team.manager if user.team is not None else None
        above = {manager.pk} if manager is not None and manager.is_active and manager.pk != user.pk else set()
        away = user.is_absent(at or timezone.now())
        found[user.pk] = Superiors(frozenset(above), user.deputy_id if away else None)
    return found
