"""A custom field of any kind is set on many leads at once, read as everywhere, and each lead gets back what it held."""

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest

from leads.models import Lead
from salesflow.people.services import config_changed
from salesflow.work.models import BulkJob, CustomField
from tests.api.conftest import call, cast, codes
from tests.leads.cast import lead_of

__all__ = ["call", "cast"]
pytestmark = pytest.mark.django_db
Call = Callable[..., Any]
KINDS = {
    "note": {"kind": "text"},
    "floors": {"kind": "number"},
    "worth": {"kind": "money"},
    "opened": {"kind": "date"},
    "tier": {"kind": "choice", "choices": ["Gold"], "choice_names_zh": {"Gold": "黄金"}, "retired": ["Tin"]},
    "uses": {"kind": "multi_choice", "choices": ["Audit", "Chat"]},
    "vip": {"kind": "boolean"},
    "page": {"kind": "link"},
    "sponsor": {"kind": "user"},
}  # fmt: skip


@pytest.fixture(autouse=True)
def declared(cast: SimpleNamespace) -> None:
    for key, values in KINDS.items():
        CustomField.objects.create(resource="leads", key=key, label=key.title(), **values)
    config_changed()


def start(caller: Any, leads: list[Lead], key: str, value: Any) -> Any:
    params = {"field": f"custom.{key}", "value": value}
    ids = [lead.pk for lead in leads]
    return caller.post("bulk-jobs/", {"resource": "leads", "action": "set", "params": params, "ids": ids})


def held(leads: list[Lead]) -> list[dict[str, Any]]:
    rows = Lead.objects.filter(pk__in=[lead.pk for lead in leads]).order_by("pk")
    return list(rows.values_list("custom", flat=True))


def test_every_kind_is_set_as_it_is_read_everywhere_and_put_back(call: Call, cast: SimpleNamespace) -> None:
    leads = [lead_of(cast.alice, custom={"tier": "Tin", "more": 1}), lead_of(cast.alice), lead_of(cast.alice)]
    before, alice = held(leads), call("alice")
    for key, given, kept in (
        ("note", "hello", "hello"), ("floors", "1,200", 1200), ("opened", "2026/11/30", "2026-11-30"),
        ("worth", "€5", {"amount": "5.00", "currency": "EUR"}), ("tier", "黄金", "Gold"), ("vip", "yes", True),
        ("uses", "chat, audit", ["Chat", "Audit"]), ("page", "a.example", "https://a.example"),
        ("sponsor", "mona@cast.test", cast.mona.pk), ("note", None, None),
    ):  # fmt: skip
        job = start(alice, leads, key, given).json()
        assert job["done"] == 3, job
        assert [each[key] for each in held(leads)] == [kept] * 3, key
        assert held(leads)[0]["more"] == 1, "the others stay"
        undone = alice.post(f"bulk-jobs/{job['id']}/undo/").json()
        assert undone["undone"] == 3 and held(leads) == before, (
            "a retired choice too, and nothing where nothing was"
        )


@pytest.mark.parametrize(
    ("key", "value", "where"),
    [
        ("floors", "many", ("value", "invalid")),
        ("tier", "Tin", ("value", "invalid_choice")),
        ("sponsor", "nobody", ("value", "does_not_exist")),
        ("height", "1", ("field", "invalid_choice")),
    ],
)
def test_what_the_field_does_not_take_makes_no_job(
    call: Call, cast: SimpleNamespace, key: str, value: str, where: tuple[str, str]
) -> None:
    answer = start(call("alice"), [lead_of(cast.alice)], key, value)
    assert (answer.status_code, codes(answer)) == (400, [where])
    assert not BulkJob.objects.exists()


def test_what_must_have_a_value_is_not_emptied(call: Call, cast: SimpleNamespace) -> None:
    CustomField.objects.filter(key="vip").update(required=True)
    config_changed()
    assert codes(start(call("alice"), [lead_of(cast.alice)], "vip", "")) == [("value", "required")]


def test_a_lead_that_was_changed_since_keeps_what_it_has(call: Call, cast: SimpleNamespace) -> None:
    leads = [lead_of(cast.alice), lead_of(cast.alice)]
    job = start(call("alice"), leads, "floors", 3).json()
    assert call("alice").patch(f"leads/{leads[0].pk}/", {"custom": {"floors": 4}}).status_code == 200
    assert call("alice").post(f"bulk-jobs/{job['id']}/undo/").json()["undone"] == 1
    assert held(leads) == [{"floors": 4}, {}]
