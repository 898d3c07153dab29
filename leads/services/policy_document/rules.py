"""Assignment rules in a policy document: `assignment_rules`, in the order they are asked.

Rules may share a name; those of one name are told apart by their order.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

from django.db.models import Prefetch

from leads.models import AssignmentRule, AssignmentRuleMember, LeadSource
from leads.services.policy_document.filters import FilterKind, filter_said, filter_stored, sources_of
from leads.services.policy_document.names import Names
from leads.services.policy_document.shape import (
    FLAG,
    TEXT,
    WHOLE,
    WHOLE_OR_NONE,
    Group,
    Records,
    Reference,
    Several,
    numbered,
)
from leads.services.policy_document.steps import ARCHIVED, Step, columns_of
from leads.services.rules import FIELDS, assignment_rule_archive, assignment_rule_save
from salesflow.people.models import User

KEY = "assignment_rules"
_LINKS = {"team": "team", "fallback_pool": "pool"}
_PLAIN = tuple(name for name in FIELDS if name not in (*_LINKS, "filter"))
_KINDS = {
    "name": TEXT,
    "position": WHOLE,
    "strategy": TEXT,
    "filter": FilterKind(),
    **{name: Reference(what, null=True) for name, what in _LINKS.items()},
}

SHAPE = Records(
    Group(
        {
            **{name: _KINDS.get(name, FLAG) for name in FIELDS},
            "members": Records(
                Group(
                    {"person": Reference("person"), "weight": WHOLE_OR_NONE, "grades": Several(TEXT)},
                    needed=("person",),
                ),
                called=("person",),
            ),
            ARCHIVED: FLAG,
        },
        needed=("name",),
    ),
    called=("name",),
    once=False,
)


def rules_said() -> list[dict[str, Any]]:
    """The rules in use, in order."""
    rules = list(_rows())
    return _said(rules)


def rules_steps(given: list[dict[str, Any]], names: Names) -> list[Step]:
    """One step for each rule the document names."""
    held = defaultdict(list)
    rules = list(_rows().filter(name__in={each["name"] for each in given}))
    for rule, said in zip(rules, _said(rules), strict=True):
        held[rule.name].append((rule, said))
    seen: Counter[str] = Counter()
    steps = []
    for each in given:
        name = each["name"]
        place, seen[name] = seen[name], seen[name] + 1
        rule, said = held[name][place] if place < len(held[name]) else (None, None)
        steps.append(_step(f"{KEY}[{numbered(name, place + 1)}]", rule, said, each, names))
    return steps


def _rows() -> Any:
    rows = AssignmentRule.objects.filter(archived_at=None).select_related("team", "fallback_pool")
    members = AssignmentRuleMember.objects.select_related("user")
    return rows.prefetch_related(Prefetch("members", members)).order_by("position", "pk")


def _said(rules: Iterable[AssignmentRule]) -> list[dict[str, Any]]:
    """Rules in the words of the document."""
    ids = {id_ for rule in rules for id_ in sources_of(rule.filter) if id_.isascii() and id_.isdigit()}
    sources = LeadSource.objects.filter(pk__in=ids).values_list("pk", "name") if ids else ()
    names = {str(pk): name for pk, name in sources}
    return [_rule_said(rule, names) for rule in rules]


def _rule_said(rule: AssignmentRule, sources: Mapping[str, str]) -> dict[str, Any]:
    columns = columns_of(rule, _PLAIN)
    members = rule.members.all() if rule.pk is not None else ()
    return {
        **{name: columns.pop(name) for name in ("name", "position", "is_active")},
        "filter": filter_said(rule.filter, sources),
        "team": rule.team.name if rule.team else None,
        **columns,
        "fallback_pool": rule.fallback_pool.name if rule.fallback_pool else None,
        "members": sorted((_member_said(member) for member in members), key=_person),
    }


def _member_said(member: AssignmentRuleMember) -> dict[str, Any]:
    return {"person": member.user.email, "weight": member.weight, "grades": sorted(member.grades)}


def _person(member: Mapping[str, Any]) -> str:
    return str(member["person"])


def _step(
    path: str, rule: AssignmentRule | None, now: dict[str, Any] | None, given: dict[str, Any], names: Names
) -> Step:
    given = dict(given)
    goes = given.pop(ARCHIVED, False)
    if "members" in given:
        whole = ({"weight": None, "grades": [], **each} for each in given["members"])
        given["members"] = sorted(whole, key=_person)
    after = {**(now or _rule_said(AssignmentRule(), {})), **given}
    before = [each["person"] for each in (now or {}).get("members", ())]
    names.newcomers_active(f"{path}.members", before, [each["person"] for each in after["members"]])

    def do(by: User | None, values: Mapping[str, Any]) -> None:
        if goes:
            assert rule is not None
            assignment_rule_archive(rule=rule, by=by)
        else:
            assignment_rule_save(rule=rule, by=by, **_values(values, names))

    return Step(path, now, None if goes else after, do)


def _values(values: Mapping[str, Any], names: Names) -> dict[str, Any]:
    """As the service takes them."""
    found = dict(values)
    for name, what in _LINKS.items():
        if name in found:
            found[name] = names.one(what, found[name])
    if "filter" in found:
        found["filter"] = filter_stored(found["filter"], names.source_id)
    if "members" in found:
        found["members"] = [
            {
                "user": names.one("person", each["person"]),
                "weight": each["weight"],
                "grades": each["grades"],
            }
            for each in found["members"]
        ]
    return found
