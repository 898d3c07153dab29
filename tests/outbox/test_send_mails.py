"""The outbox of mails: written with the deed, sent after it, repeated until taken or given up."""

import socketserver
import threading
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import transaction
from django.db.models.functions import Now

from salesflow.outbox.models import Mail, MailServer
from salesflow.outbox.services import errands_run, mail_server_change, mail_write, mails_again, mails_forget
from salesflow.outbox.services.patience import ATTEMPTS, wait_after
from tests.outbox.conftest import set_up
from tests.support.smtp import MailPeer

pytestmark = pytest.mark.django_db


def write(to: str = "wang@example.com", **values: Any) -> Mail:
    known = {"subject": "Hello", "text": "你好", **values}
    with transaction.atomic():
        mail_write(to=to, **known)
    return Mail.objects.latest("pk")


def later(mail: Mail) -> None:
    """As if the wait for the next attempt were over."""
    Mail.objects.filter(pk=mail.pk).update(due_at=Now() - timedelta(seconds=1))


def fresh(mail: Mail) -> Mail:
    return Mail.objects.get(pk=mail.pk)


def test_a_mail_arrives_as_it_was_written(mailing: MailPeer) -> None:
    mail = write(subject="你好\nBcc: x@example.com", html="<p>你好</p>")
    assert errands_run() == {"sent": 1, "failed": 0}
    (arrived,) = mailing.mails
    assert arrived["Subject"] == "你好 Bcc: x@example.com"
    assert arrived["To"] == "wang@example.com" and arrived["From"] == "crm@example.org"
    assert arrived["Message-ID"] == f"<{mail.key}@example.org>"
    assert arrived["Auto-Submitted"] == "auto-generated"
    text, html = arrived.iter_parts()
    assert text.get_content().strip() == "你好" and "<p>你好</p>" in html.get_content()
    assert fresh(mail).state == "sent" and fresh(mail).sent_at


def test_what_a_deed_takes_back_is_not_sent(mailing: MailPeer) -> None:
    with pytest.raises(RuntimeError), transaction.atomic():
        mail_write(to="a@example.com", subject="x", text="x")
        raise RuntimeError
    assert errands_run()["sent"] == 0


def test_the_same_mail_is_written_once(mailing: MailPeer) -> None:
    write(key="digest-1")
    write(key="digest-1")
    errands_run()
    assert len(mailing.mails) == 1


def test_mails_wait_for_a_server_that_is_down_and_keep_their_message_id(mailing: MailPeer) -> None:
    port = mailing.port
    mailing.stop()
    mail, other = write(), write("b@example.com")
    assert errands_run() == {"sent": 0, "failed": 2}
    waiting = fresh(mail)
    assert waiting.state == "waiting" and waiting.attempts == 1 and waiting.due_at > mail.due_at
    assert (
        "takes no connections" in waiting.error
        and "takes no connections" in MailServer.objects.get().last_error
    )
    assert errands_run() == {"sent": 0, "failed": 0}  # not before its time
    mailing.start(port)
    later(mail)
    later(other)
    assert errands_run() == {"sent": 2, "failed": 0}
    assert mailing.mails[0]["Message-ID"] == f"<{mail.key}@example.org>"
    assert MailServer.objects.get().last_error == ""


def test_a_refused_address_is_given_up_at_once_and_holds_nobody_up(mailing: MailPeer) -> None:
    mailing.refusals["gone@example.com"] = "550 no such person"
    gone, other = write("gone@example.com"), write("b@example.com")
    assert errands_run() == {"sent": 1, "failed": 1}
    assert fresh(gone).state == "dead" and "550 no such person" in fresh(gone).error
    assert fresh(other).state == "sent" and mailing.connections == 1


def test_a_full_mailbox_is_tried_again_for_three_days(mailing: MailPeer) -> None:
    mailing.refusals["full@example.com"] = "452 mailbox is full"
    mail = write("full@example.com")
    errands_run()
    assert fresh(mail).state == "waiting"
    Mail.objects.update(attempts=ATTEMPTS - 1)
    later(mail)
    errands_run()
    assert fresh(mail).state == "dead"
    waits = sum((wait_after(number) for number in range(1, ATTEMPTS)), timedelta())
    assert timedelta(days=2) < waits < timedelta(days=4)


def test_one_that_was_given_up_begins_anew(mailing: MailPeer, cast: SimpleNamespace) -> None:
    mailing.refusals["gone@example.com"] = "550 no such person"
    mail = write("gone@example.com")
    errands_run()
    mailing.refusals.clear()
    assert mails_again(by=cast.admin, ids=[mail.pk]) == 1
    errands_run()
    assert fresh(mail).state == "sent"


def test_a_mail_whose_sender_was_killed_is_due_again_when_its_lease_ends(
    mailing: MailPeer, monkeypatch: pytest.MonkeyPatch
) -> None:
    from salesflow.outbox.services import mails

    mail = write()
    assert len(mails._claim(1)) == 1  # taken, and the process dies before it is sent
    assert errands_run()["sent"] == 0
    assert fresh(mail).attempts == 1
    later(mail)
    assert errands_run()["sent"] == 1


def test_without_a_server_mails_wait_three_days(db: None) -> None:
    mail = write()
    assert errands_run() == {"sent": 0, "failed": 0}
    assert mails_forget() == 0 and fresh(mail).state == "waiting"
    Mail.objects.update(created_at=Now() - timedelta(days=4))
    mails_forget()
    assert fresh(mail).state == "dead"


def test_old_mails_are_forgotten(mailing: MailPeer) -> None:
    write()
    errands_run()
    Mail.objects.update(created_at=Now() - timedelta(days=31))
    assert mails_forget() == 1


def test_the_password_is_sent_and_stored_sealed(mail_peer: MailPeer) -> None:
    mail_peer.stop()
    mail_peer.password = "s3cret pass"
    mail_peer.start()
    server = set_up(mail_peer, username="crm", password="s3cret pass")
    assert "s3cret" not in server.password_box
    write()
    assert errands_run()["sent"] == 1
    mail_server_change(by=None, password="wrong")
    mail = write()
    errands_run()
    assert "does not accept user and password" in fresh(mail).error


def test_a_changed_secret_key_is_told(mailing: MailPeer, settings: Any) -> None:
    mail_server_change(by=None, username="crm", password="x")
    key = settings.SECRET_KEY
    settings.SECRET_KEY = "another"
    mail = write()
    errands_run()
    assert "Enter it again" in fresh(mail).error
    settings.SECRET_KEY_FALLBACKS = [key]
    later(mail)
    errands_run()
    assert "Enter it again" not in fresh(mail).error


def test_encryption_the_server_does_not_speak_is_told(mail_peer: MailPeer) -> None:
    for security, words in (("starttls", "does not offer"), ("tls", "does not speak the encryption")):
        set_up(mail_peer, security=security)
        mail = write()
        errands_run()
        assert words in fresh(mail).error


def test_a_mail_that_nobody_ever_answered_for_is_given_up(mailing: MailPeer) -> None:
    """Whoever carried it died with it, eighteen times."""
    mail = write()
    Mail.objects.filter(pk=mail.pk).update(attempts=ATTEMPTS)
    assert errands_run()["sent"] == 0
    assert fresh(mail).state == "dead" and fresh(mail).error == "It was never answered for."


def test_a_server_that_refuses_at_the_door_lets_the_mail_wait(db: None) -> None:
    class Shut(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            self.request.sendall(b"554 no service here\r\n")

    with socketserver.TCPServer(("127.0.0.1", 0), Shut) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        set_up(SimpleNamespace(port=server.server_address[1]))  # type: ignore[arg-type]
        mail = write()
        assert errands_run()["sent"] == 0
        server.shutdown()
    assert fresh(mail).state == "waiting"
    assert "554 no service here" in MailServer.objects.get().last_error
