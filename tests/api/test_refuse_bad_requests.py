"""Whatever a caller sends, the answer is a problem document and never a 500, and nothing has changed."""

import json
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import DataError, IntegrityError, OperationalError, connection, transaction
from django.test import Client, override_settings

from salesflow.journal.models import Event
from salesflow.lib.api.problems import answer_exception
from salesflow.lib.errors import Conflict
from salesflow.people.models import Department, Team
from tests.api.conftest import Caller, codes

Call = Callable[..., Caller]


def told(response: Any) -> tuple[int, str]:
    assert response.headers["Content-Type"] == "application/problem+json"
    problem = response.json()
    assert problem["status"] == response.status_code
    assert {"type", "title", "status", "detail", "code"} <= set(problem)
    assert problem["title"] and problem["detail"] and problem["type"].endswith(problem["code"])
    return problem["status"], problem["code"]


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"{", "parse_error"),
        (b'{"name": NaN}', "parse_error"),
        (b'{"name": Infinity}', "parse_error"),
        (b'{"name": 1e400}', "parse_error"),
        (b'{"name": "a", "name": "b"}', "parse_error"),
        (b'{"name": "a\\u0000b"}', "parse_error"),
        (b'{"name": "a\\ud800b"}', "parse_error"),
        (b'{"a\\ud800b": 1}', "parse_error"),
        (b'{"name": "\xff\xfe"}', "parse_error"),
        (b"[" * 100_000, "parse_error"),
        (b'{"name": ' + b"9" * 5000 + b"}", "parse_error"),
        (b"[]", "invalid"),
        (b'"text"', "invalid"),
        (b"null", "invalid"),
        (b"{}", "invalid"),
        (b'{"name": null}', "invalid"),
        (b'{"name": {}}', "invalid"),
        (b'{"name": true}', "invalid"),
        (b'{"name": ""}', "invalid"),
        (b'{"name": "' + b"x" * 81 + b'"}', "invalid"),
    ],
)
def test_a_body_that_cannot_be_read_is_a_400(call: Call, body: bytes, code: str) -> None:
    response = call("admin").post("departments/", body, content_type="application/json")
    assert told(response) == (400, code)
    assert Department.objects.count() == 0


def test_whole_surrogate_pairs_and_a_byte_order_mark_are_text(call: Call) -> None:
    body = b'\xef\xbb\xbf{"name": "\\ud83d\\ude00 \xe6\x98\x8e\xe8\xbf\x9c"}'
    response = call("admin").post("departments/", body, content_type="application/json; charset=utf-8")
    assert response.json()["name"] == "😀 明远"


def test_only_json_is_taken(call: Call) -> None:
    admin = call("admin")
    refused = admin.post("departments/", "name=Lab", content_type="application/x-www-form-urlencoded")
    assert told(refused) == (415, "unsupported_media_type")


def test_what_accept_says_does_not_matter(call: Call) -> None:
    assert call("admin").get("departments/", headers={"Accept": "text/html"}).status_code == 200


@override_settings(API_BODY_BYTES=1000)
def test_a_body_over_the_limit_is_a_413(call: Call) -> None:
    assert told(call("admin").post("departments/", {"name": "x" * 1000})) == (413, "too_large")


def test_a_misspelt_field_is_told_and_fields_that_are_only_read_are_ignored(call: Call) -> None:
    admin = call("admin")
    assert codes(admin.post("departments/", {"name": "Lab", "nmae": "x"})) == [("nmae", "unknown_field")]
    made = admin.post("departments/", {"name": "Lab", "id": 77, "version": 9, "created_at": "1999-01-01"})
    assert made.status_code == 201
    assert (made.json()["version"], made.json()["created_at"][:4] != "1999") == (1, True)
    echoed = admin.put(f"departments/{made.json()['id']}/", {**made.json(), "name": "Labs"})
    assert echoed.json()["name"] == "Labs"


def test_each_wrong_field_is_named_with_its_code(call: Call) -> None:
    wrong = {"name": "", "region": 999, "manager": "x"}
    response = call("admin").post("teams/", wrong)
    assert sorted(codes(response)) == [
        ("manager", "incorrect_type"),
        ("name", "blank"),
        ("region", "does_not_exist"),
    ]


@pytest.mark.parametrize("value", [2**63, 10**30, -1, 1.5, True, [1], {"id": 1}])
def test_an_id_that_is_none_is_a_400(call: Call, value: Any) -> None:
    response = call("admin").post("teams/", {"name": "New", "region": value})
    assert told(response) == (400, "invalid")


@pytest.mark.parametrize("number", ["0", "9223372036854775807", "9223372036854775808", "9999999999999999999"])
def test_an_address_of_no_record_is_a_404(call: Call, number: str) -> None:
    assert told(call("admin").get(f"departments/{number}/")) == (404, "not_found")


@pytest.mark.parametrize(
    "path", ["nothing/", "departments/x/", "departments/-1/", "departments/99999999999999999999/"]
)
def test_an_address_of_nothing_is_a_404(call: Call, path: str) -> None:
    assert told(call("admin").get(path)) == (404, "not_found")


def test_a_forgotten_last_slash_is_told_with_method_and_body_kept(call: Call) -> None:
    moved = call("admin").post("departments", {"name": "Lab"})
    assert (moved.status_code, moved.headers["Location"]) == (308, "/api/v1/departments/")
    assert (
        call("admin").get("departments?ordering=id").headers["Location"].endswith("/departments/?ordering=id")
    )


@pytest.mark.parametrize(
    ("method", "path"),
    [("delete", "departments/"), ("post", "departments/count/"), ("options", "users/"), ("put", "me/")],
)
def test_a_method_that_an_address_does_not_know_is_a_405(call: Call, method: str, path: str) -> None:
    response = getattr(call("admin"), method)(path)
    assert told(response) == (405, "method_not_allowed")
    assert "GET" in response.headers["Allow"]


@pytest.mark.parametrize(
    ("query", "error"),
    [
        ("colour=red", ("colour", "unknown_filter")),
        ("team__manager=1", ("team__manager", "unknown_filter")),
        ("password=x", ("password", "unknown_filter")),
        ("ordering=password", ("ordering", "unknown_ordering")),
        ("ordering=--name", ("ordering", "unknown_ordering")),
        ("team=x", ("team", "invalid")),
        ("team=99999999999999999999", ("team", "invalid")),
        ("team=me", ("team", "invalid")),
        ("is_active=maybe", ("is_active", "invalid")),
        ("role=emperor", ("role", "invalid_choice")),
        ("email=%00", ("email", "null_characters_not_allowed")),
        ("search=%00", ("search", "invalid")),
        ("archived=maybe", ("archived", "invalid")),
    ],
)
def test_a_filter_or_ordering_the_list_does_not_know_is_a_400(
    call: Call, query: str, error: tuple[str, str]
) -> None:
    response = call("admin").get(f"users/?{query}")
    assert (response.status_code, codes(response)) == (400, [error])


@pytest.mark.parametrize("text", ["yesterday", "2026-13-01", "2026-01-01T25:00:00Z", "0000-00-00", "1" * 400])
def test_a_moment_that_is_none_is_a_400(call: Call, text: str) -> None:
    response = call("admin").get(f"tasks/?due_after={text}")
    assert (response.status_code, codes(response)) == (400, [("due_after", "invalid")])


def test_a_refused_write_leaves_nothing_behind(call: Call, cast: SimpleNamespace) -> None:
    alice = call("alice")
    before = Event.objects.count()
    team = Team.objects.get(pk=cast.ours.pk)
    assert told(alice.post("teams/", {"name": "Mine"}))[0] == 403
    assert told(alice.patch(f"teams/{team.pk}/", {"name": "Mine"}))[0] == 403
    assert told(alice.delete(f"teams/{team.pk}/"))[0] == 403
    assert told(alice.post("users/", {"email": "x@x.test", "name": "X", "roles": ["admin"]}))[0] == 403
    assert told(alice.patch(f"users/{cast.alice.pk}/", {"roles": ["admin"]}))[0] == 403
    assert told(alice.patch(f"users/{cast.bob.pk}/", {"name": "Robert"}))[0] == 403
    assert Event.objects.count() == before
    assert Team.objects.get(pk=team.pk).version == team.version


def test_a_person_changes_his_own_name_but_no_more(call: Call, cast: SimpleNamespace) -> None:
    alice = call("alice")
    assert alice.patch(f"users/{cast.alice.pk}/", {"name": "Alice A."}).json()["name"] == "Alice A."
    assert told(alice.patch(f"users/{cast.alice.pk}/", {"capacity": 99}))[0] == 403


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("statement", "expected"),
    [
        ("SELECT 1/0", (400, "invalid")),
        ("SELECT 99999999999::int", (400, "invalid")),
        ("SET LOCAL statement_timeout = 20; SELECT pg_sleep(5)", (503, "unavailable")),
        ("INSERT INTO people_department (name, version) VALUES ('x', 1), ('x', 1)", (409, "already_exists")),
        (
            "INSERT INTO people_team (name, region_id, version) VALUES ('x', 987, 1); SET CONSTRAINTS ALL IMMEDIATE",
            (409, "still_in_use"),
        ),
        ("UPDATE people_workspace SET id = 2", (400, "invalid")),
    ],
)
def test_what_the_database_refuses_is_told_as_what_it_is(statement: str, expected: tuple[int, str]) -> None:
    with (
        pytest.raises((DataError, IntegrityError, OperationalError)) as refused,
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(statement)
    answer = answer_exception(refused.value, {})
    assert answer is not None
    assert (answer.status_code, answer.data["code"]) == expected


def test_unknown_exceptions_stay_bugs() -> None:
    assert answer_exception(RuntimeError("a bug"), {}) is None


def test_a_problem_says_the_same_in_the_language_asked_for(call: Call) -> None:
    response = call("admin").get("nothing/", headers={"Accept-Language": "zh-hans"})
    assert told(response) == (404, "not_found")


def test_a_stranger_cannot_tell_addresses_apart(db: None) -> None:
    assert Client().get("/api/v1/departments/1/").status_code == 401
    assert json.loads(Client().get("/api/v1/nothing/").content)["code"] == "not_found"


@pytest.mark.parametrize(
    "text",
    ["9999-12-31T23:59:59-14:00", "0001-01-01T00:00:00Z", "3000-01-01T00:00:00Z", "2026-02-30", "1" * 400],
)
def test_a_time_nobody_can_live_to_see_is_a_400(call: Call, text: str) -> None:
    assert told(call("alice").post("tasks/", {"title": "Call", "due_at": text})) == (400, "invalid")


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("2026-06-01T10:00:00+08:00", "2026-06-01T02:00:00Z"),
        ("2026-06-01T10:00:00Z", "2026-06-01T10:00:00Z"),
        ("2026-06-01T10:00:00.123456-03:30", "2026-06-01T13:30:00.123456Z"),
        ("2026-06-01T10:00:00", "2026-06-01T10:00:00Z"),
    ],
)
def test_times_come_in_with_any_offset_and_go_out_in_utc(call: Call, given: str, kept: str) -> None:
    assert call("alice").post("tasks/", {"title": "Call", "due_at": given}).json()["due_at"] == kept


def test_a_bug_is_told_in_the_same_form_and_told_to_those_who_watch(
    call: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    admin = call("admin")
    admin.raise_request_exception = False

    def broken(*args: Any, **kwargs: Any) -> None:
        raise RuntimeError("a bug with a secret in its words")

    monkeypatch.setattr("salesflow.people.api.config_records.config_record_create", broken)
    response = admin.post("departments/", {"name": "Lab"})
    assert told(response) == (500, "internal_server_error")
    assert "secret" not in response.content.decode()


def test_a_host_that_is_not_ours_is_a_400(call: Call) -> None:
    assert told(call("admin").get("users/", headers={"Host": "evil.example"})) == (400, "bad_request")


def test_what_a_conflict_tells_beside_stands_beside_the_standard_members() -> None:
    answer = answer_exception(Conflict("busy", "Later.", {"matches": [1], "headers": "x"}), {})
    assert answer is not None
    assert (answer.data["status"], answer.data["matches"], answer.data["code"]) == (409, [1], "busy")
    assert answer.data["headers"] == "x"


@pytest.mark.parametrize("name", ["type", "title", "status", "detail", "code", "errors"])
def test_a_conflict_that_would_hide_a_standard_member_is_a_bug_where_it_is_made(name: str) -> None:
    """One that carried the lead's status once made a 500 of a 409, far from the place of the mistake."""
    with pytest.raises(ValueError, match=name):
        Conflict("busy", "Later.", {name: "assigned"})
