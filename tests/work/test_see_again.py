"""What one looked at last is one key away: in the search page without a query, and in the palette when it opens."""

import re
from types import SimpleNamespace

import pytest
from django.core.cache import cache
from django.test import Client

from contacts.models import Customer
from leads.services.defaults import leads_ensure_defaults
from salesflow.lib import recent
from salesflow.work.models import Task
from tests.leads.cast import lead_of
from tests.support.pages import HTMX

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def nothing_seen(cast: SimpleNamespace) -> None:
    leads_ensure_defaults()
    cache.clear()


def seen(client: Client, **more: object) -> list[str]:
    page = client.get("/search/", **more).content.decode()
    page = page[page.index("<main") :] if "<main" in page else page
    return re.findall(r'href="(/(?:leads|customers|tasks|opportunities)/\d+/)"', page)


def test_the_latest_stands_first_and_each_once(browse, cast) -> None:
    alice = browse("alice")
    lead = lead_of(cast.alice, company_name="First")
    customer = Customer.objects.create(name="Second", owner=cast.alice)
    task = Task.objects.create(title="Third", assignee=cast.alice)
    for path in (
        f"/leads/{lead.pk}/",
        f"/customers/{customer.pk}/",
        f"/tasks/{task.pk}/",
        f"/leads/{lead.pk}/",
    ):
        assert alice.get(path).status_code == 200
    expected = [f"/leads/{lead.pk}/", f"/tasks/{task.pk}/", f"/customers/{customer.pk}/"]
    assert seen(alice) == seen(alice, headers=HTMX) == expected
    assert seen(browse("bob")) == []


def test_what_one_may_no_longer_see_is_gone(browse, cast) -> None:
    alice, lead = browse("alice"), lead_of(cast.alice, company_name="Mine for now")
    alice.get(f"/leads/{lead.pk}/")
    assert seen(alice) == [f"/leads/{lead.pk}/"]
    type(lead).objects.filter(pk=lead.pk).update(owner=cast.charlie)
    assert seen(alice) == []


def test_a_page_that_was_refused_is_not_remembered(browse, cast) -> None:
    alice, lead = browse("alice"), lead_of(cast.charlie, company_name="Charlie's")
    assert alice.get(f"/leads/{lead.pk}/").status_code == 404
    assert seen(alice) == []


def test_only_the_last_are_kept(browse, cast, monkeypatch) -> None:
    monkeypatch.setattr(recent, "KEPT", 3)
    alice = browse("alice")
    leads = [lead_of(cast.alice, company_name=f"Company {number}") for number in range(5)]
    for lead in leads:
        alice.get(f"/leads/{lead.pk}/")
    assert seen(alice) == [f"/leads/{lead.pk}/" for lead in leads[:1:-1]]
