"""One's own page: name, language, zone, theme, absence with a deputy, and the password."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from salesflow.people.models import User
from salesflow.people.services import people_ensure_defaults, user_create
from tests.api.conftest import caller_of
from tests.support.pages import told

pytestmark = pytest.mark.django_db
PASSWORD = "a long enough one"
KEPT = {"name": "Ann", "language": "", "time_zone": "", "theme": "system"}


@pytest.fixture
def ann() -> User:
    people_ensure_defaults()
    return user_create(by=None, email="ann@x.example", name="Ann", password=PASSWORD, roles=["rep"])


@pytest.fixture
def browser(ann: User) -> Client:
    client = Client()
    client.force_login(ann)
    return client


def moment(**ahead: int) -> str:
    return f"{timezone.localtime() + timedelta(**ahead):%Y-%m-%dT%H:%M}"


def test_language_zone_and_theme_hold_from_the_next_page_on(browser: Client, ann: User) -> None:
    typed = {"name": "Ann Lee", "language": "zh-hans", "time_zone": "Europe/Berlin", "theme": "dark"}
    answer = browser.post("/profile/", typed)
    assert answer.status_code == 302 and answer.cookies["theme"].value == "dark"
    page = browser.get("/profile/").content.decode()
    assert '<html lang="zh-hans" data-theme="dark">' in page and 'value="Ann Lee"' in page
    ann.refresh_from_db()
    assert ann.time_zone == "Europe/Berlin"


def test_what_the_workspace_has_is_told_beside_the_choice(browser: Client) -> None:
    page = browser.get("/profile/").content.decode()
    assert "As the workspace: English" in page and "As the workspace: Asia/Shanghai" in page
    assert "---------" not in page


def test_an_absence_names_its_deputy_and_is_told_while_it_lasts(browser: Client, ann: User) -> None:
    bob = user_create(by=None, email="bob@x.example", name="Bob", password=None, roles=["rep"])
    away = {"absent_from": moment(hours=-1), "absent_until": moment(days=3), "deputy": bob.pk}
    assert browser.post("/profile/", {**KEPT, **away}).status_code == 302
    ann.refresh_from_db()
    assert ann.is_absent() and ann.deputy == bob
    assert "You are away until" in browser.get("/profile/").content.decode()


@pytest.mark.parametrize(
    "away,words",
    [
        ({"absent_until": {"days": 3}}, "Say from when on."),
        ({"absent_from": {"days": 3}, "absent_until": {"days": 2}}, "This lies before the beginning."),
    ],
)
def test_an_absence_that_makes_no_sense_is_told(
    browser: Client, ann: User, away: dict[str, dict[str, int]], words: str
) -> None:
    typed = {name: moment(**ahead) for name, ahead in away.items()}
    answer = browser.post("/profile/", {**KEPT, **typed})
    assert answer.status_code == 400 and words in answer.content.decode()
    ann.refresh_from_db()
    assert ann.absent_until is None


def test_a_signature_is_plain_lines_within_its_limit(browser: Client, ann: User) -> None:
    assert browser.post("/profile/", {**KEPT, "signature": "\r\nAnn <Lee> \r\n王安\r\n"}).status_code == 302
    ann.refresh_from_db()
    assert ann.signature == "Ann <Lee>\n王安"
    assert "Ann &lt;Lee&gt;\n王安</textarea>" in browser.get("/profile/").content.decode()
    caller = caller_of(ann)
    assert caller.get("me/").json()["signature"] == ann.signature
    for wrong in ("x" * 1001, "a\x00b"):
        assert caller.patch(f"users/{ann.pk}/", {"signature": wrong}).status_code == 400
        assert browser.post("/profile/", {**KEPT, "signature": wrong}).status_code == 400
    assert caller.patch(f"users/{ann.pk}/", {"signature": "A\n\nB"}).json()["signature"] == "A\n\nB"
    bob = caller_of(user_create(by=None, email="bob@x.example", name="Bob", password=None, roles=["rep"]))
    assert bob.patch(f"users/{ann.pk}/", {"signature": "Bob"}).status_code == 403


def test_the_password_changes_only_with_the_present_one(browser: Client, ann: User) -> None:
    for typed in ({"old": "wrong", "new": "another long one"}, {"old": PASSWORD, "new": "short"}):
        assert browser.post("/profile/password/", typed).status_code == 400
    answer = browser.post("/profile/password/", {"old": PASSWORD, "new": "another long one"})
    assert answer.status_code == 302 and "changed" in told(answer)
    assert User.objects.get(pk=ann.pk).check_password("another long one")
    assert browser.get("/profile/").status_code == 200, "still signed in"
