"""Headers of every answer, and the reader's language, zone and theme."""

import pytest
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.test import Client, RequestFactory
from django.utils import timezone

from salesflow.lib.web.middleware import HtmxManners, ReaderPreferences
from salesflow.people.models import User, Workspace
from salesflow.people.services import user_create

pytestmark = pytest.mark.django_db


@pytest.fixture
def alice(client: Client) -> User:
    user = user_create(by=None, email="alice@example.com", name="Alice", password=None, roles=["admin"])
    client.force_login(user)
    return user


def test_own_pages_allow_nothing_inline_and_no_frames(client: Client, alice: User) -> None:
    response = client.get("/style/")
    policy = response["Content-Security-Policy"]
    assert "default-src 'self'" in policy
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Referrer-Policy"] == "same-origin"
    assert response["Cache-Control"] == "no-store, private"


def test_the_admin_has_a_policy_of_its_own_that_loads_nothing_from_elsewhere(
    client: Client, alice: User
) -> None:
    policy = client.get("/admin/")["Content-Security-Policy"]
    assert "'unsafe-inline'" in policy
    assert "http" not in policy


def test_only_staff_see_the_style_page(client: Client) -> None:
    assert client.get("/style/").status_code == 403
    rep = user_create(by=None, email="bob@example.com", name="Bob", password=None, roles=["rep"])
    client.force_login(rep)
    assert client.get("/style/").status_code == 403


def test_language_is_the_users_then_the_cookie_then_the_workspaces(client: Client, alice: User) -> None:
    assert '<html lang="en"' in client.get("/style/").text
    Workspace.objects.update(language="zh-hans")
    assert '<html lang="zh-hans"' in client.get("/style/").text
    client.cookies["django_language"] = "en"
    assert '<html lang="en"' in client.get("/style/").text
    client.post("/preferences/language/", {"language": "zh-hans"})
    client.cookies["django_language"] = "en"
    assert '<html lang="zh-hans"' in client.get("/style/").text
    assert User.objects.get(pk=alice.pk).language == "zh-hans"


def test_a_visitor_chooses_a_language_by_cookie(client: Client) -> None:
    client.post("/preferences/language/", {"language": "zh-hans"})
    assert '<html lang="zh-hans"' in client.get("/nowhere/").text
    client.post("/preferences/language/", {"language": "tlh"})
    assert '<html lang="zh-hans"' in client.get("/nowhere/").text


@pytest.mark.parametrize(
    "target", ["https://elsewhere.example/", "//elsewhere.example", "javascript:alert(1)"]
)
def test_choosing_a_language_leads_nowhere_else(client: Client, target: str) -> None:
    response = client.post("/preferences/language/", {"language": "en", "next": target})
    assert response["Location"] == "/"


def test_the_theme_stands_in_the_first_answer(client: Client, alice: User) -> None:
    assert "data-theme" not in client.get("/style/").text.split("<head>")[0]
    client.post("/preferences/theme/", {"theme": "dark"})
    assert 'data-theme="dark"' in client.get("/style/").text.split("<head>")[0]
    client.cookies.pop("theme")
    assert 'data-theme="dark"' in client.get("/style/").text.split("<head>")[0]
    client.post("/preferences/theme/", {"theme": "system"})
    assert "data-theme" not in client.get("/style/").text.split("<head>")[0]


def test_times_stand_in_the_users_zone_and_do_not_leak_to_the_next_request(
    client: Client, alice: User
) -> None:
    seen = []

    def look(_request: HttpRequest) -> HttpResponse:
        seen.append(str(timezone.get_current_timezone()))
        return HttpResponse()

    request = client.get("/style/").wsgi_request
    request.user.time_zone = "Pacific/Auckland"
    ReaderPreferences(look)(request)
    assert seen == ["Pacific/Auckland"]
    assert str(timezone.get_current_timezone()) == "UTC"


def test_a_redirect_out_of_the_drawer_moves_the_whole_page(client: Client, alice: User) -> None:
    data = {"company_name": "Orion", "source": "expo"}
    plain = client.post("/style/form/", data)
    assert (plain.status_code, plain["Location"]) == (302, "/style/")
    drawer = {"HX-Request": "true", "HX-Target": "drawer-body"}
    response = client.post("/style/form/", data, headers=drawer)
    assert (response.status_code, response["HX-Redirect"]) == (204, "/style/")
    assert "Saved." in client.get("/style/").text


def test_a_form_is_a_page_or_the_inside_of_the_drawer_by_who_asks(client: Client, alice: User) -> None:
    assert "<!doctype html>" in client.get("/style/form/").text
    inside = client.get("/style/form/", headers={"HX-Request": "true", "HX-Target": "drawer-body"}).text
    assert "<!doctype html>" not in inside
    assert 'name="company_name"' in inside


def test_a_wrong_field_is_tied_to_its_words(client: Client, alice: User) -> None:
    text = client.post("/style/form/", {"phone": "138", "source": "expo"}).text
    assert 'aria-invalid="true"' in text
    assert 'aria-describedby="id_company_name_helptext id_company_name_error"' in text
    assert 'id="id_company_name_error"' in text
    assert "Not a valid number for China (+86)" in text


def test_htmx_keeps_what_was_typed_when_the_session_ended(client: Client) -> None:
    request = RequestFactory().post(
        "/style/form/", headers={"HX-Request": "true", "HX-Target": "drawer-body"}
    )
    response = HtmxManners(lambda _request: HttpResponseRedirect("/sign-in/?next=/x/"))(request)
    assert response.status_code == 401
    assert "session has ended" in response["HX-Trigger"]
