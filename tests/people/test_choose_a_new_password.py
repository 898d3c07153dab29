"""Whoever forgot his password chooses a new one by a mailed link; nobody learns who signs in here."""

import re
import threading
from datetime import timedelta

import pytest
import time_machine
from django.core.exceptions import ValidationError
from django.core.mail import EmailMessage
from django.db import connection
from django.test import Client, override_settings
from django.utils import timezone

from salesflow.journal.models import Delivery, Event
from salesflow.journal.services import deliveries_carry
from salesflow.people.models import User
from salesflow.people.services import people_ensure_defaults, user_create
from salesflow.people.services.forgotten import password_reset, reset_parts

PASSWORD, NEW = "a long enough one", "another long one"


def made() -> User:
    people_ensure_defaults()
    return user_create(by=None, email="ada@x.example", name="Ada", password=PASSWORD, roles=["admin"])


@pytest.fixture
def ada(db: None) -> User:
    return made()


def ask(email: str) -> str:
    answer = Client().post("/sign-in/forgotten/", {"email": email})
    assert answer.status_code == 200
    deliveries_carry()
    return re.sub(r'value="[^"]*"', "", answer.content.decode())


def link_in(mail: EmailMessage) -> str:
    found = re.search(r"https?://[^/]+(/sign-in/new-password/\S+)", str(mail.body))
    assert found
    return found[1]


def test_the_link_in_the_mail_opens_once_and_ends_all_sessions(
    ada: User, mailoutbox: list[EmailMessage]
) -> None:
    signed_in = Client()
    signed_in.force_login(ada)
    signed_in.get("/profile/")
    ask("ADA@x.example")
    (mail,) = mailoutbox
    assert mail.to == ["ada@x.example"]
    link = link_in(mail)
    assert Client().get(link).status_code == 200
    assert Client().post(link, {"new": "short"}).status_code == 400
    assert Client().post(link, {"new": NEW})["Location"] == "/sign-in/"
    assert User.objects.get().check_password(NEW)
    assert signed_in.get("/profile/").status_code == 302
    assert (Client().get(link).status_code, Client().post(link, {"new": PASSWORD}).status_code) == (400, 400)
    assert not Event.objects.filter(data__icontains=link.split("/")[-2]).exists(), "the journal holds no link"


def test_nothing_tells_who_signs_in_here(ada: User, mailoutbox: list[EmailMessage]) -> None:
    switched_off = user_create(by=None, email="off@x.example", name="Off", password=PASSWORD, roles=["rep"])
    User.objects.filter(pk=switched_off.pk).update(is_active=False)
    user_create(by=None, email="none@x.example", name="None", password=None, roles=["rep"])
    said = {ask(email) for email in ("ada@x.example", "eve@x.example", "off@x.example", "none@x.example")}
    assert len(said) == 1 and [mail.to for mail in mailoutbox] == [["ada@x.example"]]


def test_a_link_ends_after_an_hour_and_with_the_next_sign_in(ada: User) -> None:
    who, proof = reset_parts(ada)
    with time_machine.travel(timezone.now() + timedelta(minutes=61), tick=False):
        assert Client().get(f"/sign-in/new-password/{who}/{proof}/").status_code == 400
    Client().post("/sign-in/", {"email": ada.email, "password": PASSWORD})
    assert Client().get(f"/sign-in/new-password/{who}/{proof}/").status_code == 400


@pytest.mark.parametrize("who", ["x", "MQ", "%C3%A9", "OTk5OTk5OTk5OTk5OTk5OTk5OTk5", "_w"])
def test_an_invented_link_opens_nothing(ada: User, who: str) -> None:
    assert Client().get(f"/sign-in/new-password/{who}/abc-def/").status_code == 400


def test_one_person_gets_three_mails_an_hour_and_one_address_is_slowed_down(
    ada: User, mailoutbox: list[EmailMessage]
) -> None:
    for _each in range(5):
        ask(ada.email)
    assert len(mailoutbox) == 3
    for number in range(15):
        ask(f"someone{number}@x.example")
    answer = Client().post("/sign-in/forgotten/", {"email": ada.email})
    assert answer.status_code == 429 and int(answer["Retry-After"]) > 0


def test_a_mail_server_that_is_away_is_tried_again(ada: User) -> None:
    with override_settings(EMAIL_BACKEND="no.such.Backend"):
        ask(ada.email)
    (waiting,) = Delivery.objects.filter(event__kind="people.password_forgotten")
    assert waiting.state == Delivery.State.WAITING and waiting.attempts == 1


def test_without_a_mail_server_nothing_is_offered(ada: User) -> None:
    assert "/sign-in/forgotten/" in Client().get("/sign-in/").content.decode()
    with override_settings(MAIL_READY=False):
        assert "/sign-in/forgotten/" not in Client().get("/sign-in/").content.decode()
        assert Client().get("/sign-in/forgotten/").status_code == 404


@pytest.mark.django_db(transaction=True)
def test_of_two_who_use_one_link_at_once_the_first_wins() -> None:
    who, proof = reset_parts(made())
    barrier, done = threading.Barrier(3), []

    def use(new: str) -> None:
        try:
            barrier.wait(10)
            password_reset(who=who, proof=proof, new=new)
            done.append(new)
        except ValidationError:
            pass
        finally:
            connection.close()

    threads = [threading.Thread(target=use, args=[f"password number {each}"]) for each in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert len(done) == 1 and User.objects.get().check_password(done[0])
