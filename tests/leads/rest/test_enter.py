"""`POST /leads/`: where a new lead goes, for whom, and what is asked of it."""

from types import SimpleNamespace
from typing import Any

import pytest

from leads.models import Lead, LeadSource
from salesflow.clocks.models import Clock
from tests.leads.rest.conftest import Call, facts, rule, told

PLACE = ("status", "owner", "pool", "in_pool")


def place(lead: dict[str, Any]) -> tuple[Any, ...]:
    return tuple(lead[name] for name in PLACE)


@pytest.mark.parametrize("assignment", [None, "rules", "pool", "me", "none"])
def test_a_new_lead_goes_where_the_body_says(
    call: Call, cast: SimpleNamespace, assignment: str | None
) -> None:
    rule(members=[{"user": cast.bob}])
    asked = {} if assignment is None else {"assignment": assignment}
    answer = call("alice").post("leads/", facts(**asked))
    assert answer.status_code == 201, answer.content
    lead, owner = answer.json(), {None: cast.bob, "rules": cast.bob, "me": cast.alice}.get(assignment)
    if owner is not None:
        assert place(lead) == ("assigned", owner.pk, None, False)
    elif assignment == "pool":
        assert place(lead) == ("new", None, cast.pool.pk, True)
    else:
        assert place(lead) == ("new", None, None, False)
    runs = Clock.objects.filter(subject_type="leads.lead", subject_id=lead["id"]).count()
    assert (runs, lead["first_contact_due_at"] is not None) == (int(owner is not None), owner is not None)
    assert lead["grade"] in "ABC" and lead["score_explanation"] is not None


def test_without_a_rule_that_finds_somebody_a_lead_waits_in_the_default_pool(
    call: Call, cast: SimpleNamespace
) -> None:
    admin = call("admin")
    for each in admin.get("assignment-rules/").json()["results"]:
        assert admin.delete(f"assignment-rules/{each['id']}/").status_code == 204
    assert place(admin.post("leads/", facts()).json()) == ("new", None, cast.pool.pk, True)


def test_an_owner_in_the_body_outweighs_the_assignment(call: Call, cast: SimpleNamespace) -> None:
    rule(members=[{"user": cast.bob}])
    for assignment in ({}, {"assignment": "none"}, {"assignment": "pool"}):
        answer = call("mona").post("leads/", facts(owner=cast.alice.pk, **assignment))
        assert place(answer.json()) == ("assigned", cast.alice.pk, None, False)
    assert call("admin").post("leads/", facts(owner=None)).json()["owner"] == cast.bob.pk


@pytest.mark.parametrize(
    ("who", "owner", "status"),
    [
        ("alice", "alice", 201), ("alice", "bob", 403), ("mona", "alice", 201), ("mona", "charlie", 403),
        ("dora", "alice", 201), ("dora", "charlie", 403), ("admin", "charlie", 201), ("mona", "mona", 403),
        ("auditor", "alice", 403), ("finance", "alice", 403),
    ],
)  # fmt: skip
def test_whose_name_a_lead_may_be_entered_in(
    call: Call, cast: SimpleNamespace, who: str, owner: str, status: int
) -> None:
    answer = call(who).post("leads/", facts(owner=getattr(cast, owner).pk))
    assert answer.status_code == status
    assert Lead.objects.count() == int(status == 201)


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"assignment": "me"}, None),
        ({"assignment": "moon"}, "assignment"),
        ({"assignment": None}, "assignment"),
        ({"owner": 0}, "owner"),
        ({"owner": "me"}, "owner"),
        ({"owner": True}, "owner"),
        ({"source": 999_999}, "source"),
        ({"need_fit": 100.5}, "need_fit"),
        ({"budget": "-1"}, "budget"),
        ({"budget": "1e400"}, "budget"),
        ({"currency": "ZZZ"}, "currency"),
        ({"outcome": 2}, "outcome"),
        ({"email": "nonsense"}, "email"),
        ({"phone": "12"}, "phone"),
        ({"mobile": "12"}, "mobile"),
        ({"website": "no address"}, "website"),
        ({"credit_code": "123"}, "credit_code"),
        ({"custom": {"Bad Key": 1}}, "custom"),
        ({"custom": {"ends_in_newline\n": 1}}, "custom"),
        ({"custom": {"nested": {"a": 1}}}, "custom.nested"),
        ({"tags": "x" * 41}, "tags"),
        ({"tags": 5}, "tags"),
        ({"utm": []}, "utm"),
        ({"behaviour": {"visits": -1}}, "behaviour.visits"),
        ({"behaviour": {"moon": 1}}, "behaviour"),
        ({"referrer_type": "moon", "referrer_id": 1}, "referrer_type"),
        ({"referrer_type": "contacts.customer"}, "referrer_id"),
        ({"referrer_id": 5}, "referrer_type"),
        ({"referrer_type": "contacts.customer", "referrer_id": 0}, "referrer_id"),
        ({"referrer_type": "contacts.customer", "referrer_id": 2**63}, "referrer_id"),
        ({"flavour": "sweet"}, "flavour"),
    ],
)
def test_what_is_wrong_with_a_lead_is_named(call: Call, body: dict[str, Any], field: str | None) -> None:
    answer = call("mona").post("leads/", facts(**body))
    if field is None:  # a manager sells nothing himself
        assert told(answer) == (403, "permission_denied")
    else:
        assert (answer.status_code, [each["field"] for each in answer.json()["errors"]]) == (400, [field])
    assert not Lead.objects.exists()


def test_a_name_is_needed_and_either_will_do(call: Call) -> None:
    alice = call("alice")
    assert told(alice.post("leads/", {"email": "a@b.example"})) == (400, "invalid")
    for body in ({"company_name": "Arbor"}, {"contact_name": "Ann Archer"}):
        answer = alice.post("leads/", body)
        assert (answer.status_code, answer.json()["incomplete"]) == (201, True)


def test_a_source_that_demands_completeness_refuses_who_cannot_be_reached(call: Call) -> None:
    source = LeadSource.objects.create(name="Fair", channel="offline", kind="event", requires_reachable=True)
    refused = call("alice").post("leads/", {"company_name": "Arbor", "source": source.pk})
    assert (refused.status_code, refused.json()["errors"][0]["field"]) == (400, "email")
    answer = call("alice").post(
        "leads/", {"company_name": "Arbor", "source": source.pk, "phone": "13800138000"}
    )
    assert (answer.status_code, answer.json()["incomplete"]) == (201, False)


FIELDS = """
    id external_id company_name contact_name title email phone mobile website country region city industry source
    source_detail campaign partner budget currency decision_timeframe_days need need_fit verification status grade
    score fit_score engagement_score score_explanation owner pool in_pool incomplete outcome first_contact_due_at
    first_contacted_at next_follow_up_at returned_count customer contact opportunity converted_at custom tags
    created_at updated_at version
"""


def test_a_lead_has_every_field_that_integrations_rely_on(call: Call, cast: SimpleNamespace) -> None:
    made = call("alice").post("leads/", facts(assignment="me")).json()
    assert set(FIELDS.split()) <= set(made)
    listed = call("alice").get("leads/").json()["results"][0]
    assert set(listed) == set(made)
    assert listed["score_explanation"] is None and made["score_explanation"] is not None
    assert {**listed, "score_explanation": made["score_explanation"]} == made


def test_what_services_make_is_ignored_in_a_body(call: Call, cast: SimpleNamespace) -> None:
    made = {
        "status": "converted",
        "score": 99,
        "grade": "A",
        "in_pool": True,
        "returned_count": 7,
        "version": 9,
    }
    lead = call("alice").post("leads/", facts(assignment="me", **made)).json()
    assert (lead["status"], lead["in_pool"], lead["returned_count"], lead["version"]) == (
        "assigned",
        False,
        0,
        1,
    )
    edited = call("alice").patch(f"leads/{lead['id']}/", {**made, "owner": cast.bob.pk, "city": "Hangzhou"})
    assert (edited.json()["status"], edited.json()["owner"]) == ("assigned", cast.alice.pk)
    assert (edited.json()["city"], edited.json()["version"]) == ("Hangzhou", 2)
