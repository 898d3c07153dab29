"""Where one is signed in: seen, ended one by one or all others, from the next request on."""

import time

import pytest
from django.contrib.sessions.models import Session
from django.test import Client

from salesflow.journal.models import Event
from salesflow.people.devices import device_said
from salesflow.people.models import BrowserSession, User
from salesflow.people.services import password_set, people_ensure_defaults, user_change, user_create

pytestmark = pytest.mark.django_db
PASSWORD = "correct horse battery"
FIREFOX = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:128.0) Gecko/20100101 Firefox/128.0"
WECHAT = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) AppleWebKit/605.1.15 MicroMessenger/8.0"


@pytest.fixture
def ada() -> User:
    people_ensure_defaults()
    user_create(by=None, email="boss@x.example", name="Boss", password=None, roles=["admin"])
    return user_create(by=None, email="ada@x.example", name="Ada", password=PASSWORD, roles=["rep"])


def signed_in(agent: str = FIREFOX, address: str = "192.0.2.7", email: str = "ada@x.example") -> Client:
    client = Client(headers={"user-agent": agent}, REMOTE_ADDR=address)
    assert client.post("/sign-in/", {"email": email, "password": PASSWORD}).status_code == 302
    return client


def is_in(client: Client) -> bool:
    return client.get("/profile/").status_code == 200


def test_each_browser_stands_with_device_and_address_and_no_key(ada: User) -> None:
    here, _there = signed_in(), signed_in(WECHAT, "198.51.100.9")
    page = here.get("/profile/sessions/").content.decode()
    assert "Firefox on Windows" in page and "192.0.2.7" in page
    assert "WeChat on iPhone" in page and "198.51.100.9" in page
    assert page.count("This browser") == 1
    assert not [key for key in Session.objects.values_list("pk", flat=True) if key in page]
    event = Event.objects.filter(kind="people.signed_in").latest("pk")
    assert event.data == {"way": "password"}


def test_one_is_ended_and_the_others_stay(ada: User) -> None:
    here, there = signed_in(), signed_in(WECHAT)
    other = BrowserSession.objects.get(agent=WECHAT)
    assert here.post("/profile/sessions/end/", {"id": other.pk}).status_code == 302
    assert is_in(here) and not is_in(there)
    assert here.post("/profile/sessions/end/", {"id": other.pk}).status_code == 400
    assert here.post("/profile/sessions/end/", {"id": "9" * 30}).status_code == 400


def test_all_others_are_ended_at_once(ada: User) -> None:
    here, others = signed_in(), [signed_in(), signed_in(WECHAT)]
    assert here.post("/profile/sessions/end-others/").status_code == 302
    assert is_in(here) and not any(is_in(each) for each in others)


def test_nobody_ends_those_of_somebody_else(ada: User) -> None:
    user_create(by=None, email="eve@x.example", name="Eve", password=PASSWORD, roles=["rep"])
    mine, eve = signed_in(), signed_in(email="eve@x.example")
    row = BrowserSession.objects.get(user=ada)
    assert eve.post("/profile/sessions/end/", {"id": row.pk}).status_code == 400
    assert eve.post("/profile/sessions/end-others/").status_code == 302
    assert is_in(mine)


def test_signing_out_takes_it_off_the_list(ada: User) -> None:
    here = signed_in()
    here.post("/sign-out/")
    assert not BrowserSession.objects.exists()


def test_a_new_password_and_being_switched_off_end_them(ada: User) -> None:
    here, there = signed_in(), signed_in()
    here.post("/profile/password/", {"old": PASSWORD, "new": "another long one"})
    assert is_in(here) and not is_in(there)
    assert BrowserSession.objects.filter(user=ada).count() == 1, "this one goes on under a new key"
    password_set(user=ada, by=None, password=PASSWORD)
    assert not is_in(here)
    again = signed_in()
    user_change(user=ada, by=None, is_active=False)
    user_change(user=ada, by=None, is_active=True)
    assert not is_in(again), "what was ended does not come back"


def test_last_used_is_noted_now_and_then(ada: User) -> None:
    here = signed_in()
    row = BrowserSession.objects.get()
    is_in(here)
    assert BrowserSession.objects.get().seen_at == row.seen_at
    session = here.session
    session["seen_at"] = int(time.time()) - 301
    session.save()
    is_in(here)
    assert BrowserSession.objects.get().seen_at > row.seen_at


def test_what_a_browser_calls_itself_is_said_in_words() -> None:
    assert device_said("") == "Another browser" and device_said("curl/8") == "Another browser"
    assert device_said("Mozilla/5.0 (X11; Linux x86_64) Chrome/130 Safari/537 Edg/130") == "Edge on Linux"
