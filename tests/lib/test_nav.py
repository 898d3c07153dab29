"""Who sees which page in the navigation, and which one is marked."""

import pytest
from django.contrib.auth.models import AnonymousUser
from django.test import RequestFactory

from salesflow.lib.web import nav


@pytest.fixture
def empty_nav(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(nav, "_items", {})
    monkeypatch.setattr(nav, "_actions", {})


@pytest.fixture
def menu(empty_nav):
    def build(path: str = "/", current: str | None = None) -> nav.Menu:
        request = RequestFactory().get(path)
        request.user = AnonymousUser()
        return nav.menu(request, current)

    return build


def item(key: str, url_name: str = "style", **more) -> nav.NavItem:
    return nav.NavItem(key, key.title(), "home", url_name, **more)


def test_pages_stand_in_their_groups_by_order(menu) -> None:
    nav.register(item("late", order=20))
    nav.register(item("early", order=10))
    nav.register(item("admin", group=nav.ADMIN))
    groups = [(str(title), [entry.item.key for entry in entries]) for title, entries in menu().groups]
    assert groups == [("Pipeline", ["early", "late"]), ("Admin", ["admin"])]


def test_hidden_and_unbuilt_pages_are_left_out(menu) -> None:
    nav.register(item("hidden", visible=lambda user: False))
    nav.register(item("unbuilt", url_name="not-a-page"))
    nav.register_action(nav.Action("later", "Later", "plus", "not-a-page"))
    assert menu().groups == []
    assert menu().actions == []


def test_the_longest_fitting_address_is_marked(menu) -> None:
    nav.register(item("style"))
    nav.register(item("language", url_name="set-language"))
    assert menu("/style/table/").current.item.key == "style"
    assert menu("/preferences/language/").current.item.key == "language"
    assert menu("/elsewhere/").current is None
    assert menu("/elsewhere/", current="language").current.item.key == "language"


def test_only_counts_there_are_get_a_badge(menu) -> None:
    nav.register(item("none", badge=lambda user: 0))
    nav.register(item("some", badge=lambda user: 12))
    nav.register(item("late", badge=lambda user: nav.Badge(6, overdue=True)))
    badges = {entry.item.key: entry.badge for _title, entries in menu().groups for entry in entries}
    assert badges == {"none": None, "some": nav.Badge(12), "late": nav.Badge(6, overdue=True)}


def test_the_phones_bar_holds_four(menu) -> None:
    for number in range(6):
        nav.register(item(f"page{number}", phone=True, order=number))
    assert [entry.item.key for entry in menu().phone] == ["page0", "page1", "page2", "page3"]


def test_a_group_must_exist(empty_nav) -> None:
    with pytest.raises(ValueError, match="unknown group"):
        nav.register(item("x", group="elsewhere"))
