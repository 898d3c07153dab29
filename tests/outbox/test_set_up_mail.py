"""The mail server in the admin: entered, tried out, and its errors told."""

from collections.abc import Callable

import pytest
from django.test import Client

from salesflow.journal.models import Event
from salesflow.outbox.models import Mail, MailServer
from salesflow.outbox.services import errands_run, mail_server, mail_server_change
from tests.admin.pages import change, deed, faults, page
from tests.outbox.test_send_mails import write
from tests.support.pages import told
from tests.support.smtp import MailPeer

pytestmark = pytest.mark.django_db
Browse = Callable[..., Client]


@pytest.fixture
def admin(browse: Browse) -> Client:
    return browse("admin")


def test_a_server_is_entered_and_its_password_never_shown(admin: Client) -> None:
    assert admin.get(page(MailServer, "changelist")).status_code == 302
    server = mail_server()
    values = {
        "host": "mail.example.org",
        "username": "crm",
        "password": "s3cret",
        "sender": "crm@example.org",
    }
    assert change(admin, server, **values).status_code == 302
    kept = mail_server()
    assert kept.host == "mail.example.org" and kept.password_box
    html = admin.get(page(MailServer, "change", kept)).content.decode()
    assert "s3cret" not in html and kept.password_box not in html
    event = Event.objects.get(kind="outbox.mail_server_changed")
    assert event.data == {"fields": ["host", "password", "sender", "username"]}


def test_left_empty_the_password_stays_and_is_never_lured_to_another_host(admin: Client) -> None:
    server = mail_server_change(by=None, host="mail.example.org", sender="a@example.org", password="s3cret")
    assert change(admin, server, port="25").status_code == 302
    assert mail_server().password_box == server.password_box
    assert "password" in faults(change(admin, mail_server(), host="evil.example.org"))
    change(admin, mail_server(), no_password="on")
    assert mail_server().password_box == ""


def test_a_server_needs_a_sender(admin: Client) -> None:
    assert "sender" in faults(change(admin, mail_server(), host="mail.example.org"))


def test_a_mail_to_oneself_shows_that_it_works(admin: Client, mailing: MailPeer) -> None:
    response = deed(admin, mail_server(), "try_out")
    assert "The server has taken a mail" in told(response)
    assert mailing.mails[0]["To"] == "admin@cast.test"


def test_what_the_server_refuses_is_told_in_words(admin: Client, mailing: MailPeer) -> None:
    mailing.refusals["admin@cast.test"] = "554 relaying denied"
    assert "554 relaying denied" in told(deed(admin, mail_server(), "try_out"))
    mailing.stop()
    assert "perhaps it is another port" in told(deed(admin, mail_server(), "try_out"))
    mail_server_change(by=None, host="no-such-host.invalid")
    assert "There is no server of this name" in told(deed(admin, mail_server(), "try_out"))


def test_mails_are_listed_and_sent_again(admin: Client, mailing: MailPeer) -> None:
    mailing.refusals["gone@example.com"] = "550 no such person"
    mail = write("gone@example.com")
    errands_run()
    html = admin.get(page(Mail, "changelist") + "?state=dead").content.decode()
    assert "550 no such person" in html
    deed(admin, mail, "again")
    assert Mail.objects.get(pk=mail.pk).state == "waiting"
