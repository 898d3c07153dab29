"""Who verifies leads, and by which checklist: `verification` in a policy document."""

from collections.abc import Mapping
from typing import Any

from leads.models import VerificationItem, VerificationPolicy
from leads.services.policy_document.names import Names
from leads.services.policy_document.shape import FLAG, TEXT, WHOLE, Group, Records
from leads.services.policy_document.steps import ARCHIVED, Step, columns_of
from leads.services.verify import verification_policy_change
from salesflow.people.models import User
from salesflow.people.services import (
    config_record_archive,
    config_record_change,
    config_record_create,
    config_record_restore,
)

KEY = "verification"
RIGHTS = "policies"
_ITEM = ("code", "name", "position", "rejects")

SHAPE = Group(
    {
        "verifier": TEXT,
        "items": Records(
            Group(
                {"code": TEXT, "name": TEXT, "position": WHOLE, "rejects": FLAG, ARCHIVED: FLAG},
                needed=("code",),
            ),
            called=("code",),
        ),
    }
)


def verification_said() -> dict[str, Any]:
    items = VerificationItem.objects.filter(archived_at=None).order_by("position", "code")
    return {
        "verifier": VerificationPolicy.objects.get().verifier,
        "items": [columns_of(item, _ITEM) for item in items],
    }


def verification_steps(given: dict[str, Any], names: Names) -> list[Step]:
    steps = []
    if "verifier" in given:
        steps.append(_verifier_step(given["verifier"]))
    asked = given.get("items", [])
    items = {
        item.code: item for item in VerificationItem.objects.filter(code__in=[each["code"] for each in asked])
    }
    return steps + [_item_step(items.get(each["code"]), each) for each in asked]


def _verifier_step(verifier: str) -> Step:
    policy = VerificationPolicy.objects.get()

    def do(by: User | None, values: Mapping[str, Any]) -> None:
        verification_policy_change(policy=policy, by=by, **values)

    return Step(KEY, columns_of(policy, ("verifier",)), {"verifier": verifier}, do)


def _item_step(item: VerificationItem | None, given: dict[str, Any]) -> Step:
    given = dict(given)
    goes = given.pop(ARCHIVED, False)
    now = columns_of(item, _ITEM) if item is not None else None
    in_use = item is not None and item.archived_at is None
    after = {**(now or columns_of(VerificationItem(), _ITEM)), **given}

    def do(by: User | None, values: Mapping[str, Any]) -> None:
        if item is None:
            config_record_create(VerificationItem, by=by, rights=RIGHTS, **values)
            return
        if goes:
            config_record_archive(item, by=by, rights=RIGHTS)
            return
        if not in_use:
            config_record_restore(item, by=by, rights=RIGHTS)
        if values:
            config_record_change(item, by=by, rights=RIGHTS, **values)

    path = f"{KEY}.items[{given['code']}]"
    return Step(path, now if in_use else None, None if goes else after, do, kept=now)
