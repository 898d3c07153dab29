"""Views of a list: kept under a name, shown as tabs, renamed and taken away by whom they belong to, and by no other."""

from collections.abc import Callable
from types import SimpleNamespace

import pytest
from django.test import Client

from leads.services.defaults import leads_ensure_defaults
from salesflow.work.models import SavedView
from tests.support.pages import told

pytestmark = pytest.mark.django_db
Browse = Callable[..., Client]
BEST = "grade=A&ordering=-score"


@pytest.fixture(autouse=True)
def settings_of_leads(cast: SimpleNamespace) -> None:
    leads_ensure_defaults()


def save(client: Client, name: str = "Best", query: str = BEST, resource: str = "leads") -> SavedView:
    typed = {"resource": resource, "name": name, "query": query, "next": "/leads/"}
    answer = client.post("/saved-views/save/", typed)
    assert answer.status_code == 302
    return SavedView.objects.get(name=name)


def test_a_view_becomes_a_tab_that_holds_the_state(browse: Browse) -> None:
    alice = browse("alice")
    assert "Save view" in alice.get(f"/leads/?{BEST}").content.decode()
    save(alice)
    page = alice.get(f"/leads/?{BEST}").content.decode()
    assert 'href="?grade=A&amp;ordering=-score" aria-current="page"' in page
    assert "Save view" not in page and "Rename" in page


def test_a_view_is_its_makers_alone(browse: Browse) -> None:
    view = save(browse("alice"))
    assert "Best" not in browse("bob").get("/leads/").content.decode()
    for verb in ("rename", "remove", "restore"):
        assert browse("bob").post(f"/saved-views/{view.pk}/{verb}/", {"name": "Mine"}).status_code == 404
    view.refresh_from_db()
    assert (view.name, view.archived_at) == ("Best", None)


def test_the_pool_has_views_of_its_own(browse: Browse) -> None:
    alice = browse("alice")
    save(alice, "Pool's best", "grade=A", resource="pool")
    assert "Pool&#x27;s best" in alice.get("/pool/").content.decode()
    assert "Pool&#x27;s best" not in alice.get("/leads/").content.decode()


def test_a_view_is_renamed_unless_the_name_is_taken_or_none(browse: Browse) -> None:
    alice = browse("alice")
    view = save(alice)
    save(alice, "Other", "grade=B")
    back = {"referer": f"http://testserver/leads/?{BEST}"}
    answer = alice.post(f"/saved-views/{view.pk}/rename/", {"name": " A first "}, headers=back)
    assert answer["Location"] == back["referer"]
    assert "A first" in alice.get("/leads/").content.decode()
    for name, words in (
        ("Other", "There is a view of this name."),
        (" ", "at most 80"),
        ("x" * 81, "at most 80"),
    ):
        answer = alice.post(f"/saved-views/{view.pk}/rename/", {"name": name}, headers=back)
        assert answer.status_code == 302 and words in told(answer)
    view.refresh_from_db()
    assert view.name == "A first"


def test_a_view_that_was_deleted_can_be_brought_back(browse: Browse) -> None:
    alice = browse("alice")
    view = save(alice)
    answer = alice.post(f"/saved-views/{view.pk}/remove/", {"next": "/leads/"})
    assert answer["Location"] == "/leads/"
    page = alice.get("/leads/").content.decode()
    assert (
        "Best" not in page.split("<main")[1].split("</nav>")[0] and f"/saved-views/{view.pk}/restore/" in page
    )
    alice.post(f"/saved-views/{view.pk}/restore/")
    assert "Best" in alice.get("/leads/").content.decode()
