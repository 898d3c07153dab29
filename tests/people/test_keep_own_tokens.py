"""One's own keys for other systems: made with scopes and an end, shown once, revoked."""

import pytest
from django.test import Client

from salesflow.people.models import ApiToken, User
from salesflow.people.services import people_ensure_defaults, token_issue, user_create
from tests.api.conftest import Caller

pytestmark = pytest.mark.django_db


def person(name: str) -> User:
    people_ensure_defaults()
    return user_create(by=None, email=f"{name}@x.example", name=name, password=None, roles=["rep"])


@pytest.fixture
def browser() -> Client:
    client = Client()
    client.force_login(person("ada"))
    return client


def test_a_token_is_shown_once_and_acts_within_its_scopes(browser: Client) -> None:
    answer = browser.post("/profile/tokens/", {"name": "Website", "scopes": "leads:read, tasks:read"})
    secret = answer.context["secret"]
    assert secret in answer.content.decode() and "no-store" in answer.headers["Cache-Control"]
    page = browser.get("/profile/tokens/").content.decode()
    assert secret not in page and "Website" in page and "never used" in page
    assert ApiToken.objects.get().scopes == ["leads:read", "tasks:read"]
    caller = Caller(secret)
    assert (caller.get("leads/").status_code, caller.get("customers/").status_code) == (200, 403)
    assert "never used" not in browser.get("/profile/tokens/").content.decode()


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ({"scopes": "everything"}, "Unknown scope"),
        ({"expires_at": "2020-01-01T10:00"}, "past"),
        ({"name": ""}, ""),
    ],
)
def test_a_token_that_cannot_be_is_told(browser: Client, typed: dict[str, str], words: str) -> None:
    answer = browser.post("/profile/tokens/", {"name": "x", **typed})
    assert answer.status_code == 400 and words in answer.content.decode()
    assert not ApiToken.objects.exists()


def test_a_revoked_token_is_refused_and_leaves_the_page(browser: Client) -> None:
    secret = browser.post("/profile/tokens/", {"name": "Website"}).context["secret"]
    assert browser.post("/profile/tokens/revoke/", {"id": ApiToken.objects.get().pk}).status_code == 302
    assert Caller(secret).get("leads/").status_code == 401
    assert "Website" not in browser.get("/profile/tokens/").content.decode()


def test_those_of_others_are_neither_seen_nor_revoked(browser: Client) -> None:
    eve = person("eve")
    token, _secret = token_issue(user=eve, scopes=[], name="Hers", by=eve)
    assert "Hers" not in browser.get("/profile/tokens/").content.decode()
    assert browser.post("/profile/tokens/revoke/", {"id": token.pk}).status_code == 400
    token.refresh_from_db()
    assert token.revoked_at is None
