"""`kpis/` and `funnel/`: the words of the address, the shape of the answer, who may ask."""

from typing import Any

import pytest

from performance.services.metrics import METRICS
from tests.api.conftest import Caller, caller_of
from tests.performance.world import World, random_world

ROW = {"key", "label", "value", "numerator", "denominator", "previous"}
STAGE = {"stage", "label", "count", "conversion", "share", "median_days"}


@pytest.fixture
def world(db: None) -> World:
    return random_world(7, size=30)


@pytest.fixture
def admin(world: World) -> Caller:
    return caller_of(world.users["admin"])


@pytest.mark.parametrize("by", ["", "user", "team", "region", "source", "channel", "grade", "month"])
def test_every_metric_by_every_grouping(admin: Caller, by: str) -> None:
    for metric, described in METRICS.items():
        answer = admin.get(f"kpis/?metric={metric}&by={by}")
        assert answer.status_code == 200, answer.content
        body = answer.json()
        assert (body["metric"], body["unit"]) == (metric, described.unit)
        assert all(set(row) == ROW for row in body["rows"])
        if not by:
            assert [row["key"] for row in body["rows"]] == [None]


def test_periods_and_people(admin: Caller, world: World) -> None:
    ann, team = world.users["ann"].pk, world.teams["one"].pk
    whole = admin.get("kpis/?metric=new_leads&from=2020-01-01").json()["rows"][0]["value"]
    anns = admin.get(f"kpis/?metric=new_leads&from=2020-01-01&user={ann}").json()["rows"][0]["value"]
    ours = admin.get(f"kpis/?metric=new_leads&from=2020-01-01&team={team}").json()["rows"][0]["value"]
    assert 0 < anns < ours < whole
    own = caller_of(world.users["ann"])
    assert own.get("kpis/?metric=new_leads&from=2020-01-01&user=me").json()["rows"][0]["value"] == anns
    assert own.get("kpis/?metric=new_leads&from=2020-01-01").json()["rows"][0]["value"] == anns


@pytest.mark.parametrize(
    "query, field",
    [
        ("", "metric"),
        ("metric=moon", "metric"),
        ("metric=claims&by=moon", "by"),
        ("metric=claims&from=soon", "from"),
        ("metric=claims&from=2026-01-02&to=2026-01-01", "to"),
        ("metric=claims&team=ours", "team"),
        ("metric=claims&user=99999999999999999999", "user"),
        ("metric=claims&grade=A", "grade"),
    ],
)
def test_what_cannot_be_read_is_refused(admin: Caller, query: str, field: str) -> None:
    answer = admin.get(f"kpis/?{query}")
    assert answer.status_code == 400
    assert [error["field"] for error in answer.json()["errors"]] == [field]


@pytest.mark.parametrize("kind", ["snapshot", "cohort"])
def test_the_funnel(admin: Caller, kind: str) -> None:
    body = admin.get(f"funnel/?kind={kind}&from=2020-01-01").json()
    assert body["kind"] == kind
    assert [stage["stage"] for stage in body["stages"]] == [
        "new",
        "assigned",
        "contacted",
        "qualified",
        "converted",
    ]
    assert all(set(stage) == STAGE for stage in body["stages"])
    assert body["disqualified"] == sum(each["count"] for each in body["dropped"]) > 0
    assert body["stages"][0]["conversion"] > 0 and body["stages"][-1]["conversion"] is None


@pytest.mark.parametrize("query", ["", "kind=pie", "kind=cohort&from=x", "kind=cohort&moon=1"])
def test_funnels_that_are_none_are_refused(admin: Caller, query: str) -> None:
    assert admin.get(f"funnel/?{query}").status_code == 400


ASKED: dict[str, Any] = {
    "ann": 200, "manager": 200, "director": 200, "admin": 200, "auditor": 200, "marketing": 200, "finance": 403,
}  # fmt: skip


def test_who_may_ask(world: World) -> None:
    for address in ("kpis/?metric=claims", "funnel/?kind=snapshot"):
        for who, status in ASKED.items():
            assert caller_of(world.users[who]).get(address).status_code == status, (who, address)
        assert Caller().get(address).status_code == 401
        assert caller_of(world.users["admin"], "leads:read").get(address).status_code == 403
