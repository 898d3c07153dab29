"""Each kind of component, and what administrators or leads may write into them."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from leads.models import Lead, LeadEvent, LeadSource
from leads.scoring.presets import DEFAULT_MODEL
from leads.services.score import leads_rescore, scores_of_new
from salesflow.work.models import Activity
from tests.leads.scoring import happened, make_lead, model_in_force, nothing_kept, rescored

pytestmark = pytest.mark.django_db
__all__ = ["nothing_kept"]
QUICK = settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


def points(component: dict[str, Any], **values: Any) -> int:
    """The points of a new lead under a model of this component alone."""
    model_in_force([{"key": "x", **component}], fit_cap=500, engagement_cap=500)
    lead = Lead(company_name="Arbor", **values)
    scores_of_new([lead])
    return lead.fit_score + lead.engagement_score


@pytest.mark.parametrize(
    ("title", "expected"),
    [
        ("CEO", 9), ("Ceo / Founder", 9), ("Vice-President Sales", 5), ("vice president", 5), ("Oceanographer", 0),
        ("副总经理", 9), ("ＣＥＯ", 9), ("销售总监(华东)", 5), ("director", 0), ("", 0),
        ("100% owner", 3), ("10 owner", 0),
    ],
)  # fmt: skip
def test_latin_key_words_are_whole_words_chinese_ones_stand_anywhere(title: str, expected: int) -> None:
    groups = [
        {"words": ["ceo", "总经理"], "points": 9},
        {"words": ["Vice President", "总监"], "points": 5},
        {"words": ["100% owner"], "points": 3},
    ]
    assert points({"type": "keywords", "input": "title", "groups": groups}, title=title) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [(5, 7), (4.99, 0), ("5", 7), (" 12.5 ", 7), ("-3", 0), ("five", 0), ("1e9", 0), (None, 0), (True, 0), ([9], 0),
     ({"a": 9}, 0), ({"amount": "5.00", "currency": "EUR"}, 7), ({"amount": "4.99"}, 0), ({"amount": []}, 0),
     ("9" * 400, 0), (10**30, 7)],
)  # fmt: skip
def test_a_custom_field_is_read_as_a_number_where_it_is_one(value: Any, expected: int) -> None:
    component = {"type": "bands", "input": "custom.team_size", "bands": [{"from": 5, "points": 7}]}
    assert points(component, custom={"team_size": value}) == expected
    assert points(component) == 0


def test_several_choices_are_found_one_by_one() -> None:
    groups = [{"words": ["Chat, phone"], "points": 5}, {"words": ["Audit"], "points": 3}]
    component = {"type": "keywords", "input": "custom.uses", "groups": groups}
    held = (["Audit"], ["Fax", "Chat, phone"], ["Auditing"], [])
    assert [points(component, custom={"uses": each}) for each in held] == [3, 5, 0, 0]


def test_a_band_takes_the_first_that_fits_and_bounds_count_in() -> None:
    bands = [{"to": 30, "points": 9}, {"from": 30, "to": 90, "points": 5}, {"from": 365, "points": -4}]
    component = {"type": "bands", "input": "decision_timeframe_days", "bands": bands}
    given_days = (0, 30, 31, 90, 91, 365)
    assert [points(component, decision_timeframe_days=days) for days in given_days] == [9, 9, 5, 5, 0, -4]


def test_choices_are_read_without_case_and_others_have_their_points() -> None:
    component = {"type": "choices", "input": "industry", "choices": {"Medical": 8, "教育": 6}, "other": -1}
    assert [points(component, industry=name) for name in (" medical ", "教育", "Mining", "")] == [8, 6, -1, 0]


def test_source_and_address_are_facts_too() -> None:
    web = LeadSource.objects.get(kind="web_form")
    channel = {"type": "choices", "input": "source_channel", "choices": {"online": 4}}
    assert (points(channel, source=web), points(channel)) == (4, 0)
    host = {"type": "choices", "input": "email_host", "choices": {"free": -3, "own": 2}}
    assert [points(host, email=address) for address in ("a@QQ.com", "a@arbor.example", "")] == [-3, 2, 0]
    assert points({"type": "present", "input": "phone", "points": 3}, mobile="+8613800000000") == 3


def test_the_last_activity_of_an_import_counts_an_open_without_grading_it() -> None:
    last = {"key": "last", "type": "choices", "input": "behaviour.last_activity",
            "choices": {"email_open": 40, "reply": 40}}  # fmt: skip
    model_in_force([last])
    opened, replied = (
        Lead(company_name="A", behaviour={"last_activity": kind}) for kind in ("email_open", "reply")
    )
    scores_of_new([opened, replied])
    assert [(lead.score, lead.grade) for lead in (opened, replied)] == [(40, "C"), (40, "B")]


def test_only_so_many_events_of_a_day_count_in_the_zone_of_the_workspace() -> None:
    views = {"key": "v", "type": "events", "kind": "page_view", "points": 1, "per_day": 2, "decays": False}
    model_in_force([views])
    lead = make_lead()
    noon = datetime(2026, 3, 10, 15, 0, tzinfo=UTC)  # 23:00 in Shanghai; two hours later it is the 11th there
    for hours in (0, 0.1, 0.2, 2, 2.1, 2.2):
        LeadEvent.objects.create(lead=lead, kind="page_view", occurred_at=noon + timedelta(hours=hours))
    assert rescored(lead).score == 4


def test_depth_counts_by_address_and_by_the_time_spent() -> None:
    model_in_force([
        {"key": "p", "type": "events", "kind": "page_view", "points": 5, "url_contains": "/pri%cing"},
        {"key": "d", "type": "events", "kind": "page_view", "points": 3, "min_dwell_seconds": 60},
    ])  # fmt: skip
    lead = make_lead()
    happened(lead, "page_view", url="https://a.example/pri%cing?x=1", dwell_seconds=59)
    happened(lead, "page_view", url="https://a.example/priXcing", dwell_seconds=60)
    happened(lead, "page_view", url="https://a.example/")
    assert rescored(lead).score == 8


def test_recency_and_frequency_hear_interactions_but_neither_opens_nor_leaving() -> None:
    model_in_force([
        {"key": "r", "type": "recency", "bands": [{"to": 2, "points": 5}, {"to": 30, "points": 1}]},
        {"key": "f", "type": "frequency", "window_days": 30, "bands": [{"from": 2, "points": 10}]},
    ])  # fmt: skip
    lead = make_lead()
    happened(lead, "email_open"), happened(lead, "unsubscribe"), happened(lead, "email_open")
    assert rescored(lead).score == 0
    happened(lead, "page_view", days_ago=29.9), happened(lead, "page_view", days_ago=31)
    assert rescored(lead).score == 1
    happened(lead, "reply", days_ago=1.99)
    assert rescored(lead).score == 15


def test_leaving_a_list_costs_points_that_do_not_fade() -> None:
    gone = {"key": "u", "type": "events", "kind": "unsubscribe", "points": -15, "cap": 15, "decays": False}
    model_in_force([gone, {"key": "b", "type": "present", "input": "phone", "points": 30}])
    lead = make_lead(phone="+8613800000000")
    happened(lead, "unsubscribe", days_ago=900), happened(lead, "unsubscribe")
    assert (rescored(lead).score, lead.engagement_score) == (15, -15)


def test_a_logged_talk_counts_as_what_it_was_an_unanswered_attempt_does_not() -> None:
    model_in_force([
        {"key": "c", "type": "events", "kind": "call", "points": 6},
        {"key": "m", "type": "events", "kind": "meeting", "points": 12},
    ])  # fmt: skip
    lead = make_lead()
    for channel, outcome in (("call", "no_answer"), ("call", "reached"), ("visit", "reached"), ("email", "")):
        Activity.objects.create(
            subject_type="leads.lead", subject_id=lead.pk, channel=channel, direction="outbound", outcome=outcome,
            summary="spoke", occurred_at=timezone.now(),
        )  # fmt: skip
    assert rescored(lead).score == 18


def test_an_ancient_event_leaves_nothing_and_breaks_nothing() -> None:
    model_in_force([{"key": "c", "type": "events", "kind": "call", "points": 500}], half_life_days=0.01)
    lead = make_lead()
    happened(lead, "call", days_ago=9000)
    assert rescored(lead).score == 0


HOSTILE = [
    "'",
    "''; DROP TABLE leads_lead; --",
    "%",
    "%s",
    "%(ids)s",
    "\\",
    "\\'",
    "{0}",
    "{fit}",
    "$1",
    '"',
    "教育'%s",
]


@pytest.mark.parametrize("text", HOSTILE)
def test_what_an_administrator_writes_is_only_ever_compared(text: str) -> None:
    components = [
        {"key": "c", "type": "choices", "input": "industry", "choices": {text: 5}, "label": text},
        {"key": "k", "type": "keywords", "input": "city", "groups": [{"words": [text + "x"], "points": 3}]},
        {"key": "u", "type": "events", "kind": "page_view", "points": 2, "url_contains": text},
    ]  # fmt: skip
    model_in_force(components)
    lead, other = make_lead(industry=text, city=text + "x"), make_lead(industry="medical", city="x")
    happened(lead, "page_view", url=f"/{text}"), happened(other, "page_view", url="/")
    leads_rescore([lead.pk, other.pk], cause="edited")
    lead.refresh_from_db(), other.refresh_from_db()
    alone = 3 if text in ('"', "'", "\\", "\\'") else 0  # nothing but separators is left beside the x
    assert (lead.score, other.score) == (10, alone)


@QUICK
@given(text=st.text([*map(chr, range(32, 127)), *"教育医疗，（"], min_size=1, max_size=40))
def test_any_text_can_be_a_choice(db: None, text: str) -> None:
    assume(text.strip())
    assert points({"type": "choices", "input": "city", "choices": {text: 5}}, city=text.upper()) == 5


@QUICK
@given(
    extra=st.integers(0, 40), place=st.integers(0, len(DEFAULT_MODEL["components"]) - 1), need=st.integers(0, 100),
    kinds=st.lists(st.sampled_from(LeadEvent.Kind.values), max_size=8),
)  # fmt: skip
def test_more_points_for_a_component_never_lower_a_score(
    db: None, extra: int, place: int, need: int, kinds: list[str]
) -> None:
    lead = make_lead(need_fit=need, budget=50_000, title="CEO", email="a@qq.com", behaviour={"visits": 4})
    LeadEvent.objects.bulk_create(
        LeadEvent(lead=lead, kind=kind, occurred_at=timezone.now() - timedelta(days=days))
        for days, kind in enumerate(kinds)
    )
    scores = []
    for more in (0, extra):
        components = [dict(each) for each in DEFAULT_MODEL["components"]]
        components[place] = _raised(components[place], more)
        model_in_force(components, fit_cap=70, engagement_cap=30)
        scores.append(rescored(lead).score)
    assert scores[1] >= scores[0]


def _raised(component: dict[str, Any], more: int) -> dict[str, Any]:
    raised = dict(component)
    if "points" in raised:
        raised["points"] += more
    for name in ("bands", "groups"):
        if name in raised:
            raised[name] = [{**each, "points": each["points"] + more} for each in raised[name]]
    if "choices" in raised:
        raised["choices"] = {value: n + more for value, n in raised["choices"].items()}
    return raised


def test_stored_and_unsaved_leads_are_scored_alike() -> None:
    leads = [
        Lead(company_name=str(n), budget=n * 7919 % 900_000, need_fit=n % 101, decision_timeframe_days=n * 31 % 500,
             title=["CEO", "采购", "", "Head of IT"][n % 4], email=["", f"a{n}@qq.com", f"b{n}@arbor.example"][n % 3],
             behaviour={"visits": n % 9, "site_seconds": str(n * 13)}, source_id=None)
        for n in range(200)
    ]  # fmt: skip
    scores_of_new(leads)
    Lead.objects.bulk_create(leads)
    assert leads_rescore([lead.pk for lead in leads], cause="edited") == 0
    assert len(Counter(lead.grade for lead in leads)) == 3
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM leads_scoredue")
        assert cursor.fetchone() == (0,)
