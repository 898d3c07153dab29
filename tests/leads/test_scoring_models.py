"""The life of a scoring model, and trying it on leads of today and of the past, over REST."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from leads.models import GradeChange, Lead, LeadSource, ScoringModel
from leads.services.score import leads_rescore, rescore_sweep
from tests.api.conftest import Caller, call, cast, codes
from tests.leads.scoring import make_lead, nothing_kept, rescored

pytestmark = pytest.mark.django_db
__all__ = ["call", "cast", "nothing_kept"]
Call = Callable[..., Caller]

BUDGET = {"key": "budget", "type": "bands", "input": "budget", "bands": [{"from": 100, "points": 40}]}
NEED = {"key": "need", "type": "bands", "input": "need_fit", "bands": [{"from": 50, "points": 30}]}
DRAFT = {"name": "Ours", "components": [BUDGET, NEED], "thresholds": {"A": 60, "B": 35}}


def drafted(call: Call, **values: Any) -> dict[str, Any]:
    made = call("admin").post("scoring-models/", {**DRAFT, **values})
    assert made.status_code == 201, made.json()
    return made.json()


def test_a_draft_is_made_changed_and_activated_and_the_former_model_retires(call: Call) -> None:
    draft = drafted(call)
    assert (draft["version"], draft["status"], draft["thresholds"]) == (1, "draft", {"A": 60, "B": 35})
    path = f"scoring-models/{draft['id']}/"
    changed = call("admin").patch(path, {"thresholds": {"A": 61, "B": 35}, "half_life_days": 30})
    assert (changed.json()["thresholds"]["A"], changed.json()["half_life_days"]) == (61, 30)
    assert call("admin").post(f"{path}activate/").json()["status"] == "active"
    assert list(ScoringModel.objects.filter(status="active").values_list("pk", flat=True)) == [draft["id"]]
    assert ScoringModel.objects.filter(status="retired").count() == 1


def test_a_model_that_has_been_active_never_changes(call: Call) -> None:
    draft = drafted(call)
    path = f"scoring-models/{draft['id']}/"
    call("admin").post(f"{path}activate/")
    refused = call("admin").patch(path, {"half_life_days": 7})
    assert (refused.status_code, refused.json()["code"]) == (409, "model_frozen")
    assert call("admin").post(f"{path}activate/").json()["code"] == "already_active"
    assert call("admin").delete(path).json()["code"] == "still_in_use"
    for statement in (
        lambda: ScoringModel.objects.filter(pk=draft["id"]).update(half_life_days=7),
        lambda: ScoringModel.objects.filter(pk=draft["id"]).delete(),
        lambda: ScoringModel.objects.filter(pk=draft["id"]).update(status="draft", activated_at=None),
    ):
        with pytest.raises(IntegrityError, match="never changes"), transaction.atomic():
            statement()
    copy = call("admin").post(f"{path}new-version/").json()
    assert (copy["version"], copy["status"], copy["components"]) == (2, "draft", draft["components"])


def test_a_retired_version_can_be_activated_again(call: Call) -> None:
    first = ScoringModel.objects.get(status="active")
    second = drafted(call)
    call("admin").post(f"scoring-models/{second['id']}/activate/")
    again = call("admin").post(f"scoring-models/{first.pk}/activate/").json()
    assert (again["status"], again["retired_at"]) == ("active", None)


def test_activation_regrades_all_leads_at_once_downwards_too(call: Call) -> None:
    good, bad = make_lead(need_fit=80, budget=200), make_lead(budget=5_000_000, decision_timeframe_days=10)
    leads_rescore([good.pk, bad.pk], cause="edited")
    bad.refresh_from_db()
    assert bad.grade == "B"
    draft = drafted(call, components=[{**BUDGET, "bands": [{"from": 100, "to": 300, "points": 40}]}, NEED])
    call("admin").post(f"scoring-models/{draft['id']}/activate/")
    assert rescore_sweep()["rescored"] == 2
    good.refresh_from_db(), bad.refresh_from_db()
    assert (good.grade, good.score, bad.grade) == ("A", 60, "C")  # fit is capped
    assert set(GradeChange.objects.filter(model=draft["id"]).values_list("cause", flat=True)) == {"model"}
    assert rescore_sweep()["processed"] == 0


def test_a_source_can_have_a_model_of_its_own(call: Call) -> None:
    web = LeadSource.objects.get(kind="web_form")
    own = drafted(call, source=web.pk, name="Web", components=[{**NEED, "bands": [{"from": 1, "points": 7}]}],
                  thresholds={"A": 6, "B": 3})  # fmt: skip
    call("admin").post(f"scoring-models/{own['id']}/activate/")
    other, theirs = make_lead(need_fit=20), make_lead(need_fit=20, source=web)
    assert (rescored(other).score, rescored(theirs).score, theirs.grade) == (3, 7, "A")
    assert ScoringModel.objects.filter(status="active").count() == 2
    call("admin").post(f"scoring-models/{own['id']}/retire/")
    rescore_sweep()
    theirs.refresh_from_db()
    assert (theirs.score, theirs.grade) == (5, "C")  # 3 for the need, 2 for the source


def test_the_default_model_cannot_be_retired(call: Call) -> None:
    model = ScoringModel.objects.get(status="active")
    assert call("admin").post(f"scoring-models/{model.pk}/retire/").json()["code"] == "still_in_use"


@pytest.mark.parametrize(
    ("component", "told"),
    [
        ("budget", "must be an object"),
        ({"key": "x"}, "type must be one of"),
        ({"key": "X y", "type": "present", "input": "phone", "points": 1}, "key must be"),
        ({**BUDGET, "input": "password"}, "input must be one of"),
        ({**BUDGET, "input": "custom.a'; DROP TABLE x"}, "input must be one of"),
        ({**BUDGET, "bands": []}, "bands must be a list"),
        ({**BUDGET, "bands": [{"from": 5, "to": 1, "points": 1}]}, "from lies above its to"),
        ({**BUDGET, "bands": [{"points": 1}]}, "needs from or to"),
        ({**BUDGET, "bands": [{"from": "x", "points": 1}]}, "bound must be a number"),
        ({**BUDGET, "bands": [{"from": 1, "points": 1.5}]}, "points must be a whole number"),
        ({**BUDGET, "bands": [{"from": 1, "points": 100000}]}, "points must be a whole number"),
        ({**BUDGET, "points": 3}, "unknown entry points"),
        ({"key": "c", "type": "choices", "input": "city", "choices": {" ": 1}}, "choice may not be empty"),
        ({"key": "c", "type": "choices", "input": "budget", "choices": {"a": 1}}, "input must be one of"),
        ({"key": "e", "type": "events", "kind": "telepathy", "points": 1}, "kind must be one of"),
        ({"key": "e", "type": "events", "kind": "call", "points": 1, "cap": -1}, "cap must be a whole number"),
        ({"key": "r", "type": "recency", "bands": [{"to": 1, "points": 1}], "kinds": ["email_open"]}, "opens and"),
        ({"key": "f", "type": "frequency", "bands": [{"from": 1, "points": 1}]}, "window_days is missing"),
        (NEED, "key is used twice"),
    ],
)  # fmt: skip
def test_a_faulty_component_is_named_with_its_fault(call: Call, component: Any, told: str) -> None:
    refused = call("admin").post("scoring-models/", {**DRAFT, "components": [NEED, component]})
    assert refused.status_code == 400
    assert codes(refused) == [("components", "component")]
    message = refused.json()["errors"][0]["message"]
    assert message.startswith("Component 2") and told in message


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"thresholds": {"A": 30, "B": 30}}, "threshold_a"),
        ({"thresholds": {"A": 101, "B": 30}}, "threshold_a"),
        ({"half_life_days": 0}, "half_life_days"),
        ({"components": []}, "components"),
        ({"components": {"a": 1}}, "components"),
        ({"method": "matrix"}, "matrix"),
        (
            {"method": "matrix", "matrix": {"fit_high": 10, "fit_medium": 20, "engagement_medium": 5}},
            "matrix",
        ),
        ({"fit_cap": 501}, "fit_cap"),
        ({"name": ""}, "name"),
    ],
)
def test_a_model_that_cannot_grade_is_refused(call: Call, values: dict[str, Any], field: str) -> None:
    refused = call("admin").post("scoring-models/", {**DRAFT, **values})
    assert refused.status_code == 400
    assert field in [name for name, _code in codes(refused)]


def test_the_matrix_asks_for_fit_and_engagement_apart(call: Call) -> None:
    visits = {
        "key": "visits",
        "type": "bands",
        "input": "behaviour.visits",
        "bands": [{"from": 3, "points": 10}],
    }
    draft = drafted(
        call, components=[BUDGET, NEED, visits], method="matrix",
        matrix={"fit_high": 60, "fit_medium": 30, "engagement_medium": 10},
    )  # fmt: skip
    call("admin").post(f"scoring-models/{draft['id']}/activate/")
    facts = {"budget": 500, "need_fit": 70}
    grades = [
        rescored(make_lead(**values)).grade
        for values in (
            {**facts, "behaviour": {"visits": 3}}, facts, {"need_fit": 70}, {"behaviour": {"visits": 9}}
        )
    ]  # fmt: skip
    assert grades == ["A", "B", "B", "C"]


def test_a_preview_counts_moves_and_writes_nothing(call: Call) -> None:
    leads = [make_lead(need_fit=n, budget=200) for n in (10, 60, 90)]
    leads_rescore([lead.pk for lead in leads], cause="edited")
    before = list(Lead.objects.order_by("pk").values())
    draft = drafted(call)
    answer = call("admin").post(f"scoring-models/{draft['id']}/preview/").json()
    assert answer["leads"] == 3
    assert {(move["from"], move["to"]): move["leads"] for move in answer["moves"]} == {
        ("C", "B"): 1, ("C", "A"): 2
    }  # fmt: skip
    assert {(each["lead"], each["to"], each["score"]) for each in answer["examples"]} == {
        (leads[0].pk, "B", 40), (leads[1].pk, "A", 60), (leads[2].pk, "A", 60),
    }  # fmt: skip
    assert list(Lead.objects.order_by("pk").values()) == before


def test_a_backtest_measures_leads_with_a_known_outcome(call: Call) -> None:
    web = LeadSource.objects.get(kind="web_form")
    for outcome, need, budget, source in (
        (1, 80, 200, web), (1, 80, None, web), (0, 80, None, None), (0, None, None, web), (None, 80, 200, web),
    ):  # fmt: skip
        make_lead(outcome=outcome, need_fit=need, budget=budget, source=source)
    draft = drafted(call, thresholds={"A": 60, "B": 30})
    path = f"scoring-models/{draft['id']}/backtest/"
    answer = call("admin").post(path).json()
    assert answer == {
        "n": 4,
        "grades": [
            {"grade": "A", "leads": 1, "converted": 1, "rate": 1.0},
            {"grade": "B", "leads": 2, "converted": 1, "rate": 0.5},
            {"grade": "C", "leads": 1, "converted": 0, "rate": 0.0},
        ],
        "auc": 0.875,
        "lift_top_decile": 2.0,
        "tenths": [
            {"tenth": 1, "leads": 1, "converted": 1.0, "rate": 1.0, "captured": 0.5},
            {"tenth": 3, "leads": 1, "converted": 0.5, "rate": 0.5, "captured": 0.75},
            {"tenth": 6, "leads": 1, "converted": 0.5, "rate": 0.5, "captured": 1.0},
            {"tenth": 8, "leads": 1, "converted": 0.0, "rate": 0.0, "captured": 1.0},
        ],
    }
    assert call("admin").post(path, {"source": web.pk}).json()["n"] == 3
    later = call("admin").post(path, {"created_from": "2999-01-01T00:00:00Z"}).json()
    assert (later["n"], later["auc"], later["lift_top_decile"], later["grades"][0]["rate"]) == (
        0,
        None,
        None,
        None,
    )


@pytest.mark.parametrize(
    ("who", "method", "path", "status"),
    [
        ("alice", "get", "", 200), ("alice", "post", "", 403), ("alice", "patch", "{id}/", 403),
        ("alice", "post", "{id}/activate/", 403), ("alice", "post", "{id}/preview/", 403),
        ("mona", "post", "{id}/backtest/", 403), ("auditor", "post", "{id}/backtest/", 200),
        ("auditor", "post", "{id}/activate/", 403), ("finance", "get", "{id}/", 404),
        ("finance", "post", "{id}/activate/", 404), ("admin", "post", "{id}/backtest/", 200),
    ],
)  # fmt: skip
def test_only_keepers_of_scoring_may_change_it(
    call: Call, who: str, method: str, path: str, status: int
) -> None:
    draft = drafted(call)
    before = list(ScoringModel.objects.order_by("pk").values())
    address = "scoring-models/" + path.format(id=draft["id"])
    body = {} if path else DRAFT
    answer = getattr(call(who), method)(address, *([] if method == "get" else [body]))
    assert answer.status_code == status
    assert list(ScoringModel.objects.order_by("pk").values()) == before
