"""Signing in over REST: tokens, their scopes and their end; the browser's session with CSRF."""

from collections.abc import Callable
from datetime import timedelta
from types import SimpleNamespace

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from salesflow.people.models import ApiToken
from salesflow.people.services import token_issue, token_revoke, user_change, workspace_change
from tests.api.conftest import Caller, caller_of

Call = Callable[..., Caller]


def test_without_a_token_nobody_gets_in(cast: SimpleNamespace) -> None:
    response = Caller().get("users/")
    assert response.status_code == 401
    assert response.headers["WWW-Authenticate"].startswith("Bearer")
    assert response.headers["Content-Type"] == "application/problem+json"
    assert response.json()["code"] == "not_authenticated"


@pytest.mark.parametrize("secret", ["crm_wrong", "", "a b c", "é" * 40])
def test_a_wrong_token_is_refused(cast: SimpleNamespace, secret: str) -> None:
    assert Caller(secret or " ").get("users/").status_code == 401


def test_a_token_finds_its_holder_in_one_statement(cast: SimpleNamespace, call: Call) -> None:
    alice = call("alice")
    alice.get("me/")  # notes the use of the token
    with CaptureQueriesContext(
        connection,
    ) as statements:
        answer = alice.get("me/")
    assert answer.json()["email"] == "alice@cast.test"
    assert answer.json()["roles"] == ["rep"]
    assert answer.json()["rights"]["leads.view"] == "own"
    assert len(statements) == 1


def test_a_revoked_token_ends_at_once(cast: SimpleNamespace) -> None:
    token, secret = token_issue(user=cast.alice, scopes=["read"], by=None)
    caller = Caller(secret)
    assert caller.get("me/").status_code == 200
    token_revoke(token=token, by=cast.alice)
    assert caller.get("me/").status_code == 401


def test_an_expired_token_is_refused(cast: SimpleNamespace) -> None:
    soon = timezone.now() + timedelta(hours=1)
    token, secret = token_issue(user=cast.alice, scopes=["read"], expires_at=soon, by=None)
    assert Caller(secret).get("me/").status_code == 200
    type(token).objects.filter(pk=token.pk).update(expires_at=timezone.now() - timedelta(hours=1))
    assert Caller(secret).get("me/").status_code == 401


def test_a_person_without_sign_in_cannot_use_his_token(cast: SimpleNamespace, call: Call) -> None:
    alice = call("alice")
    assert alice.get("me/").status_code == 200
    user_change(user=cast.alice, by=cast.admin, is_active=False)
    assert alice.get("me/").status_code == 401


def test_a_change_of_roles_holds_from_the_next_request(cast: SimpleNamespace, call: Call) -> None:
    alice = call("alice")
    assert alice.post("departments/", {"name": "Lab"}).status_code == 403
    user_change(user=cast.alice, by=cast.admin, roles=["admin"])
    assert alice.post("departments/", {"name": "Lab"}).status_code == 201


def test_reading_does_not_include_writing_nor_the_other_way_round(call: Call) -> None:
    reader, writer = call("admin", "read"), call("admin", "write")
    assert reader.get("teams/").status_code == 200
    refused = reader.post("departments/", {"name": "Lab"})
    assert (refused.status_code, refused.json()["code"]) == (403, "insufficient_scope")
    assert writer.post("departments/", {"name": "Lab"}).status_code == 201
    assert writer.get("teams/").status_code == 403


def test_a_scope_of_one_resource_opens_no_other(call: Call) -> None:
    caller = call("admin", "departments:write", "teams:read")
    assert caller.post("departments/", {"name": "Lab"}).status_code == 201
    assert caller.get("teams/").status_code == 200
    assert caller.get("departments/").status_code == 403
    assert caller.post("teams/", {"name": "New"}).status_code == 403


def test_the_last_use_is_noted_once_a_minute(cast: SimpleNamespace) -> None:
    token, secret = token_issue(user=cast.alice, scopes=["read"], by=None)
    Caller(secret).get("me/")
    first = ApiToken.objects.get(pk=token.pk).last_used_at
    assert first is not None
    Caller(secret).get("me/")
    assert ApiToken.objects.get(pk=token.pk).last_used_at == first
    ApiToken.objects.filter(pk=token.pk).update(last_used_at=first - timedelta(seconds=61))
    Caller(secret).get("me/")
    assert ApiToken.objects.get(pk=token.pk).last_used_at >= first


def test_calls_are_limited_only_when_the_workspace_says_so(cast: SimpleNamespace) -> None:
    caller = caller_of(cast.alice)
    assert all(caller.get("me/").status_code == 200 for _turn in range(5))
    workspace_change(by=cast.admin, api_requests_per_minute=2)
    assert [caller.get("me/").status_code for _turn in range(3)] == [200, 200, 429]
    refused = caller.get("me/")
    assert 0 < int(refused.headers["Retry-After"]) <= 60
    assert refused.json()["code"] == "throttled"


def test_the_session_reads_but_writes_only_with_its_csrf_token(cast: SimpleNamespace) -> None:
    browser = Caller(enforce_csrf_checks=True)
    browser.force_login(cast.admin)
    assert browser.get("me/").json()["email"] == "admin@cast.test"
    refused = browser.post("departments/", {"name": "Lab"})
    assert (refused.status_code, refused.json()["code"]) == (403, "csrf_failed")
    browser.cookies["csrftoken"] = "a" * 32
    taken = browser.post("departments/", {"name": "Lab"}, headers={"X-CSRFToken": "a" * 32})
    assert taken.status_code == 201
