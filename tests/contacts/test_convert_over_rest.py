"""`POST leads/{id}/convert/`: 201 with the lead and what it became."""

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest

from contacts.models import Customer, Opportunity
from leads.models import Lead
from tests.api.conftest import Caller
from tests.contacts.conftest import make_lead

Call = Callable[..., Caller]


def test_it_answers_the_lead_with_what_it_became(call: Call, cast: SimpleNamespace) -> None:
    lead = make_lead(cast.alice)
    answer = call("alice").post(
        f"leads/{lead.pk}/convert/",
        {
            "opportunity": {
                "name": "Arms",
                "amount": "1200.00",
                "currency": "CNY",
                "expected_close": "2027-01-31",
            }
        },
    )
    assert answer.status_code == 201, answer.content
    body, opportunity = answer.json(), Opportunity.objects.get()
    assert (body["id"], body["status"], body["owner"]) == (lead.pk, "converted", cast.alice.pk)
    assert body["customer"] == opportunity.customer_id == Customer.objects.get().pk
    assert (body["contact"], body["opportunity"]) == (opportunity.contact_id, opportunity.pk)
    assert body["converted_at"] and body["first_contacted_at"]
    assert answer["ETag"] == f'"{body["version"]}"'


@pytest.mark.parametrize("body", [{}, {"opportunity": None}])
def test_without_an_opportunity_none_is_made(call: Call, cast: SimpleNamespace, body: dict[str, Any]) -> None:
    answer = call("alice").post(f"leads/{make_lead(cast.alice).pk}/convert/", body)
    assert (answer.status_code, answer.json()["opportunity"]) == (201, None)


def test_again_is_a_conflict_and_a_repeated_request_is_not(call: Call, cast: SimpleNamespace) -> None:
    lead = make_lead(cast.alice)
    alice, key = call("alice"), {"Idempotency-Key": "once"}
    first = alice.post(f"leads/{lead.pk}/convert/", {}, headers=key)
    replayed = alice.post(f"leads/{lead.pk}/convert/", {}, headers=key)
    assert (replayed.status_code, replayed.json()) == (201, first.json())
    again = alice.post(f"leads/{lead.pk}/convert/", {})
    assert (again.status_code, again.json()["code"]) == (409, "already_converted")
    Lead.objects.filter(pk=lead.pk).update(status="disqualified", converted_at=None)
    refused = alice.post(f"leads/{lead.pk}/convert/", {})
    assert (refused.status_code, refused.json()["code"]) == (409, "invalid_transition")


@pytest.mark.parametrize(
    "body, field",
    [
        ({"opportunity": {}}, "opportunity.name"),
        ({"opportunity": {"name": "x", "amount": "-1"}}, "opportunity.amount"),
        ({"opportunity": {"name": "x", "amount": 1e30}}, "opportunity.amount"),
        ({"opportunity": {"name": "x", "currency": "ZZZ"}}, "opportunity.currency"),
        ({"opportunity": {"name": "x", "expected_close": "soon"}}, "opportunity.expected_close"),
        ({"opportunity": {"name": "x", "owner": 1}}, "opportunity.owner"),
        ({"opportunity": "big"}, "opportunity"),
        ({"moon": 1}, "moon"),
    ],
)
def test_what_is_wrong_is_named(call: Call, cast: SimpleNamespace, body: dict[str, Any], field: str) -> None:
    lead = make_lead(cast.alice)
    answer = call("alice").post(f"leads/{lead.pk}/convert/", body)
    assert (answer.status_code, [each["field"] for each in answer.json()["errors"]]) == (400, [field])
    lead.refresh_from_db()
    assert lead.status == "assigned" and not Customer.objects.exists()


def test_a_stale_version_is_refused(call: Call, cast: SimpleNamespace) -> None:
    lead = make_lead(cast.alice)
    answer = call("alice").post(f"leads/{lead.pk}/convert/", {}, headers={"If-Match": '"999"'})
    assert answer.status_code == 412


OWN = {"alice": 201, "mona": 201, "dora": 201, "admin": 201, "auditor": 403,
       "bob": 404, "charlie": 404, "max": 404, "finance": 404}  # fmt: skip
# Dora manages no pool, Bob is a member as Alice is
POOLED = {"alice": 403, "mona": 201, "max": 201, "admin": 201, "auditor": 403, "finance": 404, "dora": 404}


@pytest.mark.parametrize("who", OWN)
def test_who_may_convert_a_lead_of_alice(call: Call, cast: SimpleNamespace, who: str) -> None:
    assert call(who).post(f"leads/{make_lead(cast.alice).pk}/convert/", {}).status_code == OWN[who]


@pytest.mark.parametrize("who", POOLED)
def test_who_may_convert_a_lead_of_the_pool(call: Call, cast: SimpleNamespace, who: str) -> None:
    assert call(who).post(f"leads/{make_lead().pk}/convert/", {}).status_code == POOLED[who]


@pytest.mark.parametrize("id_", ["0", "99999", "9" * 19, "9" * 40])
def test_what_is_not_there_is_not_found(call: Call, id_: str) -> None:
    assert call("admin").post(f"leads/{id_}/convert/", {}).status_code == 404
