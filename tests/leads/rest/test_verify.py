"""`POST /leads/{id}/verify/ {item, result, note}`: a checklist, and what it makes of the lead."""

from types import SimpleNamespace
from typing import Any

import pytest

from tests.leads.rest.conftest import Call, fresh, lead_of


def test_all_confirmed_make_it_verified_and_one_reopened_pending(call: Call, cast: SimpleNamespace) -> None:
    path = f"leads/{lead_of(cast.alice).pk}/verify/"
    said: Any = None
    for item in ("company", "position", "need"):
        assert said is None or said["verification"] == "pending"
        said = (
            call("alice")
            .post(path, {"item": item, "result": "confirmed", "note": "Read on their site"})
            .json()
        )
    assert said["verification"] == "verified"
    noted = said["verification_items"]["company"]
    assert (noted["result"], noted["by"], noted["note"]) == ("confirmed", cast.alice.pk, "Read on their site")
    again = call("alice").post(path, {"item": "need", "result": "open"}).json()
    assert again["verification"] == "pending"
    fake = call("alice").post(path, {"item": "company", "result": "wrong"}).json()
    assert fake["verification"] == "rejected"


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "item"), ({"item": "moon", "result": "confirmed"}, "item"), ({"item": "need"}, "result"),
        ({"item": "need", "result": "perhaps"}, "result"), ({"item": None, "result": "open"}, "item"),
        ({"item": "need", "result": "open", "note": "x" * 501}, "note"),
        ({"item": "need", "result": "open", "moon": 1}, "moon"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_named(call: Call, cast: SimpleNamespace, body: dict[str, Any], field: str) -> None:
    lead = lead_of(cast.alice)
    answer = call("alice").post(f"leads/{lead.pk}/verify/", body)
    assert answer.status_code == 400
    assert field in [each["field"] for each in answer.json()["errors"]]
    assert fresh(lead).verification_items == {}


@pytest.mark.parametrize(
    ("who", "status"), [("mona", 200), ("dora", 200), ("admin", 200), ("auditor", 403), ("bob", 404)]
)
def test_the_owner_and_those_above_him_verify(
    call: Call, cast: SimpleNamespace, who: str, status: int
) -> None:
    body = {"item": "need", "result": "confirmed"}
    assert call(who).post(f"leads/{lead_of(cast.alice).pk}/verify/", body).status_code == status
