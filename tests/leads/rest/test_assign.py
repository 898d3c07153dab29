"""`assign` and `auto-assign`: managers give, within the holding limit and whatever claims must wait for."""

from types import SimpleNamespace
from typing import Any

import pytest

from tests.leads.rest.conftest import (
    Call,
    default_pool,
    fresh,
    lead_in_pool,
    lead_of,
    make_lead,
    rule,
    told,
)


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "owner"), ({"owner": None}, "owner"), ({"owner": 0}, "owner"), ({"owner": "alice"}, "owner"),
        ({"owner": 2**63}, "owner"), ({"owner": [1]}, "owner"), ({"owner": "MONA"}, "owner"),
        ({"owner": "ALICE", "override": "perhaps"}, "override"), ({"owner": "ALICE", "why": "so"}, "why"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_named(call: Call, cast: SimpleNamespace, body: dict[str, Any], field: str) -> None:
    names = {"ALICE": cast.alice.pk, "MONA": cast.mona.pk}
    body = {
        name: names.get(value, value) if isinstance(value, str) else value for name, value in body.items()
    }
    lead = lead_in_pool()
    answer = call("mona").post(f"leads/{lead.pk}/assign/", body)
    assert (answer.status_code, [each["field"] for each in answer.json()["errors"]]) == (400, [field])
    assert fresh(lead).in_pool


@pytest.mark.parametrize(
    ("who", "owner", "status"),
    [
        ("mona", "alice", 200), ("max", "charlie", 200), ("admin", "charlie", 200), ("mona", "charlie", 403),
        ("alice", "alice", 403), ("alice", "bob", 403), ("auditor", "alice", 403), ("dora", "alice", 404),
        ("finance", "alice", 404),
    ],
)  # fmt: skip
def test_who_gives_leads_of_the_pool_to_whom(
    call: Call, cast: SimpleNamespace, who: str, owner: str, status: int
) -> None:
    lead = lead_in_pool()
    answer = call(who).post(f"leads/{lead.pk}/assign/", {"owner": getattr(cast, owner).pk})
    assert answer.status_code == status
    assert fresh(lead).owner_id == (getattr(cast, owner).pk if status == 200 else None)


def test_the_holding_limit_holds_unless_the_manager_insists(call: Call, cast: SimpleNamespace) -> None:
    default_pool(max_held=1)
    lead_of(cast.alice)
    lead = lead_in_pool()
    path, body = f"leads/{lead.pk}/assign/", {"owner": cast.alice.pk}
    assert told(call("mona").post(path, body)) == (409, "held_limit")
    assert told(call("mona").post(path, {**body, "override": False})) == (409, "held_limit")
    assert call("mona").post(path, {**body, "override": True}).json()["owner"] == cast.alice.pk


def test_claim_counts_cool_down_and_protection_are_no_matter_of_his(
    call: Call, cast: SimpleNamespace
) -> None:
    default_pool(max_claims_per_day=0, cooldown_seconds=3600, protection_seconds=3600)
    lead = lead_of(cast.alice)
    assert call("alice").post(f"leads/{lead.pk}/return/", {"reason": "no_time"}).status_code == 200
    assert told(call("alice").post(f"leads/{lead.pk}/claim/")) == (409, "protected")
    assert call("mona").post(f"leads/{lead.pk}/assign/", {"owner": cast.alice.pk}).status_code == 200


def test_another_owner_starts_another_clock_and_no_return_is_counted(
    call: Call, cast: SimpleNamespace
) -> None:
    lead = make_lead(cast.alice)
    before = call("mona").get(f"leads/{lead.pk}/").json()
    after = call("mona").post(f"leads/{lead.pk}/assign/", {"owner": cast.bob.pk}).json()
    assert (after["owner"], after["status"], after["returned_count"]) == (cast.bob.pk, "assigned", 0)
    assert after["first_contact_due_at"] > before["first_contact_due_at"]
    assert told(call("mona").post(f"leads/{lead.pk}/assign/", {"owner": cast.bob.pk})) == (
        409,
        "already_owner",
    )


def test_the_rules_decide_anew_about_a_lead_without_an_owner(call: Call, cast: SimpleNamespace) -> None:
    rule(members=[{"user": cast.bob}], position=0)
    lead = lead_in_pool()
    assert told(call("alice").post(f"leads/{lead.pk}/auto-assign/")) == (403, "permission_denied")
    assert call("mona").post(f"leads/{lead.pk}/auto-assign/").json()["owner"] == cast.bob.pk
    assert told(call("mona").post(f"leads/{lead.pk}/auto-assign/")) == (409, "invalid_transition")
    (decided, *_earlier) = call("mona").get(f"leads/{lead.pk}/assignment-history/").json()["assignments"]
    assert (decided["owner"], decided["strategy"]) == (cast.bob.pk, "weighted_round_robin")
    assert {"rule", "rule_name", "rule_version", "candidates", "reason"} <= set(decided)
