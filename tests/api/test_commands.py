"""Tokens and the rights table from the terminal."""

import json
from io import StringIO
from types import SimpleNamespace

import pytest
from django.core.management import CommandError, call_command

from tests.api.conftest import Caller


def run(*words: str) -> str:
    out = StringIO()
    call_command(*words, stdout=out)
    return out.getvalue()


def test_create_token_prints_the_token_and_nothing_else(cast: SimpleNamespace) -> None:
    secret = run("create_token", "alice@cast.test", "--scope", "read", "--scope", "tasks:write").strip()
    assert secret.startswith("crm_") and "\n" not in secret and " " not in secret
    caller = Caller(secret)
    assert caller.get("me/").json()["email"] == "alice@cast.test"
    assert caller.post("tasks/", {"title": "Call"}).status_code == 201
    assert caller.post("notes/", {"body": "x"}).status_code == 403


def test_create_token_in_json_tells_scopes_and_end(cast: SimpleNamespace) -> None:
    made = json.loads(run("create_token", "ALICE@cast.test", "--json"))
    assert made["scopes"] == ["read", "write"] and made["expires_at"]
    assert Caller(made["token"]).get("me/").status_code == 200


@pytest.mark.parametrize("words", [("nobody@cast.test",), ("alice@cast.test", "--scope", "everything")])
def test_create_token_fails_for_strangers_and_unknown_scopes(
    cast: SimpleNamespace, words: tuple[str, ...]
) -> None:
    with pytest.raises(CommandError):
        run("create_token", *words)


def test_authz_table_tells_every_route_for_every_role(db: None) -> None:
    table = json.loads(run("authz_table", "--json"))
    rows = {(row["method"], row["path"], row["role"]): row for row in table["api"]}
    lead = rows["GET", "/api/v1/leads/{id}/", "rep"]
    assert (lead["right"], lead["scope"], lead["token_scopes"]) == (
        "leads.view",
        "own",
        ["read", "leads:read"],
    )
    assert lead["expected"] == {"own": "ok", "team": "404", "region": "404", "other": "404"}
    assert rows["POST", "/api/v1/leads/{id}/claim/", "manager"]["expected"]["own"] == "403"
    assert {"path": "/sign-in/", "name": "sign-in", "public": True} in table["pages"]
    plain = run("authz_table", "--role", "rep")
    assert "manager" not in plain and "/api/v1/leads/{id}/" in plain
