"""`POST /leads/{id}/return/` and the time-out: back to the pool, counted, and in the end to the managers."""

from types import SimpleNamespace
from typing import Any

import pytest

from leads.models import Lead, Pool
from salesflow.clocks.services import sweep
from tests.leads.rest.conftest import (
    Call,
    default_pool,
    fresh,
    lead_in_pool,
    lead_of,
    said,
    time_passes,
    told,
)


def give_back(call: Call, who: str, lead: Lead, **body: Any) -> Any:
    return call(who).post(f"leads/{lead.pk}/return/", {"reason": "no_time", **body})


def test_it_is_new_again_in_the_pool_and_counted(call: Call, cast: SimpleNamespace) -> None:
    lead = lead_of(cast.alice)
    call("alice").post(f"leads/{lead.pk}/log-contact/", said())
    back = give_back(call, "alice", lead).json()
    assert {name: back[name] for name in ("status", "owner", "in_pool", "pool", "returned_count")} == {
        "status": "new", "owner": None, "in_pool": True, "pool": cast.pool.pk, "returned_count": 1,
    }  # fmt: skip
    assert (back["first_contact_due_at"], back["first_contacted_at"], back["next_follow_up_at"]) == (
        None,
    ) * 3


def test_time_outs_and_manual_returns_are_counted_alike(call: Call, cast: SimpleNamespace) -> None:
    lead = lead_of(cast.alice)
    time_passes([lead], 86_400)
    sweep()
    assert call("bob").get(f"leads/{lead.pk}/").json()["returned_count"] == 1
    call("bob").post(f"leads/{lead.pk}/claim/")
    assert give_back(call, "bob", lead).json()["returned_count"] == 2


def test_returned_too_often_it_waits_for_a_manager(call: Call, cast: SimpleNamespace) -> None:
    default_pool(review_after_returns=2)
    lead = lead_in_pool()
    for who, under_review in (("alice", False), ("bob", True)):
        assert call(who).post(f"leads/{lead.pk}/claim/").status_code == 200
        back = give_back(call, who, lead).json()
        assert (back["under_review"], back["in_pool"], back["status"]) == (under_review, True, "new")
    assert call("charlie").post(f"leads/{lead.pk}/claim/").status_code == 409
    assert fresh(lead).in_pool
    given = call("mona").post(f"leads/{lead.pk}/assign/", {"owner": cast.alice.pk}).json()
    assert (given["owner"], given["under_review"], given["returned_count"]) == (cast.alice.pk, False, 2)


def test_protection_never_delays_a_return(call: Call, cast: SimpleNamespace) -> None:
    default_pool(protection_seconds=3600)
    back = give_back(call, "alice", lead_of(cast.alice)).json()
    assert back["in_pool"] and back["protected_until"] is not None


def test_it_goes_back_where_it_came_from_or_to_another_pool_of_ones_own(
    call: Call, cast: SimpleNamespace
) -> None:
    mine, not_mine = Pool.objects.create(name="Mine"), Pool.objects.create(name="Not mine")
    mine.members.add(cast.alice)
    first = lead_in_pool(mine)
    call("alice").post(f"leads/{first.pk}/claim/")
    assert give_back(call, "alice", first).json()["pool"] == mine.pk
    assert give_back(call, "alice", lead_of(cast.alice), pool=mine.pk).json()["pool"] == mine.pk
    for pool in (not_mine.pk, 0, "x"):
        refused = give_back(call, "alice", lead_of(cast.alice), pool=pool)
        assert (refused.status_code, refused.json()["errors"][0]["field"]) == (400, "pool")


@pytest.mark.parametrize(
    "body", [{}, {"reason": None}, {"reason": ""}, {"reason": " "}, {"reason": "x" * 501}]
)
def test_a_reason_is_needed(call: Call, cast: SimpleNamespace, body: dict[str, Any]) -> None:
    lead = lead_of(cast.alice)
    answer = call("alice").post(f"leads/{lead.pk}/return/", body)
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (400, "reason")
    assert fresh(lead).owner_id == cast.alice.pk


@pytest.mark.parametrize(
    ("who", "status"),
    [
        ("alice", 200),
        ("mona", 200),
        ("dora", 200),
        ("admin", 200),
        ("auditor", 403),
        ("bob", 404),
        ("max", 404),
    ],
)
def test_the_owner_and_those_above_him_give_back(
    call: Call, cast: SimpleNamespace, who: str, status: int
) -> None:
    assert give_back(call, who, lead_of(cast.alice)).status_code == status


def test_what_nobody_works_on_is_not_given_back(call: Call, cast: SimpleNamespace) -> None:
    assert told(give_back(call, "admin", lead_in_pool())) == (409, "invalid_transition")
    assert told(give_back(call, "alice", lead_in_pool())) == (403, "permission_denied")
