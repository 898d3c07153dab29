"""First-contact policies in a policy document: `first_contact`, by grade."""

from collections.abc import Mapping
from typing import Any

from leads.models import FirstContactPolicy, Grade
from leads.services.first_contact import FIELDS, first_contact_policy_change, policy_reach
from leads.services.policy_document.names import Names
from leads.services.policy_document.shape import FLAG, WHOLE, WHOLE_OR_NONE, Group, Kind, Reference, Several
from leads.services.policy_document.steps import Step, columns_of
from salesflow.people.models import User

KEY = "first_contact"
_KINDS: dict[str, Kind] = {
    "limit_seconds": WHOLE,
    "business_hours_only": FLAG,
    "calendar": Reference("calendar", null=True),
    "remind_at_percent": Several(WHOLE),
}
SHAPE = Group(dict.fromkeys(Grade.values, Group({name: _KINDS.get(name, WHOLE_OR_NONE) for name in FIELDS})))


def first_contact_said() -> dict[str, Any]:
    return {policy.grade: _said(policy) for policy in _rows()}


def first_contact_steps(given: dict[str, Any], names: Names) -> list[Step]:
    return [_step(policy, given[policy.grade], names) for policy in _rows() if policy.grade in given]


def _rows() -> Any:
    return FirstContactPolicy.objects.select_related("calendar").order_by("grade")


def _said(policy: FirstContactPolicy) -> dict[str, Any]:
    columns = columns_of(policy, tuple(name for name in FIELDS if name != "calendar"))
    found = {**columns, "calendar": policy.calendar.name if policy.calendar else None}
    return {name: found[name] for name in FIELDS}


def _step(policy: FirstContactPolicy, given: dict[str, Any], names: Names) -> Step:
    now = _said(policy)

    def do(by: User | None, values: Mapping[str, Any]) -> None:
        found = dict(values)
        if "calendar" in found:
            found["calendar"] = names.one("calendar", found["calendar"])
        first_contact_policy_change(policy=policy, by=by, **found)

    return Step(
        f"{KEY}.{policy.grade}", now, {**now, **given}, do, reach=lambda values: policy_reach(policy, values)
    )
