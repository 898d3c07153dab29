"""Who gets a lead, and why: filter, candidates, eligibility, strategy, fallback."""

from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some

from leads import ports, strategies
from leads.models import AssignmentRule, LeadAssignment, Ownership, Pool, RepQuota
from leads.services import (
    assignment_rule_archive,
    assignment_rule_save,
    lead_auto_assign,
    lead_return,
    pool_save,
)
from leads.services.decide import SHOWN, decisions_for
from salesflow.people.models import Territory
from salesflow.people.services import config_changed
from tests.leads import cast

pytestmark = pytest.mark.django_db


@pytest.fixture
def nobody_else():
    """Without the last rule that gives any lead to anybody."""
    for rule in AssignmentRule.objects.all():
        assignment_rule_archive(rule=rule, by=None)


def decide(**lead):
    return decisions_for([cast.unsaved(**lead)])[0]


def owners_of(number, **lead):
    return [
        decision.owner_id for decision in decisions_for([cast.unsaved(**lead) for _each in range(number)])
    ]


def territory(name, team, **places):
    made = Territory.objects.create(name=name, team=team, **places)
    config_changed()
    return made


def why(decision):
    return {row["user"]: row["why"] for row in decision.candidates}


# the round robin


def test_weights_are_obeyed_and_the_turns_interleave():
    ann, bob = cast.person("ann", weight=2), cast.person("bob")
    assert owners_of(6) == [ann.pk, bob.pk, ann.pk] * 2


def test_turns_go_on_where_the_last_call_stopped():
    ann, bob = cast.person("ann"), cast.person("bob")
    assert [decide().owner_id for _each in range(4)] == [ann.pk, bob.pk, ann.pk, bob.pk]


def test_who_was_away_neither_gains_nor_loses_turns():
    ann, bob = cast.person("ann"), cast.person("bob")
    assert decide().owner_id == ann.pk
    bob.absent_from = timezone.now() - timedelta(hours=1)
    bob.save()
    assert owners_of(5) == [ann.pk] * 5
    bob.absent_until = timezone.now()
    bob.save()
    assert owners_of(4) == [bob.pk, ann.pk, bob.pk, ann.pk]


@given(weights=some.lists(some.integers(1, 9), min_size=1, max_size=7), rounds=some.integers(1, 3))
def test_over_the_sum_of_weights_each_gets_exactly_his_weight(weights, rounds):
    eligible = list(enumerate(weights, start=1))
    credits: dict[int, int] = {}
    for _round in range(rounds):
        picks = [strategies.smooth_pick(credits, eligible) for _turn in range(sum(weights))]
        assert [picks.count(user) for user, _weight in eligible] == weights
        assert set(credits.values()) == {0}


@given(weights=some.lists(some.integers(1, 9), min_size=2, max_size=6))
def test_nobody_runs_ahead_of_his_share_by_a_whole_turn(weights):
    eligible, total = list(enumerate(weights, start=1)), sum(weights)
    credits, had = {}, dict.fromkeys(range(1, len(weights) + 1), 0)
    for turn in range(1, total + 1):
        had[strategies.smooth_pick(credits, eligible)] += 1
        for user, weight in eligible:
            assert abs(had[user] - turn * weight / total) < len(weights)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(weights=some.lists(some.integers(0, 5), min_size=1, max_size=5), chunk=some.integers(1, 4))
def test_the_stored_round_robin_is_exact_however_it_is_cut_into_calls(db, weights, chunk):
    from django.db import transaction

    with transaction.atomic():
        people = [cast.person(f"p{place}", weight=weight) for place, weight in enumerate(weights)]
        owners, total = [], sum(weights)
        while len(owners) < total:
            owners += owners_of(min(chunk, total - len(owners)))
        assert [owners.count(person.pk) for person in people] == weights
        transaction.set_rollback(True)


# which rule


def test_the_first_rule_whose_filter_matches_decides():
    ann, bob = cast.person("ann"), cast.person("bob")
    cast.rule("large", position=1, filter={"grade": ["A"], "industry": "Medical"}, members=[{"user": ann}])
    assert owners_of(2, grade="A", industry="ｍｅｄｉｃａｌ") == [ann.pk] * 2
    assert set(owners_of(2, grade="B", industry="medical")) == {ann.pk, bob.pk}


def test_a_rule_may_be_switched_off():
    ann, bob = cast.person("ann"), cast.person("bob")
    rule = cast.rule("bob only", position=1, members=[{"user": bob}])
    assert decide().owner_id == bob.pk
    assignment_rule_save(rule=rule, by=None, is_active=False)
    assert decide().owner_id == ann.pk


def test_the_team_of_the_most_specific_territory():
    country, province, city = (cast.team(name) for name in ("country", "province", "city"))
    people = {each.pk: cast.person(each.name, team=each).pk for each in (country, province, city)}
    territory("everywhere", country)
    territory("guangdong", province, countries=["CN"], regions=["广东"])
    territory("shenzhen", city, countries=["CN"], cities=["深圳"])
    cast.rule("by place", position=1, match_territory=True)
    assert decide(country="中国", region="广东省", city="深圳市").owner_id == people[city.pk]
    assert decide(country="China", region="廣東", city="广州").owner_id == people[province.pk]
    assert decide(country="CN", region="云南").owner_id == people[country.pk]
    assert decide(country="Chile").reason["territory"] == Territory.objects.get(name="everywhere").pk


def test_outside_every_territory_the_next_rule_is_asked():
    east = cast.team("east")
    cast.person("ann", team=east)
    bob = cast.person("bob")
    territory("east", east, countries=["CN"])
    rule = cast.rule("by place", position=1, match_territory=True)
    cast.rule("rest", position=2, members=[{"user": bob}])
    decision = decide(country="Germany")
    assert decision.owner_id == bob.pk
    assert decision.reason["passed"] == [{"rule": rule.pk, "why": "no_territory"}]


def test_people_who_know_the_industry():
    cast.person("ann")
    bob = cast.person("bob", industries=["Medical"])
    cast.rule("by industry", position=1, match_industry=True)
    assert owners_of(2, industry="medical") == [bob.pk] * 2
    decision = decide(industry="")
    assert decision.rule_name != "by industry"
    assert decision.reason["passed"][0]["why"] == "no_expert"


def test_a_team_and_named_people_beside_it():
    east = cast.team("east")
    ann, bob = cast.person("ann", team=east), cast.person("bob")
    cast.person("cid")
    cast.rule("east and bob", position=1, team=east, members=[{"user": bob, "weight": 3}])
    assert sorted(owners_of(4)) == sorted([ann.pk] + [bob.pk] * 3)


def test_the_owner_of_the_customer_comes_first_when_he_can_take_it(monkeypatch):
    cast.person("ann")
    bob = cast.person("bob")
    monkeypatch.setattr(ports.ports, "customer_owners", lambda leads: [bob.pk] * len(leads), raising=False)
    decision = decide()
    assert (decision.owner_id, decision.reason["code"]) == (bob.pk, "customer_owner")
    bob.absent_from = timezone.now()
    bob.save()
    decision = decide()
    assert decision.owner_id != bob.pk
    assert {"customer_owner": bob.pk, "why": "absent"} in decision.reason["passed"]


# who is eligible


def test_each_reason_against_a_candidate_is_said(nobody_else):
    full = cast.person("full", capacity=1)
    capped = cast.person("capped", daily_cap=1)
    for person in (full, capped):
        cast.lead_of(person)
    people = {
        "inactive": cast.person("gone", is_active=False),
        "not_selling": cast.person("boss", "manager"),
        "absent": cast.person("away", absent_from=timezone.now()),
        "capacity": full,
        "daily_cap": capped,
        "grade": cast.person("picky"),
        "weight_zero": cast.person("idle", weight=0),
    }
    members = [{"user": person} for name, person in people.items() if name != "grade"]
    cast.rule("all", members=[*members, {"user": people["grade"], "grades": ["A"]}])
    decision = decide(grade="B")
    assert why(decision) == {person.pk: name for name, person in people.items()}
    assert (decision.owner_id, decision.pool_id) == (None, Pool.objects.default().pk)
    assert decision.reason["code"] == "nobody_eligible"
    assert decide(grade="A").owner_id == people["grade"].pk


def test_capacity_and_daily_cap_hold_within_one_call():
    ann, bob = cast.person("ann", capacity=2), cast.person("bob", daily_cap=1)
    assert owners_of(5) == [ann.pk, bob.pk, ann.pk, None, None]


def test_claims_do_not_count_towards_the_daily_cap():
    ann = cast.person("ann", daily_cap=1)
    cast.leads_of(ann, 2, via=Ownership.Via.CLAIM)
    assert owners_of(2) == [ann.pk, None]


def test_the_holding_limit_of_the_pool_holds_for_rules_too():
    ann, bob = cast.person("ann"), cast.person("bob")
    pool = cast.default_pool(max_held=2, held_excludes_grades=["C"])
    pool_save(pool=pool, by=None, limits=[{"user": bob, "max_held": 1}])
    assert owners_of(4, grade="B") == [ann.pk, bob.pk, ann.pk, None]
    assert decide(grade="C").owner_id is not None


def test_a_former_owner_in_his_cool_down_is_passed_over():
    ann, bob = cast.person("ann"), cast.person("bob")
    cast.default_pool(cooldown_seconds=3600)
    lead = cast.lead_of(ann)
    lead_return(lead=lead, by=ann, reason="no_time")
    for _each in range(2):
        decision = decisions_for([cast.fresh(lead)], preview=True)[0]
        assert decision.owner_id == bob.pk
        assert why(decision)[ann.pk] == "cooling_down"
    cast.time_passes([lead], 3601)
    assert decisions_for([cast.fresh(lead)])[0].owner_id == ann.pk


# the other strategies


def test_least_open_load_and_of_equals_who_waited_longest():
    ann, bob, cid = (cast.person(name) for name in ("ann", "bob", "cid"))
    cast.rule("load", position=1, strategy="least_loaded")
    first = cast.lead_of(ann)
    cast.lead_of(bob)
    cast.time_passes([first], 60)
    assert owners_of(4) == [cid.pk, ann.pk, bob.pk, cid.pk]


def test_best_match_knows_place_and_industry():
    east, west = cast.team("east"), cast.team("west")
    cast.person("ann", team=west)
    bob = cast.person("bob", team=east)
    cid = cast.person("cid", team=west, industries=["medical"])
    territory("east", east, countries=["CN"], cities=["Ningbo"])
    cast.rule("match", position=1, strategy="best_match")
    assert decide(country="CN", city="Ningbo").owner_id == bob.pk
    assert decide(country="CN", city="Xi'an", industry="Medical").owner_id == cid.pk


# nobody


def test_a_rule_without_anybody_eligible_gives_to_its_fallback_pool():
    ann = cast.person("ann", absent_from=timezone.now())
    cast.person("bob")
    other = pool_save(by=None, name="Other")
    cast.rule("ann only", position=1, members=[{"user": ann}], fallback_pool=other)
    assert decide().pool_id == other.pk


def test_without_any_rule_it_waits_in_the_default_pool(nobody_else):
    cast.person("ann")
    decision = decide()
    assert (decision.pool_id, decision.reason["code"]) == (Pool.objects.default().pk, "no_rule")


def test_managers_of_the_pool_are_told_when_nobody_could_take_it():
    mona = cast.person("mona", "manager")
    cast.default_pool(managers=[mona])
    lead = cast.lead_in_pool()
    lead_auto_assign(lead=lead, by=None)
    assert cast.fresh(lead).in_pool
    assert LeadAssignment.objects.filter(lead=lead).latest("pk").reason["code"] == "nobody_eligible"
    elsewhere = pool_save(by=None, name="Other", managers=[mona])
    cast.rule("none", position=1, team=cast.team("empty"), fallback_pool=elsewhere)
    lead_auto_assign(lead=lead, by=None)
    assert cast.fresh(lead).pool == elsewhere
    assert cast.notices(mona) == ["leads.unassigned"]


# explanation, preview, cost


def test_each_assignment_keeps_rule_version_candidates_and_reason():
    ann, bob = cast.person("ann", weight=2), cast.person("bob")
    rule = cast.rule("turns", position=1)
    assignment_rule_save(rule=rule, by=None, name="In turn")
    lead = cast.lead_in_pool()
    lead_auto_assign(lead=lead, by=None)
    kept = LeadAssignment.objects.filter(lead=lead).latest("pk")
    assert (kept.rule, kept.rule_version, kept.rule_name, kept.owner) == (rule, 2, "In turn", ann)
    assert kept.candidates == [
        {"user": ann.pk, "eligible": True, "why": "", "weight": 2, "credit": -1},
        {"user": bob.pk, "eligible": True, "why": "", "weight": 1, "credit": 1},
    ]
    assert kept.reason == {"code": "weighted_round_robin", "considered": 2}


def test_long_lists_of_candidates_are_cut_and_counted():
    people = [cast.person(f"p{number}") for number in range(SHOWN + 5)]
    decision = [decide() for _person in people][-1]
    assert decision.owner_id == people[-1].pk
    assert (len(decision.candidates), decision.reason["considered"]) == (SHOWN, SHOWN + 5)
    assert decision.candidates[0]["user"] == decision.owner_id


def test_a_preview_answers_the_same_and_writes_nothing(settings):
    settings.PREPARED_STATEMENTS = False  # so that what is said can be read
    for name in ("ann", "bob"):
        cast.person(name, capacity=5)
    leads = [cast.unsaved() for _each in range(3)]
    with CaptureQueriesContext(
        connection,
    ) as said:
        before = [decision.owner_id for decision in decisions_for(leads, preview=True)]
    assert not [each for each in said if each["sql"].startswith(("INSERT", "UPDATE", "DELETE"))]
    assert not [each for each in said if " FOR " in each["sql"] and "UPDATE" in each["sql"]]
    assert RepQuota.objects.count() == 0
    assert [decision.owner_id for decision in decisions_for(leads)] == before


def test_a_thousand_leads_cost_as_many_statements_as_one():
    for number in range(5):
        cast.person(f"p{number}", capacity=5000, daily_cap=5000)
    cast.default_pool(max_held=5000, cooldown_seconds=60)
    decide()

    def cost(number):
        leads = cast.leads_in_pool(number)
        with CaptureQueriesContext(connection) as said:
            decisions_for(leads)
        return len(said)

    assert cost(1) == cost(301) <= 16


# keeping rules


@pytest.mark.parametrize(
    "words",
    [
        {"grade": ["D"]}, {"owner": [1]}, {"score_min": "many"}, {"source": True}, {"custom.": "x"}, {"city": ""},
        {"industry": [1]}, {"grade": []}, ["grade"], {"channel": "pigeon"}, {"tags": {"a": 1}}, {"score_max": -1},
    ],
)  # fmt: skip
def test_a_filter_that_cannot_be_read_is_refused(words):
    with pytest.raises(ValidationError) as caught:
        cast.rule("bad", filter=words)
    assert set(caught.value.message_dict) == {"filter"}


def test_a_filter_knows_these_words():
    words = {
        "grade": "A", "source": ["1"], "channel": "online", "industry": ["medical"], "country": "中国",
        "region": "广东", "city": "深圳", "score_min": 10, "score_max": 90, "tags": ["vip"],
        "custom.size": [10, "large"],
    }  # fmt: skip
    assert cast.rule("all", filter=words).filter == words


def test_who_may_keep_rules():
    mona = cast.person("mona", "manager")
    with pytest.raises(PermissionDenied):
        assignment_rule_save(by=mona, name="mine")
    assert assignment_rule_save(by=cast.person("root", "admin"), name="ours").pk


def test_a_candidate_stands_once_in_a_rule_with_a_known_grade():
    ann = cast.person("ann")
    for members in ([{"user": ann}, {"user": ann}], [{"user": ann, "grades": ["Z"]}]):
        with pytest.raises(ValidationError) as caught:
            cast.rule("twice", members=members)
        assert set(caught.value.message_dict) == {"members"}
