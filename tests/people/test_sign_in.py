"""Signing in, setting up, limits on guessing."""

import threading
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client

from salesflow.people.models import Role, Throttle, User
from salesflow.people.services import (
    Throttled,
    people_ensure_defaults,
    setup_code_issue,
    throttle,
    user_create,
)

PASSWORD = "correct horse battery"


@pytest.fixture
def admin(db: None) -> User:
    return user_create(by=None, email="ada@x.example", name="Ada", password=PASSWORD, roles=["admin"])


def sign_in(client: Client, email: str, password: str, **extra: str) -> int:
    return client.post(
        "/sign-in/", {"email": email, "password": password, "next": "/profile/", **extra}
    ).status_code


def test_the_right_password_opens_and_a_wrong_one_says_the_same_as_an_unknown_person(
    admin: User, client: Client
):
    assert sign_in(client, "ADA@x.example", PASSWORD) == 302
    client.post("/sign-out/")
    wrong = client.post("/sign-in/", {"email": "ada@x.example", "password": "wrong"})
    unknown = client.post("/sign-in/", {"email": "eve@x.example", "password": "wrong"})
    assert (wrong.status_code, unknown.status_code) == (400, 400)
    assert wrong.context["form"].non_field_errors() == unknown.context["form"].non_field_errors()


def test_a_switched_off_person_is_out_with_the_next_request(admin: User, client: Client):
    assert sign_in(client, "ada@x.example", PASSWORD) == 302
    assert client.get("/profile/").status_code == 200
    user_create(by=None, email="bea@x.example", name="Bea", password=PASSWORD, roles=["admin"])
    User.objects.filter(pk=admin.pk).update(is_active=False)
    assert client.get("/profile/").status_code == 302
    assert sign_in(client, "ada@x.example", PASSWORD) == 400


def test_guessing_is_slowed_down_also_for_the_right_password(admin: User, client: Client):
    for _each in range(10):
        assert sign_in(client, "ada@x.example", "wrong") == 400
    answer = client.post("/sign-in/", {"email": "ada@x.example", "password": PASSWORD})
    assert answer.status_code == 429 and int(answer["Retry-After"]) > 0


def test_one_is_never_sent_to_another_site(admin: User, client: Client):
    answer = client.post(
        "/sign-in/", {"email": "ada@x.example", "password": PASSWORD, "next": "https://evil.example/"}
    )
    assert answer.status_code == 302 and "evil" not in answer["Location"]


def test_the_admin_has_the_same_door(admin: User, client: Client):
    answer = client.get("/admin/login/?next=/admin/")
    assert answer.status_code == 302 and answer["Location"].startswith("/sign-in/")


def test_the_first_administrator_is_made_once_with_the_code(db: None, client: Client):
    code = setup_code_issue()
    facts = {"name": "Ada", "email": "ada@x.example", "password": PASSWORD}
    assert client.get("/sign-in/").status_code == 302
    assert client.post("/set-up/", {**facts, "code": "0000-0000-0000-0000"}).status_code == 400
    assert client.post("/set-up/", {**facts, "code": code, "password": "short"}).status_code == 400
    assert not User.objects.exists()
    assert client.post("/set-up/", {**facts, "code": code}).status_code == 302
    assert User.objects.get().role_codes == {"admin"}
    assert Client().post("/set-up/", {**facts, "code": code, "email": "eve@x.example"}).status_code == 302
    assert User.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_attempts_that_come_at_once_are_all_counted():
    people_ensure_defaults()
    barrier, refused = threading.Barrier(8), []

    def use() -> None:
        try:
            barrier.wait(10)
            for _each in range(5):
                try:
                    throttle("door", limit=30, window=timedelta(minutes=1))
                except Throttled:
                    refused.append(1)
        finally:
            connection.close()

    threads = [threading.Thread(target=use) for _each in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert (Throttle.objects.get().count, len(refused)) == (40, 10)


def test_rights_are_the_widest_of_all_roles(db: None):
    person = user_create(by=None, email="p@x.example", name="P", password=None, roles=["rep", "director"])
    assert person.scope("leads.view") == "region" and person.scope("leads.claim") == "all"
    Role.objects.filter(code="director").update(changed_rights={"leads.view": "team"})
    assert User.objects.get(pk=person.pk).scope("leads.view") == "team"
    assert User.objects.get(pk=person.pk).scope("audit.view") == "none"
