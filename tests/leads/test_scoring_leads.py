"""Scoring: what a lead says of itself and does makes points, caps bound them, thresholds make grades."""

from datetime import timedelta
from decimal import Decimal

import pytest

from leads.models import FirstContactPolicy, GradeChange, Lead, ScoreDue
from leads.services.score import leads_rescore, scores_of_new
from salesflow.journal.models import Event
from salesflow.people.services import config_changed
from tests.leads.cast import lead_of, person
from tests.leads.scoring import happened, make_lead, model_in_force, nothing_kept, rescored

pytestmark = pytest.mark.django_db
__all__ = ["nothing_kept"]

BUDGET = {"key": "budget", "type": "bands", "input": "budget", "bands": [
    {"from": 100000, "points": 40}, {"from": 1, "points": 10}]}  # fmt: skip
CLICKS = {"key": "clicks", "type": "events", "kind": "email_click", "points": 10, "cap": 25}
OPENS = {"key": "opens", "type": "events", "kind": "email_open", "points": 20, "cap": 30}


def test_a_new_lead_gets_its_score_before_it_is_saved_and_keeps_it_afterwards():
    good = Lead(
        company_name="A", contact_name="B", title="CEO", email="b@arbor.example", phone="+8613800000000",
        budget=Decimal("300000.00"), decision_timeframe_days=30, need_fit=90,
    )  # fmt: skip
    bare = Lead(company_name="A")
    scores_of_new([good, bare])
    assert (good.grade, good.score, good.fit_score, good.engagement_score) == ("A", 68, 68, 0)
    assert (bare.grade, bare.score) == ("C", 0)
    assert good.scored_at is not None and good.scoring_model is not None
    good.save()
    assert leads_rescore([good.pk], cause="edited") == 0


def test_a_new_lead_counts_as_one_that_was_never_heard_of():
    visits = {"key": "visits", "type": "frequency", "window_days": 30, "bands": [
        {"from": 3, "points": 20}, {"to": 0, "points": -5}]}  # fmt: skip
    model_in_force([BUDGET, visits, CLICKS])
    lead = Lead(company_name="A", budget=Decimal(100000))
    scores_of_new([lead])
    assert (lead.score, lead.fit_score, lead.engagement_score) == (35, 40, -5)
    lead.save()
    assert leads_rescore([lead.pk], cause="edited") == 0


def test_a_thousand_new_leads_take_as_many_statements_as_one(django_assert_num_queries):
    leads = [Lead(company_name=str(number), budget=number * 1000) for number in range(1000)]
    scores_of_new(leads[:1])
    with django_assert_num_queries(3):  # the models' lock, the configuration's revision, the scores
        scores_of_new(leads)
    assert [lead.score for lead in leads[:2]] == [0, 3]
    assert leads[999].score == 16


def test_bounds_are_inclusive():
    model_in_force([BUDGET], threshold_a=40, threshold_b=10)
    found = [Lead(company_name="A", budget=Decimal(budget)) for budget in ("0.99", "1", "99999.99", "100000")]
    scores_of_new(found)
    assert [(lead.score, lead.grade) for lead in found] == [(0, "C"), (10, "B"), (10, "B"), (40, "A")]


def test_events_count_up_to_their_cap_and_fade_by_half_in_one_half_life():
    model_in_force([CLICKS], half_life_days=10)
    lead = make_lead()
    happened(lead, "email_click", days_ago=10)
    assert rescored(lead).score == 5
    happened(lead, "email_click", days_ago=20)
    assert rescored(lead).score == 8  # 5 + 2.5, half up
    for _each in range(9):
        happened(lead, "email_click")
    assert rescored(lead).score == 25


def test_opens_count_but_never_change_the_grade():
    model_in_force([BUDGET, OPENS, CLICKS])
    lead = make_lead(budget=100000)
    assert rescored(lead).grade == "B"
    happened(lead, "email_open")
    assert (rescored(lead).score, lead.grade) == (60, "B")
    happened(lead, "email_click")
    happened(lead, "email_click")
    assert (rescored(lead).score, lead.grade) == (80, "A")


def test_a_better_grade_holds_at_once_and_is_recorded_with_its_reasons():
    model_in_force([BUDGET, CLICKS])
    lead = make_lead(budget=100000)
    rescored(lead)
    for _each in range(3):
        happened(lead, "email_click")
    assert rescored(lead).grade == "A"
    change = GradeChange.objects.filter(lead=lead).latest("id")
    assert (change.old, change.new, change.score, change.cause) == ("B", "A", 65, "event")
    assert [(line["key"], line["input"], line["points"]) for line in change.explanation] == [
        ("budget", 100000.0, 4000),
        ("clicks", 3, 2500),
    ]
    event = Event.objects.filter(kind="leads.grade_changed", subject_id=lead.pk).latest("id")
    assert (event.data["from"], event.data["to"]) == ("B", "A")


def test_a_worse_grade_waits_and_a_recovery_forgets_it():
    model_in_force([BUDGET], downgrade_after_days=3)
    lead = make_lead(budget=100000)
    rescored(lead)
    Lead.objects.filter(pk=lead.pk).update(budget=5)
    assert (rescored(lead).grade, lead.score) == ("B", 10)
    assert lead.lower_grade_since is not None
    due = ScoreDue.objects.get(lead=lead).due_at
    assert (due - lead.lower_grade_since).total_seconds() == pytest.approx(3 * 86400, abs=60)
    Lead.objects.filter(pk=lead.pk).update(budget=100000)
    assert rescored(lead).lower_grade_since is None

    Lead.objects.filter(pk=lead.pk).update(budget=5)
    rescored(lead)
    _pass_days(lead, 2.99)
    assert rescored(lead).grade == "B"
    _pass_days(lead, 0.02)
    assert rescored(lead).grade == "C"
    assert lead.lower_grade_since is None


def test_a_lead_that_does_not_move_is_not_written():
    model_in_force([BUDGET])
    lead = make_lead(budget=100000)
    first = rescored(lead).scored_at
    Lead.objects.filter(pk=lead.pk).update(budget=100001)
    assert leads_rescore([lead.pk], cause="edited") == 0
    lead.refresh_from_db()
    assert lead.scored_at == first and lead.version == 1


def test_an_ended_lead_keeps_the_grade_it_ended_with():
    model_in_force([BUDGET])
    lead = make_lead(budget=100000)
    rescored(lead)
    Lead.objects.filter(pk=lead.pk).update(budget=5, status="disqualified")
    assert leads_rescore([lead.pk], cause="edited") == 0


def _pass_days(lead: Lead, days: float) -> None:
    lead.refresh_from_db()
    Lead.objects.filter(pk=lead.pk).update(lower_grade_since=lead.lower_grade_since - timedelta(days=days))


def test_a_better_grade_puts_the_running_deadline_under_its_own_policy():
    model_in_force([BUDGET, CLICKS])
    FirstContactPolicy.objects.filter(grade="A").update(limit_seconds=3600)
    config_changed()
    rep = person("rep1")
    lead = lead_of(rep, budget=100000, grade="B")
    rescored(lead)
    assert lead.first_contact_limit_seconds == 86400
    for _each in range(3):
        happened(lead, "email_click")
    assert (rescored(lead).grade, lead.first_contact_limit_seconds) == ("A", 3600)
    assert lead.first_contact_due_at - lead.first_contact_started_at == timedelta(hours=1)
