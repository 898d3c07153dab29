"""The explanation of a score: every part with its input, adding up to the score, naming what would lift the lead."""

from datetime import timedelta

import pytest
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from leads.models import GradeChange, Lead, LeadEvent
from leads.scoring.presets import DEFAULT_MODEL
from leads.services.score import leads_rescore, score_explain
from tests.leads.scoring import happened, make_lead, model_in_force, nothing_kept, rescored

pytestmark = pytest.mark.django_db
__all__ = ["nothing_kept"]

KINDS = LeadEvent.Kind.values
LEADS = st.fixed_dictionaries({
    "budget": st.none() | st.integers(0, 2_000_000),
    "decision_timeframe_days": st.none() | st.integers(0, 800),
    "need_fit": st.none() | st.integers(0, 100),
    "title": st.sampled_from(["", "CEO", "Head of Sales", "采购专员", "总经理", "intern"]),
    "email": st.sampled_from(["", "a@gmail.com", "a@arbor.example"]),
    "verification": st.sampled_from(["pending", "verified", "rejected"]),
    "behaviour": st.fixed_dictionaries({}, optional={
        "visits": st.integers(0, 20) | st.sampled_from(["7", "many", "", None, "1e9"]),
        "site_seconds": st.floats(0, 4000) | st.just({"a": 1}),
    }),
})  # fmt: skip
HAPPENINGS = st.lists(
    st.tuples(st.sampled_from(KINDS), st.floats(0, 90), st.sampled_from(["", "/pricing", "/blog"])),
    max_size=25,
)
FEW = settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


def written(lead: Lead, happenings: list[tuple[str, float, str]]) -> None:
    now = timezone.now()
    LeadEvent.objects.bulk_create(
        LeadEvent(lead=lead, kind=kind, occurred_at=now - timedelta(days=days), url=url)
        for kind, days, url in happenings
    )


@FEW
@given(values=LEADS, happenings=HAPPENINGS, caps=st.tuples(st.integers(0, 60), st.integers(0, 40)))
def test_the_parts_of_an_explanation_add_up_to_the_stored_score(db, values, happenings, caps):
    given_model = {**DEFAULT_MODEL, "fit_cap": caps[0], "engagement_cap": caps[1]}
    model_in_force(given_model["components"], fit_cap=caps[0], engagement_cap=caps[1])
    lead = make_lead(**values)
    written(lead, happenings)
    leads_rescore([lead.pk], cause="event")
    lead.refresh_from_db()
    told = score_explain(lead)
    parts = [*told["components"], *told["adjustments"]]
    assert round(sum(100 * part["points"] for part in parts)) == 100 * told["score"]
    assert told["score"] == pytest.approx(lead.score, abs=1)  # a moment passed, points fade
    fit = sum(part["points"] for part in told["components"] if part["axis"] == "fit")
    assert told["fit_score"] == max(-caps[0], min(caps[0], fit))
    assert abs(told["engagement_score"]) <= caps[1]
    assert 0 <= lead.score <= sum(caps)
    assert leads_rescore([lead.pk], cause="event") == 0 or happenings  # again: nothing moves but by time


def test_a_missing_dimension_is_named_as_what_would_lift_the_lead():
    model_in_force(DEFAULT_MODEL["components"], fit_cap=70, engagement_cap=30, threshold_a=50, threshold_b=25)
    lead = make_lead(budget=300000, decision_timeframe_days=30)
    rescored(lead)
    told = score_explain(lead)
    assert (told["score"], lead.grade) == (31, "B")
    assert told["next"]["grade"] == "A" and told["next"]["points"] == {"total": 19}
    first = told["next"]["lifts"][0]
    assert (first["key"], first["missing"], first["points"]) == ("need-fit", True, 20)
    assert [part["key"] for part in told["components"] if part["key"] == "need-fit" and part["missing"]]
    assert "opens" not in [lift["key"] for lift in told["next"]["lifts"]]


def test_caps_and_rounding_are_told_apart_from_the_components():
    model_in_force([
        {"key": "budget", "type": "bands", "input": "budget", "bands": [{"from": 1, "points": 50}]},
        {"key": "need", "type": "bands", "input": "need_fit", "bands": [{"from": 1, "points": 30}]},
        {"key": "clicks", "type": "events", "kind": "email_click", "points": 15},
    ], half_life_days=10)  # fmt: skip
    lead = make_lead(budget=1, need_fit=1)
    happened(lead, "email_click", days_ago=10)
    rescored(lead)
    told = score_explain(lead)
    assert [(part["key"], part["points"]) for part in told["adjustments"]] == [
        ("fit_cap", -20),
        ("rounding", 0.5),
    ]
    assert (told["score"], told["fit_score"], told["engagement_score"]) == (68, 60, 8)


def test_a_score_never_falls_below_zero():
    model_in_force([
        {"key": "check", "type": "choices", "input": "verification", "choices": {"rejected": -30}},
        {"key": "phone", "type": "present", "input": "phone", "points": 3},
    ])  # fmt: skip
    lead = make_lead(verification="rejected", phone="+8613800000000")
    rescored(lead)
    told = score_explain(lead)
    assert (lead.score, lead.fit_score) == (0, -27)
    assert told["adjustments"] == [{"key": "floor", "label": "Never below zero", "points": 27}]


def test_the_reasons_of_a_grade_change_are_those_of_its_moment():
    model_in_force(
        [{"key": "budget", "type": "bands", "input": "budget", "bands": [{"from": 1, "points": 40}]}]
    )
    lead = make_lead(budget=0)
    rescored(lead)
    Lead.objects.filter(pk=lead.pk).update(budget=5)
    rescored(lead)
    Lead.objects.filter(pk=lead.pk).update(budget=7)
    change = GradeChange.objects.get(lead=lead)
    assert (change.old, change.new) == ("C", "B")
    assert change.explanation[0] | {"before": None} == {
        "key": "budget", "input": 5.0, "points": 4000, "graded": 4000, "before": None, "missing": False
    }  # fmt: skip


def test_an_ended_lead_is_explained_as_of_its_end():
    clicks = {"key": "clicks", "type": "events", "kind": "email_click", "points": 20}
    model_in_force([clicks], half_life_days=10)
    lead = make_lead()
    happened(lead, "email_click", days_ago=30)
    ended = timezone.now() - timedelta(days=30)
    rescored(lead)
    Lead.objects.filter(pk=lead.pk).update(
        status="converted", converted_at=ended, score=20, engagement_score=20
    )
    lead.refresh_from_db()
    assert score_explain(lead)["score"] == 20
