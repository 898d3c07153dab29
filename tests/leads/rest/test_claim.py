"""`POST /leads/{id}/claim/`: one winner, and everybody else is told why not."""

from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import connection

from leads.models import Lead, Ownership, Pool
from tests.api.conftest import caller_of
from tests.contacts.conftest import make_cast
from tests.leads.rest.conftest import Call, default_pool, fresh, lead_in_pool, lead_of, make_lead, told


def claim(call: Call, who: str, lead: Lead) -> tuple[int, str | None]:
    return told(call(who).post(f"leads/{lead.pk}/claim/"))


def test_who_claims_owns_with_a_clock_of_his_own(call: Call, cast: SimpleNamespace) -> None:
    lead = lead_in_pool()
    said = call("alice").post(f"leads/{lead.pk}/claim/").json()
    assert (said["status"], said["owner"], said["in_pool"], said["pool"]) == (
        "assigned", cast.alice.pk, False, None,
    )  # fmt: skip
    assert said["first_contact_due_at"] is not None and said["first_contacted_at"] is None


def test_who_comes_second_is_told_also_when_the_lead_has_left_his_sight(call: Call) -> None:
    lead = lead_in_pool()
    assert claim(call, "alice", lead)[0] == 200
    assert call("charlie").get(f"leads/{lead.pk}/").status_code == 404
    for who in ("bob", "charlie", "alice"):
        assert claim(call, who, lead) == (409, "already_claimed"), who


def test_a_lead_that_a_manager_assigned_was_taken_too(call: Call, cast: SimpleNamespace) -> None:
    lead = lead_in_pool()
    assert call("mona").post(f"leads/{lead.pk}/assign/", {"owner": cast.bob.pk}).status_code == 200
    assert claim(call, "charlie", lead) == (409, "already_claimed")


def test_what_was_never_in_a_pool_of_his_is_not_there_for_him(call: Call, cast: SimpleNamespace) -> None:
    other = Pool.objects.create(name="Elsewhere")
    for lead in (make_lead(cast.alice), lead_in_pool(other)):
        assert claim(call, "charlie", lead) == (404, "not_found")
    taken = lead_in_pool(other)
    other.members.add(cast.bob)
    assert claim(call, "bob", taken)[0] == 200
    assert claim(call, "charlie", taken) == (404, "not_found")


@pytest.mark.parametrize(
    ("who", "answer"),
    [
        ("mona", (403, "permission_denied")), ("max", (403, "permission_denied")),
        ("admin", (403, "permission_denied")), ("auditor", (403, "permission_denied")),
        ("dora", (404, "not_found")), ("finance", (404, "not_found")),
    ],
)  # fmt: skip
def test_only_reps_claim_managers_assign(call: Call, who: str, answer: tuple[int, str]) -> None:
    lead = lead_in_pool()
    assert claim(call, who, lead) == answer
    assert fresh(lead).in_pool


@pytest.mark.parametrize(
    ("rules", "code"),
    [
        ({"max_held": 1}, "held_limit"),
        ({"max_claims_per_day": 0}, "daily_limit"),
        ({"protection_seconds": 3600}, "protected"),
    ],
)
def test_each_limit_of_the_pool_has_its_code(
    call: Call, cast: SimpleNamespace, rules: dict[str, Any], code: str
) -> None:
    lead_of(cast.alice)
    path = f"pools/{cast.pool.pk}/"
    assert call("admin").patch(path, rules).status_code == 200
    lead = lead_in_pool()
    assert claim(call, "alice", lead) == (409, code)
    assert fresh(lead).in_pool and not Ownership.objects.filter(lead=lead).exists()
    switched_off = call("admin").patch(path, dict.fromkeys(rules))
    assert all(switched_off.json()[name] is None for name in rules)
    assert claim(call, "alice", lead)[0] == 200


def test_claims_count_by_the_day_and_giving_back_gives_none_back(call: Call, cast: SimpleNamespace) -> None:
    default_pool(max_claims_per_day=1)
    first, second = lead_in_pool(), lead_in_pool()
    assert claim(call, "alice", first)[0] == 200
    assert call("alice").post(f"leads/{first.pk}/return/", {"reason": "no_time"}).status_code == 200
    assert claim(call, "alice", second) == (409, "daily_limit")


def test_every_former_owner_cools_down_from_his_own_release(call: Call, cast: SimpleNamespace) -> None:
    default_pool(cooldown_seconds=3600)
    lead = lead_in_pool()
    for who in ("alice", "bob"):
        assert claim(call, who, lead)[0] == 200
        assert call(who).post(f"leads/{lead.pk}/return/", {"reason": "no_time"}).status_code == 200
    assert claim(call, "alice", lead) == (409, "cooling_down")
    assert claim(call, "bob", lead) == (409, "cooling_down")
    assert claim(call, "charlie", lead)[0] == 200


@pytest.mark.parametrize("id_", ["0", "99999", "9" * 19])
def test_what_is_not_there_is_not_found(call: Call, id_: str) -> None:
    assert told(call("alice").post(f"leads/{id_}/claim/")) == (404, "not_found")


@pytest.mark.django_db(transaction=True)
def test_of_many_at_once_one_wins() -> None:
    """Without the lock on the lead in `leads_claim` several win."""
    cast = make_cast()
    lead = lead_in_pool()
    callers = [caller_of(person) for person in (cast.alice, cast.bob, cast.charlie) for _twice in range(2)]

    def ask(caller: Any) -> tuple[int, str | None]:
        try:
            return told(caller.post(f"leads/{lead.pk}/claim/"))
        finally:
            connection.close()

    with ThreadPoolExecutor(len(callers)) as threads:
        answers = sorted(threads.map(ask, callers))
    assert answers == [(200, None)] + [(409, "already_claimed")] * 5
    assert Ownership.objects.filter(lead=lead).count() == 1
