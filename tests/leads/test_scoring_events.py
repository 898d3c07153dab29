"""Behaviour comes in over REST: each event once, with the right lead, moving its score."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from leads.models import Lead, LeadEvent, ScoreDue
from leads.services.score import events_join, rescore_sweep
from tests.api.conftest import Caller, call, cast, codes
from tests.leads.scoring import make_lead, model_in_force, nothing_kept

pytestmark = pytest.mark.django_db
__all__ = ["call", "cast", "nothing_kept"]
Call = Callable[..., Caller]

CLICKS = {"key": "clicks", "type": "events", "kind": "email_click", "points": 10, "cap": 40}


def event(**values: Any) -> dict[str, Any]:
    return {"kind": "email_click", "occurred_at": timezone.now().isoformat(), **values}


def sent(call: Call, body: Any) -> list[dict[str, Any]]:
    answer = call("admin").post("lead-events/", body)
    assert answer.status_code == 202, answer.json()
    return answer.json()["results"]


def test_an_event_moves_the_score_of_its_lead(call: Call) -> None:
    model_in_force([CLICKS], threshold_a=30, threshold_b=20)
    lead = make_lead()
    assert sent(call, event(lead=lead.pk)) == [{"result": "accepted"}]
    assert sent(call, [event(lead=lead.pk)] * 2) == [{"result": "accepted"}] * 2
    rescore_sweep()
    lead.refresh_from_db()
    assert (lead.score, lead.grade) == (30, "A")


def test_an_event_with_a_known_id_changes_nothing(call: Call) -> None:
    model_in_force([CLICKS])
    lead = make_lead()
    first = event(lead=lead.pk, event_id="m-1")
    assert sent(call, [first, first]) == [{"result": "accepted"}, {"result": "duplicate"}]
    assert sent(call, [first, event(lead=lead.pk, event_id="m-2")]) == [
        {"result": "duplicate"},
        {"result": "accepted"},
    ]
    assert LeadEvent.objects.count() == 2


def test_a_thousand_events_take_a_constant_number_of_statements(
    call: Call, django_assert_max_num_queries: Any
) -> None:
    leads = [make_lead() for _each in range(20)]
    admin = call("admin")
    admin.post("lead-events/", [event(lead=leads[0].pk)])
    items = [
        event(lead=leads[n % 20].pk, event_id=str(n), visitor=f"v{n % 7}", email="x@y.example")
        for n in range(1000)
    ]
    with django_assert_max_num_queries(25):
        assert admin.post("lead-events/", items).status_code == 202
    assert LeadEvent.objects.count() == 1001
    refused = admin.post("lead-events/", [*items, items[0]])
    assert (refused.status_code, codes(refused)) == (400, [("events", "too_many")])


def test_an_address_leads_to_the_newest_lead_in_work(call: Call) -> None:
    make_lead(email_key="ann@arbor.example")
    newer = make_lead(email_key="ann@arbor.example")
    ended = make_lead(email_key="ann@arbor.example", status="disqualified")
    sent(call, event(email="Ann@Arbor.example"))
    assert LeadEvent.objects.get().lead_id == newer.pk
    Lead.objects.exclude(pk=ended.pk).update(archived_at=timezone.now())
    sent(call, event(email="ann@arbor.example"))
    assert LeadEvent.objects.latest("id").lead_id == ended.pk


def test_an_unknown_address_waits_for_its_lead(call: Call) -> None:
    model_in_force([CLICKS])
    sent(call, event(email="ann@arbor.example"))
    assert LeadEvent.objects.get().lead_id is None
    lead = make_lead(email_key="ann@arbor.example")
    events_join([lead])
    rescore_sweep()
    lead.refresh_from_db()
    assert lead.score == 10


def test_a_visitor_becomes_known_with_all_he_did_before_and_does_after(call: Call) -> None:
    lead, other = make_lead(), make_lead()
    sent(call, [event(visitor="v1"), event(visitor="v1"), event(visitor="v2")])
    sent(call, event(visitor="v1", lead=lead.pk))
    sent(call, event(visitor="v1"))
    sent(call, [event(visitor="v3"), event(visitor="v3", lead=other.pk)])
    assert sorted(LeadEvent.objects.values_list("visitor", "lead_id"), key=str) == sorted(
        [("v1", lead.pk)] * 4 + [("v2", None)] + [("v3", other.pk)] * 2, key=str
    )


def test_events_of_a_merged_lead_go_to_the_one_it_was_merged_into(call: Call) -> None:
    kept = make_lead()
    merged = make_lead(merged_into=kept)
    sent(call, event(lead=merged.pk))
    assert LeadEvent.objects.get().lead_id == kept.pk


@pytest.mark.parametrize(
    ("values", "field", "code"),
    [
        ({"kind": "telepathy"}, "kind", "invalid_choice"),
        ({"kind": ["call"]}, "kind", "invalid_choice"),
        ({"occurred_at": None}, "occurred_at", "invalid"),
        ({"occurred_at": "2026-01-01T00:00:00"}, "occurred_at", "invalid"),
        ({"occurred_at": "2026-13-01T00:00:00Z"}, "occurred_at", "invalid"),
        ({"occurred_at": "1999-12-31T23:59:59Z"}, "occurred_at", "out_of_range"),
        ({"occurred_at": "9999-12-31T23:59:59-12:00"}, "occurred_at", "out_of_range"),
        ({"lead": -1}, "lead", "invalid"),
        ({"lead": True}, "lead", "invalid"),
        ({"lead": 2**63}, "lead", "invalid"),
        ({"lead": 999_999_999}, "lead", "unknown_lead"),
        ({"lead": None}, "lead", "required"),
        ({"email": "no address"}, "email", "invalid"),
        ({"visitor": "x" * 121}, "visitor", "invalid"),
        ({"url": "javascript:alert(1)"}, "url", "invalid"),
        ({"url": "https://" + "x" * 2000}, "url", "invalid"),
        ({"dwell_seconds": 86_401}, "dwell_seconds", "invalid"),
        ({"dwell_seconds": 1.5}, "dwell_seconds", "invalid"),
        ({"event_id": {"a": 1}}, "event_id", "invalid"),
        ({"points": 100}, "points", "unknown_field"),
    ],
)
def test_a_faulty_event_is_refused_alone(call: Call, values: dict[str, Any], field: str, code: str) -> None:
    lead = make_lead()
    faulty = {**event(lead=lead.pk), **values}
    results = sent(call, [event(lead=lead.pk), faulty])
    assert results[0] == {"result": "accepted"}
    assert [(each["field"], each["code"]) for each in results[1]["errors"]] == [(field, code)]
    assert LeadEvent.objects.count() == 1
    alone = call("admin").post("lead-events/", faulty)
    assert (alone.status_code, codes(alone)) == (400, [(field, code)])
    assert LeadEvent.objects.count() == 1


def test_five_minutes_ahead_are_forgiven_six_are_not(call: Call) -> None:
    lead = make_lead()
    for minutes, result in ((4, "accepted"), (6, "rejected")):
        at = (timezone.now() + timedelta(minutes=minutes)).isoformat()
        assert sent(call, [event(lead=lead.pk, occurred_at=at)])[0]["result"] == result


@pytest.mark.parametrize("body", ["text", 5, None, [[]], [None]])
def test_what_is_no_event_is_no_server_error(call: Call, body: Any) -> None:
    answer = call("admin").generic(
        "POST", "lead-events/", __import__("json").dumps(body), content_type="application/json"
    )
    assert answer.status_code in (202, 400)
    assert LeadEvent.objects.count() == 0


def test_only_who_reports_behaviour_may_send_it(call: Call, cast: Any) -> None:
    lead = make_lead(owner=cast.alice, owned_since=timezone.now(), status="assigned")
    assert call("alice").post("lead-events/", event(lead=lead.pk)).status_code == 403
    assert call("auditor").post("lead-events/", event(lead=lead.pk)).status_code == 403
    assert call("admin", "read").post("lead-events/", event(lead=lead.pk)).status_code == 403
    assert LeadEvent.objects.count() == 0
    assert call("admin", "lead-events:write").post("lead-events/", event(lead=lead.pk)).status_code == 202


def test_what_fades_is_looked_at_again_a_day_later_until_nothing_is_left() -> None:
    model_in_force([CLICKS], half_life_days=1)
    lead = make_lead()
    LeadEvent.objects.create(lead=lead, kind="email_click", occurred_at=timezone.now())
    ScoreDue.objects.create(lead=lead, due_at=timezone.now(), cause="event")
    scores = []
    for _day in range(14):
        rescore_sweep()
        lead.refresh_from_db()
        scores.append(lead.score)
        due = ScoreDue.objects.filter(lead=lead).first()
        if due is None:
            break
        assert timedelta(hours=23) < due.due_at - timezone.now() <= timedelta(hours=24)
        LeadEvent.objects.update(occurred_at=LeadEvent.objects.get().occurred_at - timedelta(days=1))
        ScoreDue.objects.update(due_at=timezone.now())
    assert scores[:5] == [10, 5, 3, 1, 1]
    assert scores[-1] == 0 and due is None


def test_a_lead_that_cannot_be_scored_does_not_hold_up_the_others() -> None:
    """The fault is put into the database: a CHECK that this one lead's new score breaks."""
    model_in_force([CLICKS])
    leads = [make_lead() for _each in range(3)]
    for lead in leads:
        LeadEvent.objects.create(lead=lead, kind="email_click", occurred_at=timezone.now())
        ScoreDue.objects.create(lead=lead, due_at=timezone.now(), cause="event")
    bad = leads[1]
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute(f"ALTER TABLE leads_lead ADD CONSTRAINT broken CHECK (id <> {bad.pk} OR score = 0)")
    counts = rescore_sweep()
    assert (counts["rescored"], counts["failed"]) == (2, 1)
    assert [Lead.objects.get(pk=lead.pk).score for lead in leads] == [10, 0, 10]
    waits = ScoreDue.objects.get(lead=bad).due_at - timezone.now()
    assert timedelta(minutes=55) < waits <= timedelta(hours=1)


def test_a_lead_that_is_entered_takes_over_what_its_address_did_before(call: Call) -> None:
    model_in_force([CLICKS])
    sent(
        call, [event(email="ann@arbor.example"), event(email="Ann@Arbor.example"), event(email="x@y.example")]
    )
    body = {"company_name": "Arbor", "email": "ann@arbor.example", "assignment": "none"}
    made = call("admin").post("leads/", body)
    assert made.status_code == 201, made.json()
    assert LeadEvent.objects.filter(lead=made.json()["id"]).count() == 2
    rescore_sweep()
    assert Lead.objects.get(pk=made.json()["id"]).score == 20
