"""Values of custom fields are read by the kind of their field, at every door."""

from datetime import datetime
from typing import Any

import pytest

from leads.models import Lead, LeadImportRow
from leads.services import import_run, import_start, import_upload
from salesflow.lib.lists.ports import day_zone
from salesflow.people.models import User
from salesflow.people.services import config_changed
from salesflow.work.models import CustomField
from tests.api.conftest import Caller, caller_of
from tests.leads import cast
from tests.leads.test_map_an_import import csv_of

KINDS = {
    "floors": ("number", []),
    "opened": ("date", []),
    "tier": ("choice", ["Gold", "银牌"]),
    "vip": ("boolean", []),
    "motto": ("text", []),
    "worth": ("money", []),
    "uses": ("multi_choice", ["Audit", "Chat, phone", "法务"]),
    "page": ("link", []),
    "sponsor": ("user", []),
}


@pytest.fixture
def ann(db: None) -> Caller:
    for key, (kind, choices) in KINDS.items():
        CustomField.objects.create(resource="leads", key=key, label=key.title(), kind=kind, choices=choices)
    config_changed()
    rep = cast.person("ann")
    cast.default_pool(members=[rep])
    return caller_of(rep)


def posted(ann: Caller, **custom: Any) -> Any:
    return ann.post(
        "leads/", {"company_name": "Zeta", "contact_name": "Zoe", "custom": custom, "assignment": "me"}
    )


def declared(key: str, **values: Any) -> None:
    """What an administrator says of a field beside its kind."""
    CustomField.objects.filter(resource="leads", key=key).update(**values)
    config_changed()


def test_each_value_is_kept_as_its_kind(ann: Caller):
    made = posted(
        ann, floors="1,200", opened="2026/11/30", tier=" gold ", vip="是", motto=7, unknown="x", page="zeta.example/a",
        worth="1,200.5 eur", uses="chat, phone", sponsor="ANN@example.com",
    ).json()  # fmt: skip
    ann_ = User.objects.get(email="ann@example.com").pk
    assert made["custom"] == {
        "floors": 1200, "opened": "2026-11-30", "tier": "Gold", "vip": True, "motto": 7, "unknown": "x",
        "page": "https://zeta.example/a", "worth": {"amount": "1200.50", "currency": "EUR"}, "uses": ["Chat, phone"],
        "sponsor": ann_,
    }  # fmt: skip
    found = ann.get("leads/", {"filter": "custom.floors >= 1000 and custom.vip = true"}).json()["results"]
    assert [lead["id"] for lead in found] == [made["id"]]


@pytest.mark.parametrize(
    ("key", "value", "kept"),
    [
        ("worth", 12, {"amount": "12.00", "currency": "CNY"}),
        ("worth", "€ 9.90", {"amount": "9.90", "currency": "EUR"}),
        ("worth", {"amount": "-3", "currency": "usd"}, {"amount": "-3.00", "currency": "USD"}),
        ("uses", ["法务", "audit", "Audit"], ["法务", "Audit"]),
        ("uses", "Audit；法务", ["Audit", "法务"]),
        ("uses", [], None),
        ("page", "http://a.example/?b=1#c", "http://a.example/?b=1#c"),
        ("sponsor", "", None),
    ],
)
def test_kinds_take_what_people_write(ann: Caller, key: str, value: Any, kept: Any):
    assert posted(ann, **{key: value}).json()["custom"] == {key: kept}


@pytest.mark.parametrize(
    ("key", "value", "code"),
    [
        ("floors", "many", "invalid"),
        ("floors", True, "invalid"),
        ("floors", "NaN", "invalid"),
        ("opened", "2026-02-30", "invalid"),
        ("tier", "Bronze", "invalid_choice"),
        ("vip", "perhaps", "invalid"),
        ("worth", "12,50", "invalid"),
        ("worth", "1.005 EUR", "max_decimal_places"),
        ("worth", "7 XYZ", "unknown_currency"),
        ("worth", {"amount": 1, "tax": 2}, "invalid"),
        ("uses", ["Audit", "Juggling"], "invalid_choice"),
        ("uses", {"Audit": 1}, "invalid"),
        ("page", "javascript:alert(1)", "invalid"),
        ("page", "https://a b.example", "invalid"),
        ("sponsor", "nobody@example.com", "does_not_exist"),
        ("sponsor", 10**30, "does_not_exist"),
        ("motto", "x" * 2001, "max_length"),
        ("motto", {"a": 1}, "invalid"),
        ("motto", "a\x07b", "control_characters"),
    ],
)
def test_what_is_of_another_kind_is_refused_by_the_name_of_its_field(
    ann: Caller, key: str, value: Any, code: str
):
    answer = posted(ann, **{key: value})
    assert answer.status_code == 400
    assert [(each["field"], each["code"]) for each in answer.json()["errors"]] == [(f"custom.{key}", code)]
    assert Lead.objects.count() == 0


def test_an_edit_reads_them_too_and_nothing_empties_a_field(ann: Caller):
    lead = posted(ann, floors=3, tier="银牌").json()
    assert ann.patch(f"leads/{lead['id']}/", {"custom": {"floors": "a lot"}}).status_code == 400
    edited = ann.patch(f"leads/{lead['id']}/", {"custom": {"floors": "4.5", "tier": ""}}).json()
    assert edited["custom"] == {"floors": 4.5, "tier": None}


def test_a_wrong_row_among_many_is_rejected_alone(ann: Caller):
    rows = [
        {"contact_name": "A", "custom": {"floors": "x"}},
        {"contact_name": "B", "custom": {"floors": "2"}},
    ]
    first, second = ann.post("leads/bulk/", {"rows": rows, "assignment": "me"}).json()["results"]
    assert (first["result"], first["errors"][0]["field"]) == ("rejected", "custom.floors")
    assert second["result"] == "created" and Lead.objects.get().custom == {"floors": 2}


def test_an_import_reads_what_it_can_and_keeps_the_text_of_the_rest(ann: Caller):
    rep = cast.person("bea")
    job = import_upload(file=csv_of([["A", "12"], ["B", "a dozen"]], ["Who", "Floors"]), by=rep)
    assert (job.mapping or {})["Floors"] == ["custom.floors"]  # known by its label
    import_start(job=job, by=rep, mapping={"Who": "contact_name", "Floors": "custom.floors"})
    import_run(job_id=job.pk)
    assert dict(Lead.objects.values_list("contact_name", "custom__floors")) == {"A": 12, "B": "a dozen"}
    found = ann.get("leads/", {"filter": "custom.floors < 100"}).json()["results"]
    assert [lead["contact_name"] for lead in found] == ["A"]  # what is no number is not less than one


def test_new_leads_must_have_what_is_required_and_begin_with_the_defaults(ann: Caller):
    declared("tier", required=True)
    declared("motto", default="Onwards")
    missing = posted(ann, floors="x")
    assert [(each["field"], each["code"]) for each in missing.json()["errors"]] == [
        ("custom.floors", "invalid"), ("custom.tier", "required")
    ]  # fmt: skip
    lead = posted(ann, tier="Gold").json()
    assert lead["custom"] == {"motto": "Onwards", "tier": "Gold"}
    emptied = ann.patch(f"leads/{lead['id']}/", {"custom": {"tier": ""}})
    assert emptied.status_code == 400 and emptied.json()["errors"][0]["code"] == "required"
    assert ann.patch(f"leads/{lead['id']}/", {"custom": {"floors": 2}, "city": "Ulm"}).status_code == 200
    rows = [{"contact_name": "A"}, {"contact_name": "B", "custom": {"tier": "Gold", "motto": None}}]
    first, second = ann.post("leads/bulk/", {"rows": rows, "assignment": "me"}).json()["results"]
    assert (first["result"], first["errors"][0]["field"]) == ("rejected", "custom.tier")
    assert Lead.objects.get(pk=second["id"]).custom == {"motto": None, "tier": "Gold"}


def test_a_row_of_a_file_that_lacks_what_is_required_makes_no_lead_but_may_fill_one(ann: Caller):
    declared("tier", required=True)
    declared("motto", default="Onwards")
    rep = User.objects.get(email="ann@example.com")
    known = posted(ann, tier="Gold", motto="Mine").json()
    Lead.objects.filter(pk=known["id"]).update(email="zoe@zeta.example", email_key="zoe@zeta.example")
    table = csv_of([["A", "", "3"], ["Zoe", "zoe@zeta.example", "4"]], ["Who", "Mail", "Floors"])
    job = import_upload(file=table, by=rep)
    mapping = {"Who": "contact_name", "Mail": "email", "Floors": "custom.floors"}
    import_start(job=job, by=rep, mapping=mapping, on_duplicate="merge")
    import_run(job_id=job.pk)
    results = dict(LeadImportRow.objects.values_list("result", "reason"))
    assert set(results) == {"rejected", "merged"} and "Tier" in results["rejected"]
    assert Lead.objects.get().custom == {"tier": "Gold", "motto": "Mine", "floors": 4}


def test_a_value_that_can_no_longer_be_chosen_stays_where_it_is(ann: Caller):
    lead = posted(ann, tier="银牌", uses=["Audit", "法务"]).json()
    declared("tier", choices=["Gold"], retired=["银牌"])
    declared("uses", choices=["Audit"], retired=["法务"])
    path = f"leads/{lead['id']}/"
    same = {"custom": {"tier": "银牌", "uses": ["Audit", "法务"]}, "city": "Ulm"}
    assert ann.patch(path, same).json()["custom"] == lead["custom"]
    assert posted(ann, tier="银牌").status_code == 400
    assert ann.patch(path, {"custom": {"uses": ["法务"]}}).status_code == 400


def test_filters_know_every_kind(ann: Caller):
    ann_ = User.objects.get(email="ann@example.com")
    today = datetime.now(day_zone()).date().isoformat()
    lead = posted(
        ann, worth="20 EUR", uses=["Audit", "法务"], sponsor=ann_.pk, opened=today, page="a.example",
        motto="Always onwards",
    ).json()  # fmt: skip
    ann.post("leads/", {"company_name": "Other", "custom": {"motto": "x"}, "assignment": "me"})

    def found(text: str) -> list[int]:
        answer = ann.get("leads/", {"filter": text})
        assert answer.status_code == 200, answer.content
        return [each["id"] for each in answer.json()["results"]]

    for text in (
        "custom.worth >= 20", "custom.worth < 20.01", "custom.uses = 法务", "custom.uses = (Audit, Nothing)",
        "custom.sponsor = me", f"custom.sponsor = {ann_.pk}", "custom.opened = today", "custom.opened = this_month",
        "custom.page ~ a.example", "custom.motto ~ onwards", "custom.uses is not empty",
        "custom.worth = 20 and custom.opened >= yesterday",
    ):  # fmt: skip
        assert found(text) == [lead["id"]], text
    for text in ("custom.worth > 20", "custom.sponsor = 0", "custom.opened < today", "custom.uses = 审计"):
        assert found(text) == [], text
    assert len(found("custom.uses != Audit")) == 1 and len(found("custom.worth is empty")) == 1
    assert ann.get("leads/", {"filter": "custom.worth = much"}).status_code == 400
