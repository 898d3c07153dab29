"""People and the workspace over REST: what is refused because pages or sign-in would break with it."""

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest

from salesflow.people.models import User, Workspace
from tests.api.conftest import Caller

Call = Callable[..., Caller]


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"time_zone": "Mars/Phobos"}, "time_zone"), ({"language": "xx"}, "language"), ({"name": ""}, "name"),
        ({"name": " "}, "name"), ({"deputy": "SELF"}, "__all__"), ({"deputy": 0}, "deputy"),
        ({"absent_from": "soon"}, "absent_from"), ({"capacity": -1}, "capacity"), ({"weight": 101}, "weight"),
        ({"roles": ["emperor"]}, "roles"), ({"roles": "admin"}, "roles"), ({"industries": "x"}, "industries"),
        ({"is_active": "perhaps"}, "is_active"), ({"team": 0}, "team"), ({"password": "x"}, "password"),
    ],
)  # fmt: skip
def test_what_no_person_can_be_is_a_400(
    call: Call, cast: SimpleNamespace, change: dict[str, Any], field: str
) -> None:
    before = User.objects.values().get(pk=cast.alice.pk)
    change = {name: cast.alice.pk if value == "SELF" else value for name, value in change.items()}
    answer = call("admin").patch(f"users/{cast.alice.pk}/", change)
    assert answer.status_code == 400, answer.content
    if field != "__all__":
        assert field in [each["field"] for each in answer.json()["errors"]]
    assert User.objects.values().get(pk=cast.alice.pk) == before


def test_nor_is_one_entered_so(call: Call) -> None:
    body = {"email": "new@cast.test", "name": "New", "roles": ["rep"], "time_zone": "Mars/Phobos"}
    answer = call("admin").post("users/", body)
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (400, "time_zone")
    assert not User.objects.filter(email="new@cast.test").exists()


def test_a_known_zone_and_language_or_those_of_the_workspace(call: Call, cast: SimpleNamespace) -> None:
    for change in ({"time_zone": "Asia/Shanghai", "language": "zh-hans"}, {"time_zone": "", "language": ""}):
        said = call("alice").patch(f"users/{cast.alice.pk}/", change)
        assert said.status_code == 200 and change.items() <= said.json().items()


def test_a_person_without_sign_in_is_out_with_the_next_request(call: Call, cast: SimpleNamespace) -> None:
    alice, admin = call("alice"), call("admin")
    assert alice.get("me/").status_code == 200
    assert admin.delete(f"users/{cast.alice.pk}/").status_code == 204
    assert alice.get("me/").status_code == 401
    assert alice.post("tasks/", {"title": "x"}).status_code == 401
    assert admin.post(f"users/{cast.alice.pk}/restore/").json()["is_active"] is True
    assert alice.get("me/").status_code == 200


def test_other_roles_hold_from_the_next_request_on(call: Call, cast: SimpleNamespace) -> None:
    alice = call("alice")
    assert alice.post("departments/", {"name": "Lab"}).status_code == 403
    assert call("admin").patch(f"users/{cast.alice.pk}/", {"roles": ["admin"]}).status_code == 200
    assert alice.post("departments/", {"name": "Lab"}).status_code == 201


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"time_zone": "Mars"}, "time_zone"), ({"base_currency": "ZZZ"}, "base_currency"),
        ({"language": "xx"}, "language"), ({"phone_region": "ZZ"}, "phone_region"), ({"week_start": 9}, "week_start"),
        ({"name": ""}, "name"), ({"placeholder_values": "x"}, "placeholder_values"),
        ({"api_requests_per_minute": 0}, "api_requests_per_minute"),
        ({"api_requests_per_minute": -1}, "api_requests_per_minute"), ({"moon": 1}, "moon"),
    ],
)  # fmt: skip
def test_what_no_workspace_can_be_is_a_400(call: Call, change: dict[str, Any], field: str) -> None:
    before = Workspace.objects.values().get(pk=1)
    answer = call("admin").patch("workspace-settings/", change)
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (400, field)
    assert Workspace.objects.values().get(pk=1) == before
    assert call("admin").get("workspace-settings/").status_code == 200
