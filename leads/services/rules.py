"""The assignment rules: what they say now, and changing them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from leads.matching import Area, Test, filter_of
from leads.models import AssignmentRule, AssignmentRuleMember, LeadSource
from salesflow.journal.services import record
from salesflow.lib.errors import require
from salesflow.lib.records import touched
from salesflow.people.models import Territory, User
from salesflow.people.services import config_changed, config_hold
from salesflow.people.services.config import configured

FIELDS = (
    "name",
    "position",
    "is_active",
    "filter",
    "match_territory",
    "match_industry",
    "team",
    "existing_owner_first",
    "strategy",
    "fallback_pool",
)


@dataclass(frozen=True)
class MemberTerms:
    weight: int | None
    grades: frozenset[str]


@dataclass(frozen=True)
class RuleTerms:
    """A rule as it is now, its filter ready to be asked."""

    id: int
    version: int
    name: str
    matches: Test
    match_territory: bool
    match_industry: bool
    team_id: int | None
    existing_owner_first: bool
    strategy: str
    fallback_pool_id: int | None
    members: Mapping[int, MemberTerms]


@dataclass(frozen=True)
class Rules:
    """The active rules in order, and the territories they may ask about."""

    ordered: Sequence[RuleTerms]
    areas: Sequence[Area]

    @property
    def named(self) -> set[int]:
        """Everybody some rule names."""
        return {user for rule in self.ordered for user in rule.members}


def rules_now(*, revision: int | None = None) -> Rules:
    """Rules and territories, kept in memory for one revision of the configuration."""
    return configured("leads.assignment_rules", _rules, revision=revision)


def _rules() -> Rules:
    channels = dict(LeadSource.objects.values_list("pk", "channel"))
    active = AssignmentRule.objects.filter(is_active=True, archived_at=None).prefetch_related("members")
    territories = Territory.objects.filter(archived_at=None).order_by("pk")
    return Rules(
        ordered=[_terms(rule, channels) for rule in active.order_by("position", "pk")],
        areas=[
            Area.of(each.pk, each.team_id, each.countries, each.regions, each.cities) for each in territories
        ],
    )


def _terms(rule: AssignmentRule, channels: Mapping[int, str]) -> RuleTerms:
    return RuleTerms(
        id=rule.pk,
        version=rule.version,
        name=rule.name,
        matches=filter_of(rule.filter, channels),
        match_territory=rule.match_territory,
        match_industry=rule.match_industry,
        team_id=rule.team_id,
        existing_owner_first=rule.existing_owner_first,
        strategy=rule.strategy,
        fallback_pool_id=rule.fallback_pool_id,
        members={
            member.user_id: MemberTerms(member.weight, frozenset(member.grades))
            for member in rule.members.all()
        },
    )


@transaction.atomic
def assignment_rule_save(
    *,
    rule: AssignmentRule | None = None,
    by: User | None,
    members: Sequence[Mapping[str, Any]] | None = None,
    **values: Any,
) -> AssignmentRule:
    """Make a rule, or change the named columns of one; it holds for the next lead.

    `values` are of `FIELDS`; `members`, where given, are all named candidates there shall be:
    `{"user": User, "weight": 2 | None, "grades": ["A"]}`. The credits of its round robin stay. Raises
    ValidationError (filter, unknown field, weight, candidate named twice), PermissionDenied.
    """
    require(by is None or by.may("assignment.create" if rule is None else "assignment.edit"))
    unknown = set(values) - set(FIELDS)
    if unknown:
        raise ValidationError({min(unknown): ValidationError(_("Unknown field."), code="unknown_field")})
    config_changed()
    if rule is not None:
        rule = AssignmentRule.objects.select_for_update(no_key=True).get(pk=rule.pk)
    saved = rule or AssignmentRule()
    for name, value in values.items():
        setattr(saved, name, value)
    saved.full_clean(validate_constraints=False)
    if rule is None:
        saved.save()
    else:
        AssignmentRule.objects.filter(pk=saved.pk).update(
            **{name: getattr(saved, name) for name in values}, **touched()
        )
    if members is not None:
        _members_replace(saved, members)
    kind = "leads.assignment_rule_created" if rule is None else "leads.assignment_rule_changed"
    record(kind, subject=saved, by=by, data={"fields": sorted(values), "members": members is not None})
    return AssignmentRule.objects.get(pk=saved.pk)


def _members_replace(rule: AssignmentRule, members: Sequence[Mapping[str, Any]]) -> None:
    rows = [
        AssignmentRuleMember(
            rule=rule, user=each["user"], weight=each.get("weight"), grades=list(each.get("grades") or [])
        )
        for each in members
    ]
    if len({row.user_id for row in rows}) < len(rows):
        raise ValidationError(
            {"members": ValidationError(_("A candidate is named twice."), code="duplicate")}
        )
    for row in rows:
        try:
            row.clean_fields(exclude=["rule"])
        except ValidationError as error:
            raise ValidationError({"members": error.messages}) from None
    AssignmentRuleMember.objects.filter(rule=rule).delete()
    AssignmentRuleMember.objects.bulk_create(rows)


@transaction.atomic
def assignment_rule_archive(*, rule: AssignmentRule, by: User | None) -> None:
    """Put a rule out of use; what it decided stays explained."""
    require(by is None or by.may("assignment.archive"))
    config_hold()
    if AssignmentRule.objects.filter(pk=rule.pk, archived_at=None).update(
        archived_at=Now(), is_active=False, **touched()
    ):
        config_changed()
        record("leads.assignment_rule_archived", subject=rule, by=by)
