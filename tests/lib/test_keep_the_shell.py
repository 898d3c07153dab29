"""Navigation, menus and dialogs are drawn once and kept, and are still of the person, the page and the moment."""

import re

import pytest

from salesflow.lib.web import shell
from salesflow.lib.web.kept import MARK, Kept
from tests.api.conftest import cast
from tests.support.pages import browse

__all__ = ["browse", "cast"]
pytestmark = pytest.mark.django_db


def page(browser, path="/leads/?ordering=-created_at") -> str:
    answer = browser.get(path)
    assert answer.status_code == 200
    return answer.content.decode()


def side(html: str) -> str:
    return html[html.index('<div class="side"') : html.index("<main")]


@pytest.fixture
def drawn(monkeypatch):
    """Which parts were drawn by a template."""
    names: list[str] = []
    draw = shell._drawn

    def told(context, name):
        names.append(name)
        return draw(context, name)

    monkeypatch.setattr(shell, "_drawn", told)
    return names


def test_the_second_page_draws_none_of_it(browse, drawn) -> None:
    alice = browse("alice")
    first = page(alice)
    drawn.clear()
    assert side(page(alice)) != ""
    assert drawn == []
    assert "data-palette" in first


def test_each_person_finds_himself_in_the_menu(browse, cast) -> None:
    for name in ("alice", "bob", "alice"):
        html = side(page(browse(name)))
        others = {"alice", "bob"} - {name}
        assert getattr(cast, name).email in html
        assert not any(getattr(cast, other).email in html for other in others)


def test_a_new_name_shows_at_once(browse, cast) -> None:
    alice = browse("alice")
    page(alice)
    cast.alice.name = "Alice Brandnew"
    cast.alice.save()
    assert "Alice Brandnew" in side(page(alice))


def test_the_page_one_is_on_is_marked(browse) -> None:
    alice = browse("alice")
    marked = re.compile(r'href="([^"]+)" aria-current="page"')
    for path in ("/leads/", "/pool/", "/leads/"):
        assert marked.findall(side(page(alice, f"{path}?ordering=-created_at"))) == [path]


def test_forms_in_it_carry_a_token_of_their_own_session(browse) -> None:
    given = {}
    for name in ("alice", "bob"):
        browser = given[name] = browse(name)
        browser.handler.enforce_csrf_checks = True
        html = page(browser)
        browser.tokens = re.findall(r'name="csrfmiddlewaretoken" value="([^"]+)"', html)
        assert MARK not in html
        assert len(browser.tokens) > 3
    alice, bob = given.values()
    for token, status in ((bob.tokens[0], 403), *((token, 302) for token in alice.tokens)):
        sent = alice.post("/preferences/theme/", {"theme": "dark", "csrfmiddlewaretoken": token})
        assert sent.status_code == status
    assert 'data-theme="dark"' in page(alice)


def test_what_is_kept_is_bounded(browse, monkeypatch) -> None:
    kept = Kept(2)
    monkeypatch.setattr(shell, "_kept", kept)
    page(browse("alice"))
    assert len(kept) == 2
