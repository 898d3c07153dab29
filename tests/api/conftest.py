"""The cast, each with a way to speak REST: Alice and Bob sell under Mona, Charlie sells elsewhere under Max."""

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
from django.test import Client

from salesflow.people.models import Region, Team, User
from salesflow.people.services import people_ensure_defaults, token_issue, user_create

API = "/api/v1/"


class Caller(Client):
    """Speaks REST with somebody's token; paths are relative to `/api/v1/`, bodies are JSON."""

    def __init__(self, secret: str | None = None, **kwargs: Any) -> None:
        headers = {"Authorization": f"Bearer {secret}"} if secret else {}
        super().__init__(headers=headers, raise_request_exception=True, **kwargs)

    def generic(self, method: str, path: str, *args: Any, **kwargs: Any) -> Any:
        if not path.startswith(("/", "http")):
            path = API + path
        return super().generic(method, path, *args, **kwargs)

    def post(self, path: str, data: Any = None, **kwargs: Any) -> Any:
        kwargs.setdefault("content_type", "application/json")
        return super().post(path, {} if data is None else data, **kwargs)

    def patch(self, path: str, data: Any = None, **kwargs: Any) -> Any:
        kwargs.setdefault("content_type", "application/json")
        return super().patch(path, {} if data is None else data, **kwargs)

    def put(self, path: str, data: Any = None, **kwargs: Any) -> Any:
        kwargs.setdefault("content_type", "application/json")
        return super().put(path, {} if data is None else data, **kwargs)


def caller_of(user: User, *scopes: str) -> Caller:
    """A caller with a token of this person; reads and writes unless other scopes are named."""
    _token, secret = token_issue(user=user, scopes=scopes or ("read", "write"), by=None)
    return Caller(secret)


def make_cast() -> SimpleNamespace:
    people_ensure_defaults()
    east, west = (Region.objects.create(name=name) for name in ("East", "West"))
    ours, theirs = (
        Team.objects.create(name="Ours", region=east),
        Team.objects.create(name="Theirs", region=west),
    )

    def person(name: str, role: str, **fields: Any) -> User:
        address = f"{name}@cast.test"
        return user_create(by=None, email=address, name=name.title(), password=None, roles=[role], **fields)

    cast = SimpleNamespace(
        ours=ours,
        theirs=theirs,
        alice=person("alice", "rep", team=ours),
        bob=person("bob", "rep", team=ours),
        mona=person("mona", "manager"),
        charlie=person("charlie", "rep", team=theirs),
        max=person("max", "manager"),
        dora=person("dora", "director", region=east),
        admin=person("admin", "admin"),
        auditor=person("auditor", "auditor"),
        finance=person("finance", "finance"),
    )
    Team.objects.filter(pk=ours.pk).update(manager=cast.mona)
    Team.objects.filter(pk=theirs.pk).update(manager=cast.max)
    return cast


@pytest.fixture
def cast(db: None) -> SimpleNamespace:
    return make_cast()


@pytest.fixture
def call(cast: SimpleNamespace) -> Callable[..., Caller]:
    """`call("alice")` speaks as Alice; scopes may follow."""

    def speaking(name: str, *scopes: str) -> Caller:
        return caller_of(getattr(cast, name), *scopes)

    return speaking


def codes(response: Any) -> list[tuple[str, str]]:
    """(field, code) of each error of a validation problem."""
    return [(error["field"], error["code"]) for error in response.json()["errors"]]
