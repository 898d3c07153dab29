"""Quick entry: a form for a desk and a phone that loses nothing and tells whom one may be entering again."""

import re
from collections.abc import Callable
from types import SimpleNamespace

import pytest
from django.test import Client

from leads.models import FirstContactPolicy, Lead
from leads.services import lead_create
from leads.services.defaults import leads_ensure_defaults
from salesflow.people.models import User
from salesflow.people.services import config_changed
from tests.api.conftest import make_cast
from tests.leads import cast as scene
from tests.support.pages import told

pytestmark = pytest.mark.django_db
Browse = Callable[[str], Client]
NOAH = {"company_name": "Arbor Robotics Ltd", "contact_name": "Noah Fischer", "email": "noah@arbor.test"}
DRAWER = {"HX-Request": "true", "HX-Target": "drawer-body"}


@pytest.fixture
def cast() -> SimpleNamespace:
    people = make_cast()
    leads_ensure_defaults()
    scene.default_pool(members=[people.alice, people.bob], managers=[people.mona])
    return people


@pytest.fixture
def browse(cast: SimpleNamespace) -> Browse:
    def signed_in(name: str) -> Client:
        client = Client()
        client.force_login(getattr(cast, name))
        return client

    return signed_in


def entered_by(person: User) -> Lead:
    return lead_create(by=User.objects.get(pk=person.pk), values=NOAH, assignment="me", via="page")


def test_a_lead_is_entered_and_opened(browse: Browse, cast: SimpleNamespace) -> None:
    answer = browse("alice").post("/leads/new/", {**NOAH, "assignment": "me"}, headers=DRAWER)
    lead = Lead.objects.get()
    assert (answer.status_code, answer["HX-Redirect"]) == (204, lead.get_absolute_url())
    assert (lead.owner, lead.company_name) == (cast.alice, "Arbor Robotics Ltd")


def test_each_field_brings_up_its_keyboard(browse: Browse) -> None:
    page = browse("alice").get("/leads/new/").content.decode()
    for field in (
        'type="tel" name="phone"', 'type="tel" name="mobile"', 'type="email" name="email"',
        'name="budget" autocomplete="off" inputmode="decimal"',
        'name="need_fit" autocomplete="off" inputmode="numeric"',
    ):  # fmt: skip
        assert field in page, field


def test_what_is_wrong_stands_under_its_field_and_nothing_typed_is_lost(browse: Browse) -> None:
    answer = browse("alice").post(
        "/leads/new/", {**NOAH, "phone": "138 0013", "budget": "lots", "need": "Arms"}
    )
    page = answer.content.decode()
    assert answer.status_code == 400 and not Lead.objects.exists()
    for field in ("phone", "budget"):
        assert re.search(rf'name="{field}"[^>]*aria-invalid="true"', page), field
        assert f'id="id_{field}_error"' in page
    for typed in ('value="138 0013"', 'value="lots"', 'value="Noah Fischer"', "Arms</textarea>"):
        assert typed in page, typed


def test_a_duplicate_is_shown_at_the_top_and_entered_only_on_demand(
    browse: Browse, cast: SimpleNamespace
) -> None:
    known = entered_by(cast.alice)
    alice, typed = browse("alice"), {**NOAH, "assignment": "me"}
    answer = alice.post("/leads/new/", typed)
    page = answer.content.decode()
    assert answer.status_code == 400 and Lead.objects.count() == 1
    assert "known already, so it was not entered" in page and f'href="/leads/{known.pk}/"' in page
    assert 'value="Noah Fischer"' in page
    # Enter and Ctrl Enter send the first submit button, which is not the one that makes a second lead
    buttons = re.findall(r"<button(?![^>]*type=.button)[^>]*>", page.split('id="page-form"')[1])
    assert "allow_duplicate" not in buttons[0] and "allow_duplicate" in buttons[1]
    assert alice.post("/leads/new/", {**typed, "allow_duplicate": "on"}).status_code == 302
    assert Lead.objects.count() == 2


def test_a_duplicate_out_of_sight_is_told_and_not_shown(browse: Browse, cast: SimpleNamespace) -> None:
    known = entered_by(cast.charlie)
    for answer in (
        browse("alice").post("/leads/new/", NOAH),
        browse("alice").get("/leads/new/alike/", NOAH),
    ):
        page = answer.content.decode()
        assert "A colleague has this lead already" in page
        assert f"/leads/{known.pk}/" not in page and cast.charlie.name not in page


def test_likeness_is_told_while_one_types(browse: Browse, cast: SimpleNamespace) -> None:
    known = entered_by(cast.alice)
    alice = browse("alice")
    near = {"company_name": "Arbor Robotic", "contact_name": "Noah Fisher"}
    page = alice.get("/leads/new/alike/", near).content.decode()
    assert f'href="/leads/{known.pk}/"' in page and "% alike" in page
    assert alice.get("/leads/new/alike/", {"company_name": "Quite another"}).content.strip() == b""
    assert alice.get("/leads/new/alike/", {"email": "x" * 500, "phone": "\x00"}).status_code == 200
    # a company like that of a lead out of sight tells nothing
    assert browse("charlie").get("/leads/new/alike/", near).content.strip() == b""
    assert browse("auditor").get("/leads/new/alike/", near).status_code == 403


def test_who_may_not_enter_has_no_form(browse: Browse) -> None:
    assert browse("auditor").get("/leads/new/").status_code == 403
    assert browse("finance").post("/leads/new/", NOAH).status_code == 403
    assert not Lead.objects.exists()


def test_the_note_tells_the_limit_there_is(browse: Browse) -> None:
    assert "First contact due within 24 hours" in browse("alice").get("/leads/new/").content.decode()
    FirstContactPolicy.objects.update(limit_seconds=5400)
    config_changed()
    assert "First contact due within 1h 30m" in browse("alice").get("/leads/new/").content.decode()
    FirstContactPolicy.objects.filter(grade="A").update(limit_seconds=3600)
    config_changed()
    assert "First contact due" not in browse("alice").get("/leads/new/").content.decode()


def test_marketing_enters_for_the_rules_and_comes_back_home(browse: Browse, cast: SimpleNamespace) -> None:
    cast.mel = scene.person("mel", "marketing")
    answer = browse("mel").post("/leads/new/", {**NOAH, "assignment": "rules"})
    assert (answer.status_code, answer["Location"]) == (302, "/")
    assert "is entered" in told(answer)
