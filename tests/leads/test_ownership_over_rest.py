"""Claim, assign, return and log a contact as an integration does: names, codes and answers."""

from datetime import timedelta

import pytest
from django.utils import timezone

from leads.models import FirstContactPolicy, Lead
from salesflow.clocks.services import sweep
from tests.api.conftest import caller_of
from tests.leads import cast

pytestmark = pytest.mark.django_db
TOMORROW = "2100-01-01T00:00:00Z"
CALL = {"channel": "call", "direction": "outbound", "outcome": "no_answer", "summary": "Rang",
        "next_follow_up_at": TOMORROW}  # fmt: skip


@pytest.fixture
def mona():
    return cast.person("mona", "manager")


@pytest.fixture
def ann(mona):
    return cast.person("ann", team=cast.team("East", mona))


@pytest.fixture
def bob(ann):
    return cast.person("bob", team=ann.team)


@pytest.fixture
def pool(ann, bob, mona):
    return cast.default_pool(members=[ann, bob], managers=[mona])


def answer(person, lead, verb, body=None):
    said = caller_of(person).post(f"leads/{lead.pk}/{verb}/", body)
    return said.status_code, said.json()


def code(person, lead, verb, body=None):
    status, said = answer(person, lead, verb, body)
    return status, said.get("code")


def test_a_rep_claims_and_the_next_is_told(pool, ann, bob, mona):
    lead = cast.lead_in_pool()
    status, said = answer(ann, lead, "claim")
    assert (status, said["owner"], said["status"], said["in_pool"], said["pool"]) == (
        200, ann.pk, "assigned", False, None
    )  # fmt: skip
    assert said["first_contact_due_at"] is not None
    assert code(bob, lead, "claim") == (409, "already_claimed")
    assert code(ann, lead, "claim") == (409, "already_claimed")
    assert answer(mona, lead, "claim")[0] == 403
    assert answer(cast.person("eve"), lead, "claim")[0] == 404


@pytest.mark.parametrize(
    "rules,expected",
    [({"max_held": 0}, "held_limit"), ({"max_claims_per_day": 0}, "daily_limit"),
     ({"protection_seconds": 3600}, "protected")],
)  # fmt: skip
def test_each_limit_has_its_code(ann, rules, expected):
    root = cast.person("root", "admin")
    pool = cast.default_pool(members=[ann])
    said = caller_of(root).patch(f"pools/{pool.pk}/", rules)
    assert said.status_code == 200, said.content
    assert code(ann, cast.lead_in_pool(), "claim") == (409, expected)


def test_giving_back_and_waiting(ann, mona):
    cast.default_pool(members=[ann], managers=[mona], cooldown_seconds=3600)
    lead = cast.lead_of(ann)
    assert answer(ann, lead, "return", {})[0] == 400
    status, said = answer(ann, lead, "return", {"reason": "no_time"})
    assert (status, said["status"], said["owner"], said["in_pool"], said["returned_count"]) == (
        200, "new", None, True, 1
    )  # fmt: skip
    assert code(ann, lead, "claim") == (409, "cooling_down")
    assert answer(ann, lead, "return", {"reason": "no_time"})[0] == 403
    history = caller_of(mona).get(f"leads/{lead.pk}/assignment-history/").json()
    assert history["ownerships"][0]["end_reason"] == "returned"


def test_a_manager_assigns_within_the_limit_or_over_it(ann, bob, mona):
    cast.default_pool(members=[ann, bob], managers=[mona], max_held=1)
    first, second = cast.leads_in_pool(2)
    assert answer(mona, first, "assign", {"owner": ann.pk})[1]["owner"] == ann.pk
    assert code(mona, second, "assign", {"owner": ann.pk}) == (409, "held_limit")
    assert answer(mona, second, "assign", {"owner": ann.pk, "override": True})[0] == 200
    assert answer(ann, second, "assign", {"owner": bob.pk})[0] == 403
    assert answer(mona, second, "assign", {"owner": mona.pk})[0] == 400
    assert answer(mona, second, "assign", {"owner": 0})[0] == 400


def test_the_rules_decide_and_can_be_tried_first(pool, ann, bob, mona):
    lead = cast.lead_in_pool()
    tried = caller_of(mona).get(f"leads/{lead.pk}/assignment-preview/").json()
    assert (tried["owner"], tried["strategy"]) == (ann.pk, "weighted_round_robin")
    assert cast.fresh(lead).in_pool
    assert answer(mona, lead, "auto-assign")[1]["owner"] == ann.pk
    assert code(mona, lead, "auto-assign") == (409, "invalid_transition")
    assert caller_of(ann).get(f"leads/{lead.pk}/assignment-preview/").status_code == 403


@pytest.mark.parametrize(
    "change,field",
    [({"summary": ""}, "summary"), ({"summary": None}, "summary"), ({"next_follow_up_at": None}, "next_follow_up_at"),
     ({"next_follow_up_at": "2001-01-01T00:00:00Z"}, "next_follow_up_at"), ({"channel": "pigeon"}, "channel"),
     ({"direction": ""}, "direction"), ({"occurred_at": TOMORROW}, "occurred_at"),
     ({"occurred_at": "2001-01-01T00:00:00Z"}, "occurred_at"), ({"next_follow_up_at": "soon"}, "next_follow_up_at")],
)  # fmt: skip
def test_a_contact_needs_its_parts(pool, ann, change, field):
    status, said = answer(ann, cast.lead_of(ann), "log-contact", {**CALL, **change})
    assert (status, [error["field"] for error in said["errors"]]) == (400, [field])


def test_a_contact_and_what_it_changes(pool, ann, mona):
    lead = cast.lead_of(ann)
    status, said = answer(ann, lead, "log-contact", CALL)
    assert (status, said["status"], said["next_follow_up_at"]) == (200, "contacted", TOMORROW)
    assert said["first_contacted_at"] < said["first_contact_due_at"]
    assert answer(mona, lead, "log-contact", CALL)[0] == 200


def test_after_the_time_out_the_contact_is_refused(pool, ann, mona):
    lead = cast.lead_of(ann)
    cast.time_passes([lead], 86_400)
    sweep()
    assert code(ann, lead, "log-contact", CALL) == (409, "clock_expired")
    assert code(mona, lead, "log-contact", CALL) == (409, "clock_expired")


def test_a_shorter_limit_holds_at_once(pool, ann):
    lead = cast.lead_of(ann, grade="A")
    cast.time_passes([lead], 61)
    policy = FirstContactPolicy.objects.get(grade="A")
    said = caller_of(cast.person("root", "admin")).patch(
        f"first-contact-policies/{policy.pk}/", {"limit_seconds": 60}
    )
    assert (said.status_code, said.json()["limit_seconds"]) == (200, 60)
    assert caller_of(ann).get(f"leads/{lead.pk}/").json()["first_contact_due_at"] is not None
    sweep()
    assert cast.fresh(lead).in_pool
    assert Lead.objects.get(pk=lead.pk).pool_entered_at < timezone.now() + timedelta(seconds=5)


def test_a_rule_is_made_and_holds_for_the_next_lead(pool, ann, bob):
    root = caller_of(cast.person("root", "admin"))
    bad = root.post("assignment-rules/", {"name": "x", "filter": {"colour": "red"}})
    assert (bad.status_code, bad.json()["errors"][0]["field"]) == (400, "filter")
    body = {"name": "bob", "position": 1, "filter": {"grade": ["A", "B", "C"]}, "members": [{"user": bob.pk}]}
    assert root.post("assignment-rules/", body).status_code == 201
    made = root.post("leads/", {"company_name": "Kestrel Robotics"})
    assert (made.status_code, made.json()["owner"]) == (201, bob.pk)
