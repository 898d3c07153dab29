"""Values of custom fields are read by the kind of their field, at every door."""

from typing import Any

import pytest

from leads.models import Lead
from leads.services import import_run, import_start, import_upload
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


def test_each_value_is_kept_as_its_kind(ann: Caller):
    made = posted(
        ann, floors="1,200", opened="2026/11/30", tier=" gold ", vip="是", motto=7, unknown="x"
    ).json()
    assert made["custom"] == {
        "floors": 1200, "opened": "2026-11-30", "tier": "Gold", "vip": True, "motto": 7, "unknown": "x",
    }  # fmt: skip
    found = ann.get("leads/", filter="custom.floors >= 1000 and custom.vip = true").json()["results"]
    assert [lead["id"] for lead in found] == [made["id"]]


@pytest.mark.parametrize(
    ("key", "value", "code"),
    [
        ("floors", "many", "invalid"),
        ("floors", True, "invalid"),
        ("floors", "NaN", "invalid"),
        ("opened", "2026-02-30", "invalid"),
        ("tier", "Bronze", "invalid_choice"),
        ("vip", "perhaps", "invalid"),
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
    import_start(job=job, by=rep, mapping={"Who": "contact_name", "Floors": "custom.floors"})
    import_run(job_id=job.pk)
    assert dict(Lead.objects.values_list("contact_name", "custom__floors")) == {"A": 12, "B": "a dozen"}
