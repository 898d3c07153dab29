"""Decisions of the rules as lines to read."""

from collections.abc import Sequence
from dataclasses import dataclass

from leads.models import AssignmentRule, Lead
from leads.reasons import decided_said, passed_said, refused_said
from leads.services import Decision
from salesflow.people.models import User


@dataclass(frozen=True)
class Tried:
    """A lead, where it would go, and what spoke for and against."""

    lead: Lead
    rule: str
    owner: str
    pool: str
    why: str
    passed: list[str]
    refused: list[str]


def tried_rows(found: Sequence[tuple[Lead, Decision]]) -> list[Tried]:
    """Names are looked up once for all lines."""
    people = {user.pk: str(user) for user in User.objects.in_bulk(_people(found)).values()}
    passed = {each["rule"] for _lead, decision in found for each in _passed(decision) if "rule" in each}
    rules = dict(AssignmentRule.objects.filter(pk__in=passed).values_list("pk", "name"))
    return [_row(lead, decision, people, rules) for lead, decision in found]


def _row(lead: Lead, decision: Decision, people: dict[int, str], rules: dict[int, str]) -> Tried:
    pool = decision.terms.pools.by_id.get(decision.pool_id or 0)
    return Tried(
        lead=lead,
        rule=decision.rule_name,
        owner=people.get(decision.owner_id or 0, ""),
        pool=pool.name if pool else "",
        why=decided_said(decision.reason),
        passed=passed_said(decision.reason, rules=rules, people=people),
        refused=[
            f"{people.get(each['user'], '–')}: {refused_said(each['why'])}"
            for each in decision.candidates
            if not each["eligible"]
        ],
    )


def _passed(decision: Decision) -> list[dict[str, int]]:
    return list(decision.reason.get("passed", ()))


def _people(found: Sequence[tuple[Lead, Decision]]) -> set[int]:
    named = {each["user"] for _lead, decision in found for each in decision.candidates}
    keepers = {
        each["customer_owner"]
        for _lead, decision in found
        for each in _passed(decision)
        if "rule" not in each
    }
    return named | keepers | {decision.owner_id for _lead, decision in found if decision.owner_id}
