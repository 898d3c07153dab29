"""A refused deed, a missing right and a busy database are told kindly on pages, and never as a crash."""

import json

import pytest
from django.contrib.messages import get_messages
from django.db import connection, transaction
from django.test import Client

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.lib.fault_urls")]
HTMX = {"HX-Request": "true"}


def toasts(response) -> list[dict]:
    return json.loads(response["HX-Trigger"])["toast"]["items"]


def test_a_conflict_sends_one_back_with_a_message(client: Client) -> None:
    response = client.post("/conflict/", headers={"referer": "http://testserver/style/?grade=A"})
    assert (response.status_code, response["Location"]) == (302, "http://testserver/style/?grade=A")
    assert [str(m) for m in get_messages(response.wsgi_request)] == ["Another rep took this lead first."]


@pytest.mark.parametrize("referer", ["", "https://elsewhere.example/", "//elsewhere.example/"])
def test_a_conflict_without_a_way_back_has_a_page_of_its_own(client: Client, referer: str) -> None:
    response = client.post("/conflict/", headers={"referer": referer})
    assert response.status_code == 409
    assert "Another rep took this lead first." in response.text


def test_refused_input_sends_back_with_its_words(client: Client) -> None:
    response = client.post("/refused/", headers={"referer": "http://testserver/told/"})
    assert (response.status_code, response["Location"]) == (302, "http://testserver/told/")
    assert [str(each) for each in get_messages(response.wsgi_request)] == ["Choose at least one row."]
    assert client.post("/refused/").status_code == 400


def test_a_conflict_on_reading_does_not_send_round_in_circles(client: Client) -> None:
    response = client.get("/conflict/", headers={"referer": "http://testserver/conflict/"})
    assert response.status_code == 409


@pytest.mark.parametrize(
    ("path", "status", "words"),
    [
        ("/conflict/", 409, "Another rep took this lead first."),
        ("/refused/", 400, "Choose at least one row."),
        ("/forbidden/", 403, "Managers only."),
        ("/missing/", 404, "This is not here, or you may not see it."),
        ("/throttled/", 429, "Too many tries. Wait a moment."),
    ],
)
def test_htmx_is_told_by_a_toast(client: Client, path: str, status: int, words: str) -> None:
    response = client.post(path, headers=HTMX)
    assert response.status_code == status
    assert toasts(response) == [{"text": words, "kind": "error", "undo": ""}]


@pytest.mark.parametrize(
    ("path", "status", "words"),
    [
        ("/suspicious/", 400, "That request made no sense"),
        ("/forbidden/", 403, "Managers only."),
        ("/nowhere/", 404, "Nothing here"),
        ("/throttled/", 429, "Too many tries"),
        ("/fault/", 500, "Something went wrong"),
    ],
)
def test_each_error_has_a_page_in_our_look(client: Client, path: str, status: int, words: str) -> None:
    client.raise_request_exception = False
    response = client.get(path)
    assert response.status_code == status
    assert words in response.text
    assert "css/tokens.css" in response.text
    assert "Traceback" not in response.text


def test_a_throttled_page_says_how_long_to_wait(client: Client) -> None:
    assert client.get("/throttled/")["Retry-After"] == "30"


def test_error_pages_ask_nothing_of_the_database(client: Client, django_assert_num_queries) -> None:
    client.raise_request_exception = False
    with django_assert_num_queries(0):
        for path in ("/forbidden/", "/nowhere/", "/fault/"):
            client.get(path)


def test_a_form_without_its_token_is_told_kindly() -> None:
    strict = Client(enforce_csrf_checks=True)
    response = strict.post("/preferences/theme/", {"theme": "dark"})
    assert response.status_code == 403
    assert "open for too long" in response.text


def test_messages_reach_htmx_beside_its_other_triggers(client: Client) -> None:
    response = client.post("/told/", headers=HTMX)
    assert json.loads(response["HX-Trigger"])["refresh"] == ""
    assert toasts(response) == [{"text": "Released.", "kind": "success", "undo": "/take-back/"}]
    assert not list(get_messages(client.get("/nowhere/").wsgi_request))


@pytest.mark.django_db(transaction=True)
def test_rows_somebody_else_holds_make_a_busy_page_and_not_a_crash(client: Client) -> None:
    other = connection.copy()
    try:
        other.set_autocommit(False)
        with other.cursor() as cursor:
            cursor.execute("SELECT 1 FROM people_workspace FOR UPDATE")
        with transaction.atomic():
            response = client.get("/locked/")
    finally:
        other.rollback()
        other.close()
    assert response.status_code == 503
    assert response["Retry-After"]
    assert "Busy for a moment" in response.text
