"""The cast with the default pool in their hands: reps are its members, Mona and Max its managers."""

import itertools
from collections.abc import Callable
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from django.utils import timezone

from leads.models import Pool
from tests.api import conftest as api
from tests.contacts.conftest import make_cast, make_lead
from tests.leads.cast import clock_of, default_pool, fresh, lead_in_pool, lead_of, rule, time_passes

__all__ = ["clock_of", "default_pool", "fresh", "lead_in_pool", "lead_of", "make_lead", "rule", "time_passes"]

Call = Callable[..., api.Caller]
_number = itertools.count(1)


@pytest.fixture
def cast(db: None) -> SimpleNamespace:
    people = make_cast()
    people.pool = Pool.objects.default()
    return people


@pytest.fixture
def call(cast: SimpleNamespace) -> Call:
    """`call("alice")` speaks REST as Alice, with one token for the whole test."""
    callers: dict[str, api.Caller] = {}

    def speak(name: str, *scopes: str) -> api.Caller:
        if scopes:
            return api.caller_of(getattr(cast, name), *scopes)
        if name not in callers:
            callers[name] = api.caller_of(getattr(cast, name))
        return callers[name]

    return speak


def facts(**values: Any) -> dict[str, Any]:
    """What a new lead of nobody else's names is made of."""
    n = next(_number)
    known = {
        "company_name": f"Firm Nr {n} Ltd",
        "contact_name": f"Person Nr {n}",
        "email": f"p{n}@firm{n}.example",
    }
    return {**known, **values}


def soon(**ahead: float) -> str:
    return (timezone.now() + timedelta(**(ahead or {"days": 1}))).isoformat()


def said(**values: Any) -> dict[str, Any]:
    """An outbound call that nobody answered, with the next one tomorrow."""
    return {
        "channel": "call", "direction": "outbound", "outcome": "no_answer", "summary": "Rang, nobody there.",
        "next_follow_up_at": soon(), **values,
    }  # fmt: skip


def told(answer: Any) -> tuple[int, str | None]:
    """Status and code of an answer."""
    return answer.status_code, answer.json().get("code") if answer.content else None
