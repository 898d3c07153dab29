"""Deciding who gets a lead: one function for one lead or a thousand, for the deed and for its preview.

The order of things: which rule applies to each lead (no lock) → the rows of the rules used, locked in the order of
their ids → quota rows of candidates who have a limit → counts → choices in memory, lead by lead → credits written
back. The number of statements does not depend on the number of leads.
"""

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import transaction

from leads import strategies
from leads.matching import Area, area_of, text_key
from leads.models import Lead
from leads.ports import ports
from leads.services.candidates import Candidate, Counts, candidates_read, counts_read
from leads.services.rules import Rules, RuleTerms, rules_now
from leads.services.terms import PoolTerms, Terms, terms_now
from salesflow.clocks.services import database_now
from salesflow.lib.prepared import Statement
from salesflow.people.models import User
from salesflow.people.services.config import config_revision

#: Candidates that an explanation shows; all are counted.
SHOWN = 20
INDUSTRY_POINTS = 4


@dataclass(frozen=True, slots=True)
class Decision:
    """Where a lead goes and why: to `owner_id`, or to `pool_id`. Carries the terms it was made under."""

    terms: Terms
    owner_id: int | None = None
    pool_id: int | None = None
    rule_id: int | None = None
    rule_version: int | None = None
    rule_name: str = ""
    strategy: str = ""
    candidates: list[dict[str, Any]] = field(default_factory=list)
    reason: dict[str, Any] = field(default_factory=dict)

    @classmethod
    def to_owner(cls, user: User, *, code: str = "named") -> "Decision":
        """A fixed choice: this person, whatever the rules say."""
        return cls(terms=terms_now(), owner_id=user.pk, reason={"code": code})

    @classmethod
    def to_pool(cls, pool_id: int | None = None, *, code: str = "pool") -> "Decision":
        """A fixed choice: this pool, or the default one."""
        terms = terms_now(owners=False)
        return cls(terms=terms, pool_id=pool_id or terms.pools.default.id, reason={"code": code})


def decisions_for(
    leads: Sequence[Lead], *, preview: bool = False, now: datetime | None = None, revision: int | None = None
) -> list[Decision]:
    """Who shall own each of these leads, by the rules; leads need not be stored yet. In the order of the leads.

    Locks and counts inside the caller's transaction, and moves the round robin on. A preview reads the same, takes
    no lock and writes nothing. A lead nobody can take goes to the rule's fallback pool or the default pool. `now` is
    the database's and `revision` that of the configuration, for callers that have asked.
    """
    if not leads:
        return []
    if preview:
        return list(_Desk(leads, preview=True, now=now, revision=revision).decide())
    with transaction.atomic(savepoint=False):
        return list(_Desk(leads, preview=False, now=now, revision=revision).decide())


def deciding(leads: Sequence[Lead], *, now: datetime, revision: int) -> Iterator[Decision]:
    """As `decisions_for`, lead by lead: locks are taken and counts read at once, and no decision asks the database.

    Whose turn is next is written when the iterator is asked once more after the last lead; it must be.
    """
    return _Desk(leads, preview=False, now=now, revision=revision).decide()


@dataclass(slots=True)
class _Case:
    """One lead on its way through: the rule that applies, whom it names, and what was passed over."""

    lead: Lead
    home: PoolTerms
    rule: RuleTerms | None = None
    people: list[Candidate] = field(default_factory=list)
    area: Area | None = None
    keeper: int | None = None
    passed: list[dict[str, Any]] = field(default_factory=list)


_CREDITS = Statement(
    "SELECT id, credits::text FROM leads_assignmentrule WHERE id = ANY(%s::bigint[]) ORDER BY id"
)
#: Held until the commit: who is next is decided by one transaction after the other.
_CREDITS_HELD = Statement(f"{_CREDITS.text} FOR NO KEY UPDATE")
_CREDITS_KEPT = Statement("UPDATE leads_assignmentrule SET credits = %s WHERE id = %s")


class _Desk:
    """The work of one call."""

    def __init__(
        self, leads: Sequence[Lead], *, preview: bool, now: datetime | None, revision: int | None
    ) -> None:
        self.preview = preview
        self.now: datetime = now or database_now()
        revision = config_revision() if revision is None else revision
        self.revision = revision
        self.rules: Rules = rules_now(revision=revision)
        self.terms = terms_now(owners=False, revision=revision)
        keepers = self._keepers(leads)
        named = self.rules.named | set(keepers.values())
        self.people: dict[int, Candidate] = candidates_read(named, now=self.now)
        self.selling = [person for person in self.people.values() if person.sells]
        self.areas: dict[tuple[str, str, str], Area | None] = {}
        self.chosen_from: dict[tuple[Any, ...], list[Candidate]] = {}
        self.weights: dict[int, dict[int, int]] = {}
        self.barred: dict[tuple[int, str], dict[int, str]] = {}
        self.cases = [
            _Case(lead, self.terms.pools.home_of(lead.pool_id), keeper=keepers.get(place))
            for place, lead in enumerate(leads)
        ]
        for case in self.cases:
            self._apply_rule(case)

    def _keepers(self, leads: Sequence[Lead]) -> dict[int, int]:
        """The owners of the customers that these leads belong to already, by the lead's place."""
        if not any(rule.existing_owner_first for rule in self.rules.ordered):
            return {}
        owners = ports.customer_owners(leads)
        return {place: owner for place, owner in enumerate(owners) if owner is not None}

    def _apply_rule(self, case: _Case) -> None:
        for rule in self.rules.ordered:
            if not rule.matches(case.lead):
                continue
            area = self._area(case.lead) if rule.match_territory else None
            if rule.match_territory and area is None:
                case.passed.append({"rule": rule.id, "why": "no_territory"})
                continue
            people = self._people(rule, area, text_key(case.lead.industry) if rule.match_industry else None)
            if rule.match_industry and not people:
                case.passed.append({"rule": rule.id, "why": "no_expert"})
                continue
            case.rule, case.people, case.area = rule, people, area
            return

    def _area(self, lead: Lead) -> Area | None:
        place = (lead.country, lead.region, lead.city)
        if place not in self.areas:
            self.areas[place] = area_of(self.rules.areas, *place)
        return self.areas[place]

    def _people(self, rule: RuleTerms, area: Area | None, industry: str | None) -> list[Candidate]:
        """Named people and those of the team, or all who sell; of the territory's team; expert in the industry."""
        key = (rule.id, area.team_id if area else None, industry)
        if key not in self.chosen_from:
            named = [self.people[user] for user in rule.members if user in self.people]
            team = (
                [person for person in self.selling if person.team_id == rule.team_id] if rule.team_id else []
            )
            people = {person.id: person for person in named + team}
            if not rule.members and rule.team_id is None:
                people = {person.id: person for person in self.selling}
            self.chosen_from[key] = [
                people[user]
                for user in sorted(people)
                if (area is None or people[user].team_id == area.team_id)
                and (industry is None or (industry and industry in people[user].industries))
            ]
        return self.chosen_from[key]

    def decide(self) -> Iterator[Decision]:
        """The decisions in the order of the leads; what they need is locked and read before the first is asked for."""
        used = {case.rule.id: case.rule for case in self.cases if case.rule is not None}
        credits = self._credits(sorted(used))
        self.counts: Counts = counts_read(
            self._asked(),
            cases=[(case.lead, case.home) for case in self.cases],
            rank=any(rule.strategy != "weighted_round_robin" for rule in used.values()),
            lock=not self.preview,
            now=self.now,
        )
        self.terms = terms_now(revision=self.revision) if not self.preview else self.terms
        return self._each(credits)

    def _each(self, credits: dict[int, dict[int, int]]) -> Iterator[Decision]:
        before = {rule: dict(owed) for rule, owed in credits.items()}
        for case in self.cases:
            yield self._decide(case, credits)
        if self.preview:
            return
        for rule, owed in credits.items():
            if owed != before[rule]:
                stored = {str(user): credit for user, credit in owed.items() if user in self.people}
                _CREDITS_KEPT.send(json.dumps(stored), rule)

    def _credits(self, rules: list[int]) -> dict[int, dict[int, int]]:
        rows = (_CREDITS if self.preview else _CREDITS_HELD).rows(rules)
        owed: dict[int, dict[int, int]] = defaultdict(dict)
        for rule, credits in rows:
            owed[rule] = {int(user): credit for user, credit in json.loads(credits).items()}
        return owed

    def _asked(self) -> list[Candidate]:
        """Everybody who may be chosen in this call, each once."""
        asked = {person.id: person for people in self.chosen_from.values() for person in people}
        for case in self.cases:
            if case.keeper is not None and case.keeper in self.people:
                asked[case.keeper] = self.people[case.keeper]
        return [asked[user] for user in sorted(asked)]

    def _decide(self, case: _Case, credits: dict[int, dict[int, int]]) -> Decision:
        rule = case.rule
        if rule is None:
            return self._pooled(case, None, [], "no_rule")
        if rule.existing_owner_first and case.keeper is not None:
            keeper = self.people.get(case.keeper)
            why = "not_selling" if keeper is None else self.counts.why_not(keeper, case.lead, case.home)
            if keeper is not None and not why:
                return self._owned(case, rule, keeper, [_shown(keeper, "", {})], "customer_owner")
            case.passed.append({"customer_owner": case.keeper, "why": why})
        eligible, refused = [], []
        barred = self._barred(rule, case.lead.grade)
        for person in case.people:
            why = barred.get(person.id) or self.counts.why_not(person, case.lead, case.home)
            if why:
                refused.append((person, why))
            else:
                eligible.append(person)
        if not eligible:
            return self._pooled(case, rule, [_shown(*each, {}) for each in refused], "nobody_eligible")
        chosen = self._choose(rule, eligible, case, credits[rule.id])
        shown = self._explained(rule, chosen, eligible, refused, credits[rule.id])
        return self._owned(case, rule, chosen, shown, rule.strategy)

    def _barred(self, rule: RuleTerms, grade: str) -> dict[int, str]:
        """Who cannot take leads of this grade by this rule, whatever he carries, and why."""
        key = (rule.id, grade)
        if key not in self.barred:
            weights, turns = self._weights(rule), rule.strategy == "weighted_round_robin"
            named = {
                user: "grade"
                for user, member in rule.members.items()
                if member.grades and grade not in member.grades
            }
            self.barred[key] = {
                user: "weight_zero" for user, weight in weights.items() if turns and not weight
            } | named
        return self.barred[key]

    def _weights(self, rule: RuleTerms) -> dict[int, int]:
        """What each person weighs in this rule."""
        if rule.id not in self.weights:
            named = {
                user: member.weight for user, member in rule.members.items() if member.weight is not None
            }
            own = {user: person.weight for user, person in self.people.items()}
            self.weights[rule.id] = own | named
        return self.weights[rule.id]

    def _choose(
        self, rule: RuleTerms, eligible: list[Candidate], case: _Case, owed: dict[int, int]
    ) -> Candidate:
        if rule.strategy == "weighted_round_robin":
            weights = self._weights(rule)
            picked = strategies.smooth_pick(owed, [(person.id, weights[person.id]) for person in eligible])
        elif rule.strategy == "least_loaded":
            picked = strategies.least_loaded_pick(eligible)
        else:
            picked = strategies.best_match_pick(eligible, [self._points(person, case) for person in eligible])
        return self.people[picked]

    def _points(self, person: Candidate, case: _Case) -> int:
        """Territory as specific as it is (city 4, province 2, country 1), and 4 for knowing the industry."""
        area = self._area(case.lead)
        points = area.specificity if area is not None and area.team_id == person.team_id else 0
        industry = text_key(case.lead.industry)
        return points + (INDUSTRY_POINTS if industry and industry in person.industries else 0)

    def _explained(
        self,
        rule: RuleTerms,
        chosen: Candidate,
        eligible: list[Candidate],
        refused: list[tuple[Candidate, str]],
        owed: dict[int, int],
    ) -> list[dict[str, Any]]:
        """The chosen one first, then others who could have been, then those who could not and why."""
        weights = self._weights(rule)
        credit = owed.get if rule.strategy == "weighted_round_robin" else _none_owed
        shown = [_shown(chosen, "", weights, credit(chosen.id))]
        for person in eligible[: SHOWN + 1]:
            if person is not chosen and len(shown) < SHOWN:
                shown.append(_shown(person, "", weights, credit(person.id)))
        shown += [_shown(person, why, weights) for person, why in refused[: SHOWN - len(shown)]]
        return shown

    def _owned(
        self, case: _Case, rule: RuleTerms, person: Candidate, shown: list[dict[str, Any]], code: str
    ) -> Decision:
        self.counts.add(person, case.lead, self.now)
        return Decision(
            terms=self.terms,
            owner_id=person.id,
            rule_id=rule.id,
            rule_version=rule.version,
            rule_name=rule.name,
            strategy=rule.strategy,
            candidates=shown,
            reason=self._reason(case, code),
        )

    def _pooled(
        self, case: _Case, rule: RuleTerms | None, shown: list[dict[str, Any]], code: str
    ) -> Decision:
        fallback = self.terms.pools.home_of(rule.fallback_pool_id if rule else None)
        if (rule is None or rule.fallback_pool_id is None) and case.lead.in_pool:
            fallback = case.home
        return Decision(
            terms=self.terms,
            pool_id=fallback.id,
            rule_id=rule.id if rule else None,
            rule_version=rule.version if rule else None,
            rule_name=rule.name if rule else "",
            strategy=rule.strategy if rule else "",
            candidates=shown[:SHOWN],
            reason=self._reason(case, code),
        )

    def _reason(self, case: _Case, code: str) -> dict[str, Any]:
        reason: dict[str, Any] = {"code": code, "considered": len(case.people)}
        if case.area is not None:
            reason["territory"] = case.area.id
        if case.passed:
            reason["passed"] = case.passed[:SHOWN]
        return reason


def _none_owed(user: int) -> None:
    return None


def _shown(
    person: Candidate, why: str, weights: Mapping[int, int], credit: int | None = None
) -> dict[str, Any]:
    shown: dict[str, Any] = {"user": person.id, "eligible": not why, "why": why}
    if weights:
        shown["weight"] = weights[person.id]
    if credit is not None:
        shown["credit"] = credit
    if person.counted:
        shown["load"] = person.load
    return shown
