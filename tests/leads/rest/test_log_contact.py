"""`POST /leads/{id}/log-contact/`: what counts as the first contact, and what the deadline makes of it."""

from types import SimpleNamespace
from typing import Any

import pytest

from leads.models import Lead
from salesflow.clocks.services import sweep
from salesflow.work.models import Activity
from tests.leads.rest.conftest import (
    Call,
    clock_of,
    fresh,
    lead_in_pool,
    lead_of,
    said,
    soon,
    time_passes,
    told,
)


def log(call: Call, who: str, lead: Lead, **values: Any) -> Any:
    return call(who).post(f"leads/{lead.pk}/log-contact/", said(**values))


@pytest.mark.parametrize(
    ("direction", "outcome", "counts"),
    [
        ("outbound", "no_answer", True), ("outbound", "left_message", True), ("outbound", "reached", True),
        ("outbound", "replied", True), ("inbound", "replied", True), ("inbound", "reached", False),
        ("inbound", "no_answer", False), ("inbound", "left_message", False),
    ],
)  # fmt: skip
def test_an_attempt_counts_and_what_merely_came_in_does_not(
    call: Call, cast: SimpleNamespace, direction: str, outcome: str, counts: bool
) -> None:
    lead = lead_of(cast.alice)
    answer = log(call, "alice", lead, direction=direction, outcome=outcome)
    assert answer.status_code == 200, answer.content
    made = answer.json()
    assert (made["first_contacted_at"] is not None, made["status"]) == (
        counts,
        "contacted" if counts else "assigned",
    )
    assert clock_of(lead).state == ("met" if counts else "running")
    assert made["next_follow_up_at"] is not None


@pytest.mark.parametrize("channel", ["call", "email", "message", "meeting", "visit"])
def test_every_channel_will_do(call: Call, cast: SimpleNamespace, channel: str) -> None:
    assert log(call, "alice", lead_of(cast.alice), channel=channel).json()["first_contacted_at"] is not None


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"summary": None}, "summary"), ({"summary": ""}, "summary"), ({"summary": " \n"}, "summary"),
        ({"summary": "x" * 5001}, "summary"), ({"next_follow_up_at": None}, "next_follow_up_at"),
        ({"next_follow_up_at": "2001-01-01T00:00:00Z"}, "next_follow_up_at"),
        ({"next_follow_up_at": "soon"}, "next_follow_up_at"), ({"channel": "pigeon"}, "channel"),
        ({"direction": "sideways"}, "direction"), ({"outcome": ""}, "outcome"), ({"outcome": None}, "outcome"),
        ({"occurred_at": "2100-01-01T00:00:00Z"}, "occurred_at"),
        ({"occurred_at": "2001-01-01T00:00:00Z"}, "occurred_at"), ({"mood": "good"}, "mood"),
    ],
)  # fmt: skip
def test_what_is_missing_or_wrong_is_named_and_nothing_is_kept(
    call: Call, cast: SimpleNamespace, values: dict[str, Any], field: str
) -> None:
    lead = lead_of(cast.alice)
    answer = log(call, "alice", lead, **values)
    assert (answer.status_code, [each["field"] for each in answer.json()["errors"]]) == (400, [field])
    assert not Activity.objects.exists() and fresh(lead).first_contacted_at is None


def test_each_part_is_required(call: Call, cast: SimpleNamespace) -> None:
    answer = call("alice").post(f"leads/{lead_of(cast.alice).pk}/log-contact/", {})
    wrong = {each["field"]: each["code"] for each in answer.json()["errors"]}
    parts = ("channel", "direction", "outcome", "summary", "next_follow_up_at")
    assert (answer.status_code, wrong) == (400, dict.fromkeys(parts, "required"))


@pytest.mark.parametrize(
    ("who", "status"),
    [("alice", 200), ("mona", 200), ("dora", 200), ("admin", 200), ("auditor", 403), ("bob", 404),
     ("max", 404), ("finance", 404)],
)  # fmt: skip
def test_the_owner_and_those_above_him_log(call: Call, cast: SimpleNamespace, who: str, status: int) -> None:
    lead = lead_of(cast.alice)
    assert log(call, who, lead).status_code == status
    assert Activity.objects.exists() is (status == 200)


def test_what_a_person_says_of_the_time_moves_no_deadline(call: Call, cast: SimpleNamespace) -> None:
    """Past the limit and not yet swept: the contact is late, whatever the caller says of when it was."""
    lead = lead_of(cast.alice)
    time_passes([lead], 86_410)
    in_time = fresh(lead).owned_since.isoformat()
    made = log(call, "alice", lead, occurred_at=in_time).json()
    assert made["first_contacted_at"] > made["first_contact_due_at"]
    clock = clock_of(lead)
    assert clock.met_at is not None and clock.breached_at is not None
    assert Activity.objects.get().occurred_at.isoformat() == in_time


def test_in_time_it_wins_over_the_sweep(call: Call, cast: SimpleNamespace) -> None:
    lead = lead_of(cast.alice)
    time_passes([lead], 86_000)
    assert log(call, "alice", lead).status_code == 200
    time_passes([lead], 86_400)
    sweep()
    assert (fresh(lead).owner_id, fresh(lead).returned_count) == (cast.alice.pk, 0)


def timed_out(cast: SimpleNamespace) -> Lead:
    lead = lead_of(cast.alice)
    time_passes([lead], 86_400)
    sweep()
    assert fresh(lead).in_pool
    return lead


def test_after_the_time_out_he_who_lost_the_lead_is_told(call: Call, cast: SimpleNamespace) -> None:
    lead = timed_out(cast)
    for who in ("alice", "mona"):
        assert told(log(call, who, lead)) == (409, "clock_expired"), who
    assert told(log(call, "bob", lead)) == (403, "permission_denied")
    assert not Activity.objects.exists()


def test_he_is_told_also_when_the_lead_has_left_his_sight(call: Call, cast: SimpleNamespace) -> None:
    lead = timed_out(cast)
    assert call("charlie").post(f"leads/{lead.pk}/claim/").status_code == 200
    assert call("alice").get(f"leads/{lead.pk}/").status_code == 404
    for who in ("alice", "mona"):
        assert told(log(call, who, lead)) == (409, "clock_expired"), who
    assert told(log(call, "bob", lead)) == (404, "not_found")
    assert log(call, "charlie", lead).status_code == 200


def test_who_got_the_lead_back_logs_as_any_owner(call: Call, cast: SimpleNamespace) -> None:
    lead = timed_out(cast)
    assert call("alice").post(f"leads/{lead.pk}/claim/").status_code == 200
    made = log(call, "alice", lead).json()
    assert (made["status"], made["returned_count"]) == ("contacted", 1)


def test_each_ownership_has_a_first_contact_of_its_own(call: Call, cast: SimpleNamespace) -> None:
    lead = lead_of(cast.alice)
    first = log(call, "alice", lead).json()["first_contacted_at"]
    moved = call("mona").post(f"leads/{lead.pk}/assign/", {"owner": cast.bob.pk}).json()
    assert (moved["status"], moved["first_contacted_at"]) == ("assigned", None)
    assert moved["first_contact_due_at"] > first
    history = call("mona").get(f"leads/{lead.pk}/assignment-history/").json()["ownerships"]
    assert [own["first_contacted_at"] for own in history] == [None, first]


def test_a_lead_that_waits_in_a_pool_has_nobody_to_log(call: Call) -> None:
    lead = lead_in_pool()
    assert told(log(call, "alice", lead)) == (403, "permission_denied")
    assert told(log(call, "admin", lead)) == (409, "invalid_transition")


@pytest.mark.parametrize("id_", ["0", "99999", "9" * 19])
def test_what_is_not_there_is_not_found(call: Call, id_: str) -> None:
    answer = call("alice").post(f"leads/{id_}/log-contact/", said(next_follow_up_at=soon()))
    assert told(answer) == (404, "not_found")
