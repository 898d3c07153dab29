"""The cast of the REST tests, with a default pool of theirs and leads in their hands."""

import itertools
import threading
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import connection, transaction

from leads.models import Lead, Ownership, Pool
from leads.services.decide import Decision
from leads.services.defaults import leads_ensure_defaults
from leads.services.place import leads_place
from salesflow.clocks.services import database_now
from salesflow.lib.text import company_key, email_key, person_key, uscc_key
from salesflow.people.models import User
from salesflow.people.services import config_changed
from tests.api import conftest as api
from tests.support.pages import browse  # noqa: F401


@pytest.fixture
def cast(db: None) -> SimpleNamespace:
    return make_cast()


def make_cast() -> SimpleNamespace:
    """Alice and Bob sell under Mona, Charlie sells elsewhere under Max; Dora directs the region of the first."""
    people = api.make_cast()
    leads_ensure_defaults()
    pool = Pool.objects.default()
    pool.members.set([people.alice, people.bob, people.charlie])
    pool.managers.set([people.mona, people.max])
    config_changed()
    return people


@pytest.fixture
def call(cast: SimpleNamespace) -> Callable[..., api.Caller]:
    """`call("alice")` speaks REST as Alice."""
    return lambda name, *scopes: api.caller_of(getattr(cast, name), *scopes)


def again(user: User) -> User:
    """The person as a new request meets him, with nothing remembered."""
    return User.objects.get(pk=user.pk)


_number = itertools.count(1)


@transaction.atomic
def make_lead(owner: User | None = None, **values: Any) -> Lead:
    """A lead in the hands of its owner with its clock running, or in the default pool; its keys computed."""
    number, status = next(_number), values.pop("status", None)
    facts = {"company_name": f"Company {number} Ltd", "contact_name": f"Person {number}", **values}
    lead = Lead.objects.create(
        company_key=company_key(facts["company_name"]),
        person_key=person_key(facts["contact_name"]),
        email_key=email_key(facts.get("email")),
        credit_code_key=uscc_key(facts.get("credit_code")),
        **facts,
    )
    decision = Decision.to_owner(owner) if owner else Decision.to_pool()
    leads_place([(lead, decision)], via=Ownership.Via.ASSIGN, by=None, now=database_now(), tell=False)
    if status:
        Lead.objects.filter(pk=lead.pk).update(status=status)
    return Lead.objects.get(pk=lead.pk)


def at_once(*deeds: Callable[[], Any]) -> list[Any]:
    """Run the deeds at the same moment in threads with connections of their own; result or exception of each."""
    results: list[Any] = [None] * len(deeds)
    gate = threading.Barrier(len(deeds))

    def run(place: int) -> None:
        try:
            gate.wait(10)
            results[place] = deeds[place]()
        except Exception as error:
            results[place] = error
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(place,)) for place in range(len(deeds))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert not any(thread.is_alive() for thread in threads)
    return results
