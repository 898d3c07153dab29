"""The bar above a list is drawn once and kept, and still shows what there is to choose from at the moment."""

import re

import pytest

from salesflow.lib.lists import bar
from salesflow.lib.web.kept import MARK
from salesflow.work.models import SavedView
from salesflow.work.services import custom_fields_ensure
from tests.api.conftest import cast
from tests.support.pages import browse

__all__ = ["browse", "cast"]
pytestmark = pytest.mark.django_db
ALL = "/leads/?ordering=-created_at"


@pytest.fixture
def drawn(monkeypatch):
    """The addresses whose bars were drawn by a template."""
    paths: list[str] = []
    draw = bar._draw

    def told(page, token):
        paths.append(page.request.get_full_path())
        return draw(page, token)

    monkeypatch.setattr(bar, "_draw", told)
    return paths


def shown(browser, path=ALL) -> str:
    answer = browser.get(path)
    assert answer.status_code == 200
    html = answer.content.decode()
    assert MARK not in html
    return html[html.index('class="viewbar"') : html.index('class="body"')]


def test_a_second_look_at_the_same_address_draws_nothing(browse, drawn) -> None:
    mona = browse("mona")
    first, second = (re.sub(r'value="[^"]{64}"', "", shown(mona)) for _each in range(2))
    assert drawn == [ALL] and first == second
    assert 'value="A" selected' in shown(mona, f"{ALL}&grade=A")
    assert len(drawn) == 2


def test_people_are_offered_by_the_name_they_have_now(browse, cast) -> None:
    mona = browse("mona")
    assert "Alice Brandnew" not in shown(mona)
    cast.alice.name = "Alice Brandnew"
    cast.alice.save()
    assert "Alice Brandnew" in shown(mona)


def test_a_new_view_and_a_new_field_are_there_at_once(browse, cast) -> None:
    alice = browse("alice")
    shown(alice)
    SavedView.objects.create(owner=cast.alice, resource="leads", name="Best of mine", query="grade=A")
    assert "Best of mine" in shown(alice)
    custom_fields_ensure(resource="leads", labels={"shoe": "Size of shoe"}, by=None)
    assert "Size of shoe" in shown(alice)


def test_each_person_has_his_own(browse, cast) -> None:
    SavedView.objects.create(owner=cast.alice, resource="leads", name="Best of mine", query="grade=A")
    assert "Best of mine" in shown(browse("alice"))
    assert "Best of mine" not in shown(browse("bob"))


def test_conditions_in_the_making_are_not_kept(browse, drawn) -> None:
    alice = browse("alice")
    path = f"{ALL}&filter=grade+%3D+A"
    for _each in range(2):
        assert 'class="chips"' in shown(alice, path)
    assert drawn == [path, path]
    assert len(bar._kept) <= bar._kept.most
