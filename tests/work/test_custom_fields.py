"""Fields are added to a kind of record by an administrator; what records hold of them is never lost."""

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
from django.test import Client

from salesflow.journal.models import Event
from salesflow.work.models import CustomField
from tests.api.conftest import Caller, caller_of, cast
from tests.leads.cast import fresh, lead_of
from tests.support.pages import browse

__all__ = ["browse", "cast"]
pytestmark = pytest.mark.django_db


@pytest.fixture
def admin(cast: SimpleNamespace) -> Caller:
    return caller_of(cast.admin)


def add(admin: Caller, **values: Any) -> dict[str, Any]:
    given = {"resource": "leads", "key": "tier", "label": "Tier", "kind": "choice", **values}
    made = admin.post("custom-fields/", given)
    assert made.status_code == 201, made.content
    return made.json()


def test_it_has_a_kind_words_a_default_and_a_place(admin: Caller) -> None:
    said = {
        "label_zh": "等级", "choices": ["Gold", "Silver"], "choice_names": {"Silver": "Argent"}, "required": True,
        "default": "argent", "help_text": "As agreed", "group": "Contract", "position": 3,
    }  # fmt: skip
    made = add(admin, **said)
    assert {name: made[name] for name in said} == {**said, "default": "Silver"}
    assert made["retired"] == []


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"resource": "tasks"}, "resource"),
        ({"key": "a.b"}, "key"),
        ({"choices": []}, "choices"),
        ({"choices": ["S", "S"]}, "choices"),
        ({"choices": "S"}, "choices"),
        ({"choice_names": {"S": "M"}}, "choice_names"),
        ({"choice_names": {"L": "Large"}}, "choice_names"),
        ({"choice_names": ["S"]}, "choice_names"),
        ({"default": "XL"}, "default"),
        ({"kind": "date", "default": "soon"}, "default"),
        ({"kind": "user", "default": 1}, "default"),
    ],
)
def test_what_makes_no_sense_is_refused_by_its_name(
    admin: Caller, values: dict[str, Any], field: str
) -> None:
    given = {"resource": "leads", "key": "size", "label": "Size", "kind": "choice", "choices": ["S", "M"]}
    refused = admin.post("custom-fields/", {**given, **values})
    assert refused.status_code == 400
    assert {each["field"] for each in refused.json()["errors"]} == {field}


def test_its_kind_stays_once_a_record_has_a_value(admin: Caller, cast: SimpleNamespace) -> None:
    path = f"custom-fields/{add(admin, kind='text')['id']}/"
    lead = lead_of(cast.alice, custom={"tier": None})
    assert admin.patch(path, {"kind": "number"}).json()["kind"] == "number"
    type(lead).objects.filter(pk=lead.pk).update(custom={"tier": 3})
    refused = admin.patch(path, {"kind": "text"})
    assert (refused.status_code, refused.json()["code"]) == (409, "has_values")
    assert admin.patch(path, {"kind": "number", "label": "Floors"}).json()["label"] == "Floors"


def test_a_choice_is_renamed_retired_and_put_back_while_records_keep_it(
    admin: Caller, cast: SimpleNamespace, browse: Callable[..., Client]
) -> None:
    path = f"custom-fields/{add(admin, choices=['Gold', 'Silver', 'Bronze'])['id']}/"
    lead = lead_of(cast.alice, custom={"tier": "Silver"})
    renamed = admin.patch(path, {"choice_names": {"Silver": "Sterling"}})
    assert renamed.status_code == 200, renamed.content
    page = f"/leads/{lead.pk}/"
    assert "Sterling" in browse("alice").get(page).content.decode()
    changed = admin.patch(path, {"choices": ["Gold"]}).json()
    assert (changed["retired"], changed["choice_names"]) == (["Silver"], {"Silver": "Sterling"})
    assert fresh(lead).custom == {"tier": "Silver"}
    assert "Sterling" in browse("alice").get(page).content.decode()
    alice = caller_of(cast.alice)
    assert len(alice.get("leads/", {"filter": "custom.tier = Silver"}).json()["results"]) == 1
    back = admin.patch(path, {"choices": ["Gold", "Silver"]}).json()
    assert (back["choices"], back["retired"]) == (["Gold", "Silver"], [])
    assert admin.patch(path, {"choice_names": {"Copper": "Cu"}}).status_code == 400
    told = Event.objects.filter(kind="work.customfield_changed").count()
    assert told == 3


def test_the_administration_keeps_the_same(cast: SimpleNamespace, admin: Caller) -> None:
    field = add(admin, choices=["Gold", "Silver"])
    lead_of(cast.alice, custom={"tier": "Silver"})
    client = Client()
    client.force_login(cast.admin)
    address = f"/admin/work/customfield/{field['id']}/change/"
    form = {
        "label": "Tier", "kind": "choice", "choices": "Gold\r\nSilver", "choice_names": "Silver = Sterling",
        "default": "gold", "position": "0", "required": "on",
    }  # fmt: skip
    assert client.post(address, form).status_code == 302
    kept = CustomField.objects.get()
    assert (kept.choice_names, kept.default, kept.required) == ({"Silver": "Sterling"}, "Gold", True)
    shown = client.get(address).content.decode()
    assert "Silver = Sterling" in shown and 'value="Gold"' in shown
    assert client.post(address, {**form, "choices": "Gold"}).status_code == 302
    assert CustomField.objects.get().retired == ["Silver"]
    refused = client.post(address, {**form, "kind": "text"}).content.decode()
    assert "its kind stays" in refused
    assert "Write each line as" in client.post(address, {**form, "choice_names": "Silver"}).content.decode()
