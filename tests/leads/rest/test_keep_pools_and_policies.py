"""Pools, first-contact policies, rules and models as administrators keep them: what is refused, what holds at once."""

from types import SimpleNamespace
from typing import Any

import pytest

from leads.models import FirstContactPolicy, Pool
from tests.leads.rest.conftest import Call, clock_of, facts, lead_of, said, time_passes


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"max_held": -1}, "max_held"), ({"max_held": "many"}, "max_held"), ({"max_held": 2**40}, "max_held"),
        ({"max_claims_per_day": 1.5}, "max_claims_per_day"), ({"cooldown_seconds": 10**30}, "cooldown_seconds"),
        ({"return_after_idle_seconds": 0}, "return_after_idle_seconds"),
        ({"review_after_returns": 0}, "review_after_returns"), ({"rehand": "moon"}, "rehand"),
        ({"members": [0]}, "members.0"), ({"members": "x"}, "members"), ({"name": ""}, "name"),
        ({"is_default": False}, "is_default"), ({"held_excludes_grades": ["Z"]}, "held_excludes_grades"),
        ({"limits": [{}]}, "limits"), ({"limits": [{"max_held": 1}]}, "limits"), ({"moon": 1}, "moon"),
    ],
)  # fmt: skip
def test_what_no_pool_can_be_is_named(
    call: Call, cast: SimpleNamespace, change: dict[str, Any], field: str
) -> None:
    before = Pool.objects.values().get(pk=cast.pool.pk)
    answer = call("admin").patch(f"pools/{cast.pool.pk}/", change)
    assert answer.status_code == 400, answer.content
    assert {each["field"].removesuffix(".0") for each in answer.json()["errors"]} <= {
        field.removesuffix(".0")
    }
    assert Pool.objects.values().get(pk=cast.pool.pk) == before


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"limit_seconds": 0}, "limit_seconds"), ({"limit_seconds": -1}, "limit_seconds"),
        ({"limit_seconds": None}, "limit_seconds"), ({"limit_seconds": 10**12}, "limit_seconds"),
        ({"remind_at_percent": [0]}, "remind_at_percent"), ({"remind_at_percent": [100]}, "remind_at_percent"),
        ({"remind_at_percent": 50}, "remind_at_percent"), ({"remind_at_percent": [50.5]}, "remind_at_percent"),
        ({"calendar": 0}, "calendar"), ({"business_hours_only": "perhaps"}, "business_hours_only"),
    ],
)  # fmt: skip
def test_what_no_policy_can_be_is_named(call: Call, change: dict[str, Any], field: str) -> None:
    policy = FirstContactPolicy.objects.get(grade="C")
    answer = call("admin").patch(f"first-contact-policies/{policy.pk}/", change)
    assert (answer.status_code, answer.json()["errors"][0]["field"].split(".")[0]) == (400, field)
    assert FirstContactPolicy.objects.values().get(grade="C")["version"] == policy.version


def test_the_default_policy_is_a_day_for_every_grade(call: Call) -> None:
    policies = call("alice").get("first-contact-policies/").json()["results"]
    assert [
        (each["grade"], each["limit_seconds"], each["business_hours_only"], each["calendar"],
         each["remind_at_percent"])
        for each in policies
    ] == [(grade, 86_400, False, None, [50, 80]) for grade in "ABC"]  # fmt: skip


def test_a_changed_limit_moves_running_clocks_and_leaves_ended_ones(
    call: Call, cast: SimpleNamespace
) -> None:
    running, met = lead_of(cast.alice, grade="A"), lead_of(cast.alice, grade="A")
    time_passes([running, met], 100)
    contacted = call("alice").post(f"leads/{met.pk}/log-contact/", said()).json()
    policy = FirstContactPolicy.objects.get(grade="A")
    call("admin").patch(f"first-contact-policies/{policy.pk}/", {"limit_seconds": 3600})
    after = call("alice").get(f"leads/{running.pk}/").json()
    assert (after["first_contact_limit_seconds"], clock_of(running).target_seconds) == (3600, 3600)
    assert after["first_contact_due_at"] < contacted["first_contact_due_at"]
    kept = call("alice").get(f"leads/{met.pk}/").json()
    assert kept["first_contact_due_at"] == contacted["first_contact_due_at"]


@pytest.mark.parametrize(("method", "status"), [("post", 405), ("delete", 405)])
def test_there_is_one_policy_per_grade(call: Call, method: str, status: int) -> None:
    path = "first-contact-policies/" if method == "post" else "first-contact-policies/1/"
    assert getattr(call("admin"), method)(path).status_code == status


COMPONENT = {"key": "budget", "type": "bands", "input": "budget", "bands": [{"from": 1, "points": 20}]}
MODEL = {"name": "Trial", "components": [COMPONENT], "thresholds": {"A": 15, "B": 5}}


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"matrix": []}, "matrix"), ({"matrix": "x"}, "matrix"), ({"matrix": {"moon": 1}}, "matrix"),
        ({"matrix": {"fit_high": 1}}, "matrix"), ({"thresholds": {"A": 5, "B": 10}}, "threshold_a"),
        ({"thresholds": []}, "thresholds"), ({"half_life_days": 0}, "half_life_days"),
        ({"half_life_days": 1e308}, "half_life_days"), ({"components": {}}, "components"),
    ],
)  # fmt: skip
def test_what_no_model_can_be_is_named(call: Call, change: dict[str, Any], field: str) -> None:
    answer = call("admin").post("scoring-models/", {**MODEL, **change})
    assert answer.status_code == 400, answer.content
    assert field in {each["field"].split(".")[0] for each in answer.json()["errors"]}


def test_a_model_has_the_shape_integrations_rely_on(call: Call) -> None:
    made = call("admin").post("scoring-models/", MODEL)
    assert made.status_code == 201, made.content
    assert {name: made.json()[name] for name in ("name", "version", "status", "thresholds")} == {
        "name": "Trial", "version": 1, "status": "draft", "thresholds": {"A": 15, "B": 5},
    }  # fmt: skip
    assert made.json()["half_life_days"] == 14
    next_one = call("admin").post(f"scoring-models/{made.json()['id']}/new-version/")
    assert (next_one.status_code, next_one.json()["version"]) == (201, 2)


def test_a_new_rule_holds_for_the_next_lead(call: Call, cast: SimpleNamespace) -> None:
    body = {"name": "Bob", "position": 0, "members": [{"user": cast.bob.pk}]}
    assert call("admin").post("assignment-rules/", body).status_code == 201
    assert call("admin").post("leads/", facts()).json()["owner"] == cast.bob.pk
