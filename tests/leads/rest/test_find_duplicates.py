"""What is refused as a duplicate, what of it is told to whom, and what is only related."""

from types import SimpleNamespace
from typing import Any

import pytest

from tests.leads.rest.conftest import Call, told

FIRST = {
    "company_name": "上海明远科技有限公司", "contact_name": "王晓琳", "email": "Wang.XL@mingyuan.example",
    "phone": "138 0013 8000", "credit_code": "91310000775785552L", "assignment": "me",
}  # fmt: skip
OTHER = {"company_name": "Kestrel Robotics", "contact_name": "Ken Kestrel"}


@pytest.mark.parametrize(
    ("reason", "values"),
    [
        ("email", {"email": "wang.xl@MINGYUAN.example"}),
        ("phone", {"phone": "+86-138-0013-8000"}),
        ("phone", {"mobile": "0086 13800138000"}),
        ("credit_code", {"credit_code": "91310000775785552l"}),
        ("company_person", {"company_name": "明远科技股份有限公司", "contact_name": "王 晓琳"}),
    ],
)
def test_one_equal_key_is_a_duplicate_in_any_spelling(
    call: Call, reason: str, values: dict[str, str]
) -> None:
    first = call("alice").post("leads/", FIRST)
    assert first.status_code == 201, first.content
    refused = call("alice").post("leads/", {**OTHER, **values})
    assert told(refused) == (409, "duplicate")
    assert refused.json()["matches"] == [{"id": first.json()["id"], "visible": True, "reason": reason}]
    assert call("alice").post("leads/", {**OTHER, **values, "allow_duplicate": True}).status_code == 201


def test_a_match_one_may_not_see_has_no_id(call: Call) -> None:
    call("alice").post("leads/", FIRST)
    refused = call("charlie").post("leads/", {**OTHER, "email": FIRST["email"]})
    assert told(refused) == (409, "duplicate")
    assert refused.json()["matches"] == [{"id": None, "visible": False, "reason": "email"}]
    assert str(call("alice").get("leads/").json()["results"][0]["id"]) not in refused.json()["detail"]


@pytest.mark.parametrize(
    "values",
    [
        {"company_name": FIRST["company_name"], "contact_name": "李娜"},
        {"company_name": "Mingyuan", "contact_name": "Lee", "website": "https://www.mingyuan.example/cn"},
        {"company_name": "上海明远科技有限责任公司", "contact_name": ""},
    ],
)
def test_the_same_company_or_domain_alone_is_related_and_never_refused(
    call: Call, cast: SimpleNamespace, values: dict[str, str]
) -> None:
    first = call("alice").post("leads/", FIRST).json()
    made = call("alice").post("leads/", {**values, "assignment": "me"})
    assert made.status_code == 201, made.content
    found = call("alice").get(f"leads/{made.json()['id']}/duplicates/").json()
    assert found["duplicates"] == []
    assert [each["id"] for each in found["related"]] == [first["id"]]


def test_names_without_letters_are_not_compared(call: Call) -> None:
    for _twice in range(2):
        assert call("alice").post("leads/", {"company_name": "---", "contact_name": "?"}).status_code == 201


def test_an_edit_into_a_duplicate_is_refused_too(call: Call) -> None:
    call("alice").post("leads/", FIRST)
    other = call("alice").post("leads/", {**OTHER, "assignment": "me"}).json()
    path = f"leads/{other['id']}/"
    assert told(call("alice").patch(path, {"email": FIRST["email"]})) == (409, "duplicate")
    assert call("alice").get(path).json()["version"] == other["version"]
    edit: dict[str, Any] = {"email": FIRST["email"], "allow_duplicate": True}
    assert call("alice").patch(path, edit).status_code == 200
    assert call("alice").patch(path, {"city": "Hangzhou"}).status_code == 200
