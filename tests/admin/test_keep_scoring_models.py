"""Scoring models are drafted, tried and put in force in the admin; what has been in force is only looked at."""

import json
from types import SimpleNamespace
from typing import Any

import pytest
from django.test import Client

from leads.models import Lead, LeadSource, ScoringModel
from tests.admin.pages import add, change, deed, faults, kinds, page, told_since
from tests.leads.cast import fresh, lead_of

pytestmark = pytest.mark.django_db
COMPONENTS = [{"key": "phone", "type": "present", "input": "phone", "label": "Phone", "points": 50}]


def draft(admin: Client, **values: Any) -> ScoringModel:
    given = {"name": "Phones", "components": json.dumps(COMPONENTS), "threshold_a": "40", "threshold_b": "20"}
    response = add(admin, ScoringModel, **{**given, **values})
    assert response.status_code == 302, faults(response)
    return ScoringModel.objects.latest("pk")


def test_a_draft_is_made_and_changed(admin: Client, cast: SimpleNamespace) -> None:
    before = kinds()
    model = draft(admin)
    assert (model.status, model.number, model.components) == ("draft", 1, COMPONENTS)
    assert change(admin, model).status_code == 302
    assert change(admin, model, threshold_a="45").status_code == 302
    assert fresh(model).threshold_a == 45
    assert told_since(before) == ["leads.scoring_model_created", "leads.scoring_model_changed"]
    assert draft(admin).number == 2


@pytest.mark.parametrize(
    ("values", "where"),
    [
        ({"components": "[]"}, "components"),
        ({"components": "nothing"}, "components"),
        ({"components": '[{"key": "x", "type": "magic"}]'}, "components"),
        ({"threshold_a": "20", "threshold_b": "30"}, "threshold_a"),
        ({"threshold_a": "900"}, "threshold_a"),
        ({"half_life_days": "0"}, "half_life_days"),
        ({"method": "matrix", "matrix": '{"fit_high": "x"}'}, "matrix"),
    ],
)
def test_what_the_service_finds_wrong_stands_under_its_field(
    admin: Client, cast: SimpleNamespace, values: dict[str, str], where: str
) -> None:
    number, before = ScoringModel.objects.count(), kinds()
    given = {"name": "Wrong", "components": json.dumps(COMPONENTS), "threshold_a": "40", "threshold_b": "20"}
    assert set(faults(add(admin, ScoringModel, **{**given, **values}))) == {where}
    assert (ScoringModel.objects.count(), kinds()) == (number, before)


def test_a_draft_is_put_in_force_and_then_only_looked_at(admin: Client, cast: SimpleNamespace) -> None:
    former = ScoringModel.objects.get(status="active")
    model = draft(admin)
    assert deed(admin, model, "activate").status_code == 302
    assert (fresh(model).status, fresh(former).status) == ("active", "retired")
    for each in (model, former):
        address = page(ScoringModel, "change", each)
        assert admin.get(address).status_code == 200
        assert admin.post(address, {"name": "Other"}).status_code == 403
        assert fresh(each).name == each.name
    assert deed(admin, model, "activate").status_code == 403
    assert deed(admin, model, "archive").status_code == 403
    assert deed(admin, former, "activate").status_code == 302, "a former version may come back"
    assert fresh(model).status == "retired"


def test_any_version_is_copied_into_a_new_draft(admin: Client, cast: SimpleNamespace) -> None:
    active = ScoringModel.objects.get(status="active")
    response = deed(admin, active, "new_version")
    copy = ScoringModel.objects.latest("pk")
    assert response.headers["Location"] == page(ScoringModel, "change", copy)
    assert (copy.status, copy.number, copy.components) == ("draft", active.number + 1, active.components)
    assert kinds()[-1] == "leads.scoring_model_created"


def test_the_model_of_a_source_is_retired_archived_and_restored(admin: Client, cast: SimpleNamespace) -> None:
    source = LeadSource.objects.first()
    model = draft(admin, source=source.pk)
    before = kinds()
    for name in ("activate", "retire", "archive", "restore"):
        assert deed(admin, model, name).status_code == 302
    assert told_since(before) == [
        f"leads.scoring_model_{end}" for end in ("activated", "retired", "archived", "restored")
    ]
    assert fresh(model).status == "retired" and fresh(model).archived_at is None


def test_a_preview_shows_who_would_move_and_writes_nothing(admin: Client, cast: SimpleNamespace) -> None:
    lead = lead_of(cast.alice, phone="+8613800138000", grade="C")
    model, before = draft(admin), kinds()
    response = admin.get(page(ScoringModel, "preview", model))
    found = response.context_data["found"]
    assert {"from": "C", "to": "A", "leads": 1} in found["moves"]
    assert f'href="/leads/{lead.pk}/"' in response.content.decode()
    chart = response.context_data["chart"]
    assert chart["x"] == ["now A", "now B", "now C"]
    assert [each["values"] for each in chart["series"]] == [
        [row[place] for _old, row in response.context_data["table"]] for place in range(3)
    ], "the chart says what the table says"
    assert 'data-chart="bar"' in response.content.decode() and "js/charts.js" in response.content.decode()
    assert kinds() == before and Lead.objects.get(pk=lead.pk).grade == "C"


def test_a_backtest_judges_past_leads(admin: Client, cast: SimpleNamespace) -> None:
    model = draft(admin)
    address = page(ScoringModel, "backtest", model)
    assert "no lead with a known outcome" in admin.get(address).content.decode()
    for outcome in (0, 1):
        lead = lead_of(cast.alice, phone="+8613800138000" if outcome else "")
        Lead.objects.filter(pk=lead.pk).update(outcome=outcome)
    shown = admin.get(address)
    assert shown.context_data["found"]["n"] == 2 and shown.context_data["auc"] == "1"
    curve = shown.context_data["tenths_chart"]
    assert curve["x"] == ["0%", "50%", "100%"]
    assert [each["values"] for each in curve["series"]] == [[0, 100.0, 100.0], [0, 50.0, 100.0]]
    assert shown.context_data["grades_chart"]["series"][0]["values"] == [100.0, None, 0.0]
    assert [row[0:2] for row in shown.context_data["tenths"]] == [(1, 1), (6, 1)]
    other = LeadSource.objects.first()
    assert admin.get(address, {"source": other.pk}).context_data["found"]["n"] == 0
    assert admin.get(address, {"created_from": "2001-01-01"}).context_data["found"]["n"] == 2
    assert admin.get(address, {"created_to": "2001-01-01"}).context_data["found"]["n"] == 0
    for wrong in ({"source": "x"}, {"created_from": "soon"}):
        assert admin.get(address, wrong).context_data["found"] is None
