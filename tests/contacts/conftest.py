"""The cast: Alice sells, Bob sells in the same team under Mona, Charlie sells in another region under Max."""

import itertools
import threading
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from leads.models import Lead, Ownership, Pool
from leads.services.defaults import leads_ensure_defaults
from salesflow.lib.text import company_key, email_key, person_key, uscc_key
from salesflow.people.models import Region, Team, User
from salesflow.people.services import people_ensure_defaults, user_create


@pytest.fixture
def cast(db: None) -> SimpleNamespace:
    return make_cast()


def make_cast() -> SimpleNamespace:
    people_ensure_defaults()
    leads_ensure_defaults()
    east, west = (Region.objects.create(name=name) for name in ("East", "West"))
    ours, theirs = (
        Team.objects.create(name="Ours", region=east),
        Team.objects.create(name="Theirs", region=west),
    )

    def person(name: str, role: str, **fields: Any) -> User:
        return user_create(
            by=None, email=f"{name}@cast.test", name=name.title(), password=None, roles=[role], **fields
        )

    people = SimpleNamespace(
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
    for team, manager in ((ours, people.mona), (theirs, people.max)):
        Team.objects.filter(pk=team.pk).update(manager=manager)
    pool = Pool.objects.default()
    pool.members.set([people.alice, people.bob, people.charlie])
    pool.managers.set([people.mona, people.max])
    return people


def again(user: User) -> User:
    """The person as a new request meets him, with nothing remembered."""
    return User.objects.get(pk=user.pk)


@pytest.fixture
def lead(cast: SimpleNamespace) -> Callable[..., Lead]:
    return make_lead


_number = itertools.count(1)


def make_lead(owner: User | None = None, *, pool: Pool | None = None, **values: Any) -> Lead:
    """A lead in the hands of its owner, or in the default pool, with its keys computed."""
    number = next(_number)
    facts = {"company_name": f"Company {number} Ltd", "contact_name": f"Person {number}", **values}
    now = timezone.now()
    if owner is not None:
        facts = {"owner": owner, "owned_since": now, "status": Lead.Status.ASSIGNED, **facts}
    else:
        facts = {"in_pool": True, "pool": pool or Pool.objects.default(), "pool_entered_at": now, **facts}
    lead = Lead.objects.create(
        company_key=company_key(facts["company_name"]),
        person_key=person_key(facts["contact_name"]),
        email_key=email_key(facts.get("email")),
        credit_code_key=uscc_key(facts.get("credit_code")),
        **facts,
    )
    if owner is not None:
        Ownership.objects.create(lead=lead, owner=owner, via=Ownership.Via.ASSIGN)
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
