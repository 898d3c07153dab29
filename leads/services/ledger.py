"""The ledger of fairness: what each rule gave to whom in a span of time, beside what its weights promise."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count

from leads.models import AssignmentRule, LeadAssignment
from salesflow.lib.errors import require
from salesflow.people.models import User


@dataclass(frozen=True)
class LedgerLine:
    """One person at one rule.

    `share` and `fair_share` are ratios of what the rule gave: what he got, and what his weight among the people of the
    rule promises (weighted round robin only). `credit` is what the round robin owes him now; the highest is next.
    """

    user: User
    weight: int | None
    given: int
    share: float | None
    fair_share: float | None
    credit: int | None

    @property
    def share_percent(self) -> float | None:
        return None if self.share is None else 100 * self.share

    @property
    def fair_percent(self) -> float | None:
        return None if self.fair_share is None else 100 * self.fair_share


@dataclass(frozen=True)
class LedgerRule:
    rule: AssignmentRule
    given: int
    lines: list[LedgerLine]


def assignment_ledger(
    *, by: User, since: datetime, until: datetime, rules: Iterable[AssignmentRule] | None = None
) -> list[LedgerRule]:
    """What the rules gave within [since, until), in the order of the rules; three statements however many there are.

    Shares are of all that a rule gave; lines are shown of the people within the person's right to assign. Raises
    PermissionDenied for who may not see the rules.
    """
    require(by.may("assignment.view"))
    chosen = AssignmentRule.objects.filter(archived_at=None) if rules is None else rules
    wanted = list(chosen.prefetch_related("members")) if rules is None else list(rules)  # type: ignore[attr-defined]
    given = _given([rule.pk for rule in wanted], since, until)
    ids = {user for people in given.values() for user in people}
    ids |= {int(user) for rule in wanted for user in rule.credits}
    people = User.objects.in_bulk(ids)
    scope = by.people_in_scope[by.scope("leads.assign")]
    seen = set(people) if scope is None else set(people) & set(scope)
    return [_rule(rule, given[rule.pk], people, seen) for rule in wanted]


def _given(rules: list[int], since: datetime, until: datetime) -> dict[int, dict[int, int]]:
    rows = LeadAssignment.objects.filter(
        rule__in=rules, owner__isnull=False, at__gte=since, at__lt=until
    ).values_list("rule", "owner")
    found: dict[int, dict[int, int]] = defaultdict(dict)
    for rule, owner, count in rows.annotate(count=Count("pk")).order_by():
        found[rule][owner] = count
    return found


def _rule(rule: AssignmentRule, given: dict[int, int], people: dict[int, User], seen: set[int]) -> LedgerRule:
    turns = rule.strategy == AssignmentRule.Strategy.WEIGHTED_ROUND_ROBIN
    credits = {int(user): credit for user, credit in rule.credits.items()} if turns else {}
    own = {member.user_id: member.weight for member in rule.members.all() if member.weight is not None}
    ids = [user for user in sorted({*given, *credits}) if user in people]
    weights = {user: own.get(user, people[user].weight) for user in ids}
    total, all_weights = sum(given.values()), sum(weights.values())
    lines = [
        LedgerLine(
            user=people[user], weight=weights[user] if turns else None, given=given.get(user, 0),
            share=given.get(user, 0) / total if total else None,
            fair_share=weights[user] / all_weights if turns and all_weights else None,
            credit=credits.get(user),
        )
        for user in ids
        if user in seen
    ]  # fmt: skip
    return LedgerRule(rule, total, sorted(lines, key=lambda line: (-line.given, line.user.pk)))
