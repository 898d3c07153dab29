"""Decisions of the rules as lines to read."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from leads.models import AssignmentRule, Lead
from leads.services import Decision
from leads.services.why import DECIDED, WHY_NOT
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
        why=_word(DECIDED, decision.reason.get("code", "")),
        passed=[_passed_said(each, people, rules) for each in _passed(decision)],
        refused=[
            f"{people.get(each['user'], '–')}: {_word(WHY_NOT, each['why'])}"
            for each in decision.candidates
            if not each["eligible"]
        ],
    )


def _word(words: dict[str, Any], code: str) -> str:
    return str(words.get(code, code))


def _passed_said(each: dict[str, Any], people: dict[int, str], rules: dict[int, str]) -> str:
    why = _word(WHY_NOT, each["why"])
    if "rule" in each:
        return _("Passed over “%(rule)s”: %(why)s") % {"rule": rules.get(each["rule"], "–"), "why": why}
    name = people.get(each["customer_owner"], "–")
    return _("%(name)s owns the customer, but: %(why)s") % {"name": name, "why": why}


def _passed(decision: Decision) -> list[dict[str, Any]]:
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
