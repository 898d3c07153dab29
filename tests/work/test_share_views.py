"""A view of a list is shared with a team or with everybody, and may be the one a list opens in for a role."""

from collections.abc import Callable
from types import SimpleNamespace

import pytest
from django.test import Client

from leads.services.defaults import leads_ensure_defaults
from salesflow.work.models import OpeningView, SavedView
from tests.leads.cast import lead_of

pytestmark = pytest.mark.django_db
Browse = Callable[..., Client]
MINE = "grade=A&due=today&owner=me"


@pytest.fixture(autouse=True)
def settings_of_leads(cast: SimpleNamespace) -> None:
    leads_ensure_defaults()


@pytest.fixture
def view(cast: SimpleNamespace) -> SavedView:
    return SavedView.objects.create(owner=cast.alice, resource="leads", name="Due today", query=MINE)


def share(client: Client, view: SavedView, audience: object, **more: object) -> None:
    client.post(f"/saved-views/{view.pk}/share/", {"audience": audience, **more})
    view.refresh_from_db()


def tabs(client: Client) -> list[str]:
    answer = client.get("/leads/?ordering=-created_at")
    return [str(tab["label"]) for tab in answer.context["list"].tabs]


def test_a_view_shared_with_the_team_is_a_tab_of_each_member_and_of_its_manager(browse, cast, view) -> None:
    share(browse("alice"), view, cast.alice.team_id)
    assert (view.audience, view.team) == ("team", cast.alice.team)
    assert "Due today" in tabs(browse("bob"))
    assert "Due today" in tabs(browse("mona"))
    assert "Due today" not in tabs(browse("charlie"))


def test_me_in_a_shared_view_is_who_looks(browse, cast, view) -> None:
    SavedView.objects.filter(pk=view.pk).update(query="owner=me")
    share(browse("alice"), view, cast.alice.team_id)
    lead_of(cast.alice, company_name="Alice's company")
    lead_of(cast.bob, company_name="Bob's company")
    page = browse("bob").get("/leads/?owner=me").content.decode()
    assert "Bob&#x27;s company" in page and "Alice&#x27;s company" not in page


def test_others_use_a_shared_view_and_do_not_change_it(browse, cast, view) -> None:
    share(browse("alice"), view, cast.alice.team_id)
    bob = browse("bob")
    for verb, typed in (("rename", {"name": "Bob's"}), ("remove", {}), ("share", {"audience": "private"})):
        assert bob.post(f"/saved-views/{view.pk}/{verb}/", typed).status_code == 403
    before = view.version
    view.refresh_from_db()
    assert (view.name, view.audience, view.archived_at, view.version) == ("Due today", "team", None, before)
    assert "This view" not in bob.get(f"/leads/?{MINE}").content.decode()


def test_one_shares_with_ones_own_team_and_only_those_above_with_everybody(browse, call, cast, view) -> None:
    alice = browse("alice")
    offered = alice.get(f"/saved-views/{view.pk}/share/").context["form"].fields["audience"].choices
    assert [value for value, _label in offered] == ["private", str(cast.alice.team_id)]
    for audience in (cast.charlie.team_id, "everybody", "the world"):
        assert alice.post(f"/saved-views/{view.pk}/share/", {"audience": audience}).status_code == 400
    for said in ({"audience": "team", "team": cast.charlie.team_id}, {"audience": "everybody"}):
        assert call("alice").post(f"saved-views/{view.pk}/share/", said).status_code == 403
    view.refresh_from_db()
    assert view.audience == "private"


def test_a_shared_view_can_be_taken_back(browse, cast, view) -> None:
    alice = browse("alice")
    share(alice, view, cast.alice.team_id)
    share(alice, view, "private")
    assert (view.audience, view.team_id) == ("private", None)
    assert "Due today" not in tabs(browse("bob"))


def test_a_list_opens_for_a_role_in_the_view_the_administrator_chose(browse, cast, call, view) -> None:
    made = call("admin").post("saved-views/", {"resource": "leads", "name": "Hot", "query": "grade=A"}).json()
    hot = SavedView.objects.get(pk=made["id"])
    share(browse("admin"), hot, "everybody")
    share(browse("admin"), hot, "everybody", opens_for="rep")
    opened = browse("bob").get("/leads/")
    assert (opened.status_code, opened.headers["Location"]) == (302, "/leads/?grade=A")
    assert browse("mona").get("/leads/").status_code == 200
    page = browse("bob").get("/leads/?grade=A").content.decode()
    assert 'href="?ordering=-created_at"' in page, "everything is one click away"
    # the last word for a role holds
    made = (
        call("admin").post("saved-views/", {"resource": "leads", "name": "Warm", "query": "grade=B"}).json()
    )
    warm = SavedView.objects.get(pk=made["id"])
    call("admin").post(f"saved-views/{warm.pk}/share/", {"audience": "everybody"})
    answer = call("admin").post(f"saved-views/{warm.pk}/open-for/", {"roles": ["rep"]})
    assert answer.json()["opens_for"] == ["rep"]
    assert browse("bob").get("/leads/").headers["Location"] == "/leads/?grade=B"
    # and no view opens that is not everybody's any more
    call("admin").post(f"saved-views/{warm.pk}/share/", {"audience": "private"})
    assert not OpeningView.objects.exists()
    assert browse("bob").get("/leads/").status_code == 200


def test_only_a_view_of_everybody_opens_for_a_role(call, cast, view) -> None:
    made = call("admin").post("saved-views/", {"resource": "leads", "name": "Hot", "query": "grade=A"}).json()
    answer = call("admin").post(f"saved-views/{made['id']}/open-for/", {"roles": ["rep"]})
    assert answer.status_code == 400 and answer.json()["errors"][0]["field"] == "opens_for"
    answer = call("admin").post(f"saved-views/{made['id']}/open-for/", {"roles": ["king"]})
    assert answer.status_code == 400
    assert call("alice").post(f"saved-views/{view.pk}/open-for/", {"roles": ["rep"]}).status_code == 403


def test_programs_share_and_see_what_is_shared(call, cast, view) -> None:
    shared = call("alice").post(
        f"saved-views/{view.pk}/share/", {"audience": "team", "team": cast.alice.team_id}
    )
    assert (shared.json()["audience"], shared.json()["team"]) == ("team", cast.alice.team_id)
    listed = call("bob").get("saved-views/").json()["results"]
    assert [(row["name"], row["owner"]) for row in listed] == [("Due today", cast.alice.pk)]
    nameless = call("alice").post(f"saved-views/{view.pk}/share/", {"audience": "team"})
    assert nameless.status_code == 400 and nameless.json()["errors"][0]["field"] == "team"
    assert call("charlie").get(f"saved-views/{view.pk}/").status_code == 404
