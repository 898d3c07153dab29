"""Activities, notes, tasks and custom fields over REST."""

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest

from salesflow.work.models import Activity, CustomField, Note
from tests.api.conftest import Caller, codes
from tests.leads.cast import fresh, lead_of

Call = Callable[..., Caller]
CALLED = {"channel": "call", "direction": "outbound", "summary": "Spoke about prices"}


@pytest.mark.parametrize("kind", ["leads.lead", "lead", "leads"])
def test_an_activity_on_a_lead_needs_no_time_of_its_own(call: Call, cast: SimpleNamespace, kind: str) -> None:
    lead = lead_of(cast.alice)
    made = call("alice").post("activities/", {**CALLED, "subject_type": kind, "subject_id": lead.pk})
    assert made.status_code == 201, made.content
    assert (made.json()["subject_type"], made.json()["by"]) == ("leads.lead", cast.alice.pk)
    assert made.json()["occurred_at"] is not None and made.json()["outcome"] == ""
    assert fresh(lead).first_contacted_at is None  # that is what log-contact is for


def test_what_stands_on_a_record_is_read_by_all_who_see_it(call: Call, cast: SimpleNamespace) -> None:
    lead = lead_of(cast.alice)
    on = {"subject_type": "lead", "subject_id": lead.pk}
    assert call("mona").post("notes/", {**on, "body": "Ask about the budget"}).status_code == 201
    query = f"notes/?subject_type=lead&subject_id={lead.pk}"
    for who, seen in {
        "alice": 1,
        "mona": 1,
        "dora": 1,
        "admin": 1,
        "bob": 0,
        "charlie": 0,
        "finance": 0,
    }.items():
        assert len(call(who).get(query).json()["results"]) == seen, who


@pytest.mark.parametrize("who", ["bob", "charlie", "auditor", "finance"])
@pytest.mark.parametrize(
    ("address", "body"), [("notes/", {"body": "x"}), ("activities/", CALLED), ("tasks/", {"title": "x"})]
)
def test_nobody_writes_on_a_record_he_may_not_work_on(
    call: Call, cast: SimpleNamespace, who: str, address: str, body: dict[str, Any]
) -> None:
    on = {"subject_type": "lead", "subject_id": lead_of(cast.alice).pk}
    # who may write somewhere is told that this record is not there; who may not at all, just that
    assert call(who).post(address, {**on, **body}).status_code in (400, 403)
    assert not Note.objects.exists() and not Activity.objects.exists()


@pytest.mark.parametrize(
    ("on", "field"),
    [
        ({}, "subject_type"), ({"subject_type": "lead"}, "subject_id"), ({"subject_id": 1}, "subject_type"),
        ({"subject_type": "moon", "subject_id": 1}, "subject_type"),
        ({"subject_type": "people.user", "subject_id": 1}, "subject_type"),
        ({"subject_type": "lead", "subject_id": 0}, "subject_id"),
        ({"subject_type": "lead", "subject_id": 2**63}, "subject_id"),
        ({"subject_type": "lead", "subject_id": 99_999}, "subject_id"),
        ({"subject_type": ["lead"], "subject_id": 1}, "subject_type"),
    ],
)  # fmt: skip
def test_a_record_that_is_none_is_named(call: Call, on: dict[str, Any], field: str) -> None:
    answer = call("alice").post("notes/", {"body": "x", **on})
    assert answer.status_code == 400
    assert field in [name for name, _code in codes(answer)]


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"resource": "moon"}, "resource"), ({"resource": "lead"}, "resource"), ({"resource": "pools"}, "resource"),
        ({"key": "Bad Key"}, "key"), ({"key": "1abc"}, "key"), ({"key": "a-b"}, "key"), ({"key": "a\nb"}, "key"),
        ({"key": "x" * 61}, "key"), ({"key": ""}, "key"), ({"label": ""}, "label"), ({"kind": "moon"}, "kind"),
        ({"kind": "choice"}, "choices"), ({"kind": "choice", "choices": "x"}, "choices"),
        ({"kind": "choice", "choices": [{"a": 1}]}, "choices"), ({"kind": "choice", "choices": ["a", "a"]}, "choices"),
        ({"kind": "choice", "choices": [" "]}, "choices"), ({"choices": {"a": 1}}, "choices"),
        ({"kind": "choice", "choices": [str(n) for n in range(201)]}, "choices"),
    ],
)  # fmt: skip
def test_what_no_custom_field_can_be_is_named(call: Call, change: dict[str, Any], field: str) -> None:
    answer = call("admin").post(
        "custom-fields/", {"resource": "leads", "key": "size", "label": "Size", **change}
    )
    assert answer.status_code == 400, answer.content
    assert field in [name for name, _code in codes(answer)]
    assert not CustomField.objects.exists()


def test_a_field_of_choices_on_leads_and_on_customers(call: Call) -> None:
    for resource in ("leads", "customers"):
        body = {"resource": resource, "key": "size", "label": "Size", "kind": "choice", "choices": ["S", "L"]}
        made = call("admin").post("custom-fields/", body)
        assert made.status_code == 201, made.content
        fewer = call("admin").patch(f"custom-fields/{made.json()['id']}/", {"choices": []})
        assert codes(fewer) == [("choices", "invalid")]
