"""The second step of signing in: a code of an app, once; recovery codes; roles that ask for it."""

import threading
import time

import pyotp
import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.test import Client

from salesflow.journal.models import Event
from salesflow.lib.vault import opened
from salesflow.people.models import SecondFactor, User
from salesflow.people.services import people_ensure_defaults, user_create
from salesflow.people.services.second_factor import (
    second_factor_begin,
    second_factor_check,
    second_factor_confirm,
)
from tests.admin.pages import deed

PASSWORD = "correct horse battery"


def person(*roles: str) -> User:
    people_ensure_defaults()
    return user_create(
        by=None, email="ada@x.example", name="Ada", password=PASSWORD, roles=roles or ["admin"]
    )


def code_of(user: User, steps_ahead: int = 0) -> str:
    secret = opened(SecondFactor.objects.get(user=user).secret)
    assert secret
    return pyotp.TOTP(secret).generate_otp(int(time.time()) // 30 + steps_ahead)


def factor(user: User) -> list[str]:
    """Set up with a code of the step before, so that the present one is still to be used."""
    second_factor_begin(user=user)
    return second_factor_confirm(user=user, code=code_of(user, -1))


def half_way(client: Client) -> Client:
    typed = {"email": "ada@x.example", "password": PASSWORD, "next": "/profile/"}
    answer = client.post("/sign-in/", typed)
    assert answer.status_code == 302 and answer["Location"] == "/sign-in/code/"
    return client


def give(client: Client, code: str) -> int:
    return client.post("/sign-in/code/", {"code": code}).status_code


def is_in(client: Client) -> bool:
    return client.get("/profile/").status_code == 200


def test_one_sets_it_up_with_a_picture_and_a_first_code(db: None, client: Client) -> None:
    user = person()
    client.force_login(user)
    page = client.get("/profile/second-step/").content.decode()
    picture = client.get("/profile/second-step/picture/")
    assert picture["Content-Type"] == "image/svg+xml" and b"<svg" in picture.content
    kept = SecondFactor.objects.get()
    secret = opened(kept.secret)
    assert secret and secret not in kept.secret and secret[:4] in page
    assert client.post("/profile/second-step/", {"code": "000000"}).status_code == 400
    answer = client.post("/profile/second-step/", {"code": code_of(user)})
    assert answer.status_code == 200 and len(answer.context["codes"]) == 10
    assert client.get("/profile/second-step/picture/").status_code == 409, "the key is shown no more"
    assert Event.objects.filter(kind="people.second_factor_added").count() == 1


def test_the_password_alone_does_not_open(db: None, client: Client) -> None:
    user = person()
    factor(user)
    half_way(client)
    assert not is_in(client)
    assert give(client, "123") == 400 and not is_in(client)
    assert give(client, code_of(user)) == 302 and is_in(client)


def test_a_code_opens_once(db: None) -> None:
    user = person()
    factor(user)
    code = code_of(user)
    assert give(half_way(Client()), code) == 302
    assert give(half_way(Client()), code) == 400


def test_a_recovery_code_opens_once_in_any_spelling(db: None) -> None:
    user = person()
    code = factor(user)[0]
    assert give(half_way(Client()), code.replace("-", " ").upper()) == 302
    assert give(half_way(Client()), code) == 400
    assert Event.objects.filter(kind="people.recovery_code_used").count() == 1


def test_guessing_codes_is_slowed_down_in_whatever_session(db: None) -> None:
    user = person()
    factor(user)
    for _each in range(10):
        assert give(half_way(Client()), "000000") in (400, 429)
        # passwords have a limit of their own, which is not in question here
        connection.cursor().execute("DELETE FROM people_throttle WHERE key LIKE 'sign-in:%'")
    assert give(half_way(Client()), code_of(user)) == 429


def test_who_waits_too_long_or_is_switched_off_begins_anew(db: None, client: Client) -> None:
    user = person()
    factor(user)
    half_way(client)
    User.objects.filter(pk=user.pk).update(is_active=False)
    assert client.post("/sign-in/code/", {"code": code_of(user)})["Location"] == "/sign-in/"
    User.objects.filter(pk=user.pk).update(is_active=True)
    session = client.session
    session["signing_in"] = {**session["signing_in"], "at": int(time.time()) - 601}
    session.save()
    assert client.post("/sign-in/code/", {"code": code_of(user)})["Location"] == "/sign-in/"


def test_new_recovery_codes_and_switching_off_ask_for_a_code(db: None, client: Client) -> None:
    user = person()
    old = factor(user)
    client.force_login(user)
    assert client.post("/profile/second-step/codes/", {"code": "wrong"}).status_code == 400
    new = client.post("/profile/second-step/codes/", {"code": old[0]}).context["codes"]
    assert client.post("/profile/second-step/off/", {"code": old[1]}).status_code == 400, "void with the new"
    assert client.post("/profile/second-step/off/", {"code": new[0]}).status_code == 302
    assert not SecondFactor.objects.exists()


def test_a_role_may_ask_for_it_before_anything_else(db: None, client: Client, settings) -> None:
    settings.SECOND_FACTOR_ROLES = ["admin"]
    user = person()
    client.post("/sign-in/", {"email": "ada@x.example", "password": PASSWORD})
    for path in ("/profile/", "/admin/", "/leads/"):
        assert client.get(path)["Location"] == "/profile/second-step/", path
    refused = client.get("/api/v1/leads/")
    assert refused.status_code == 403 and refused.json()["code"] == "second_factor_due"
    assert client.get("/profile/second-step/").status_code == 200
    assert client.post("/profile/second-step/", {"code": code_of(user)}).status_code == 200
    assert is_in(client) and client.get("/api/v1/leads/").status_code == 200
    answer = client.post("/profile/second-step/off/", {"code": code_of(user, 1)})
    assert answer.status_code == 409 and SecondFactor.objects.exists()


def test_an_administrator_takes_it_off_who_lost_everything(db: None, client: Client) -> None:
    user = person("rep")
    factor(user)
    boss = user_create(by=None, email="eve@x.example", name="Eve", password=None, roles=["admin"])
    client.force_login(boss)
    assert deed(client, user, "reset_second_factor").status_code == 302
    assert not SecondFactor.objects.exists()
    Client().post("/sign-in/", {"email": "ada@x.example", "password": PASSWORD})
    assert Event.objects.filter(kind="people.second_factor_removed", actor_id=boss.pk).count() == 1


def test_a_key_sealed_under_a_former_secret_still_opens(db: None, settings) -> None:
    user = person()
    factor(user)
    former, settings.SECRET_KEY = settings.SECRET_KEY, "another"
    settings.SECRET_KEY_FALLBACKS = []
    with pytest.raises(ValidationError):
        second_factor_check(user=user, code="123456")
    settings.SECRET_KEY_FALLBACKS = [former]
    second_factor_check(user=user, code=code_of(user))


@pytest.mark.django_db(transaction=True)
def test_of_many_who_bring_one_code_at_once_one_comes_in() -> None:
    user = person()
    factor(user)
    code, barrier, results = code_of(user), threading.Barrier(4), []

    def bring() -> None:
        try:
            barrier.wait(10)
            second_factor_check(user=user, code=code)
            results.append("in")
        except ValidationError:
            results.append("out")
        finally:
            connection.close()

    threads = [threading.Thread(target=bring) for _each in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert sorted(results) == ["in", "out", "out", "out"]
