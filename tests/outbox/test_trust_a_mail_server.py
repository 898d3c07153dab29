"""TLS to mail servers: only a server that proves its name gets a password or a mail."""

from base64 import b64encode
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from django.test import Client

from salesflow.outbox.models import Mail, MailServer
from salesflow.outbox.services import errands_run, mail_server, mail_server_change
from salesflow.outbox.services.trust import LARGEST
from salesflow.people.models import User
from tests.admin.pages import change, deed, faults, page
from tests.outbox.conftest import set_up
from tests.outbox.test_send_mails import write
from tests.support.certificates import Authority
from tests.support.pages import told
from tests.support.smtp import MailPeer
from tests.support.tap import Tap

pytestmark = pytest.mark.django_db
Browse = Callable[..., Client]
PASSWORD = "s3cret-of-the-mail-server"
KINDS = ["starttls", "tls"]


@pytest.fixture
def admin(browse: Browse) -> Client:
    return browse("admin")


@pytest.fixture
def company(tmp_path: Path) -> Authority:
    return Authority(tmp_path)


@pytest.fixture
def peer() -> Iterator[MailPeer]:
    """Not started yet: each test says with which certificate."""
    peer = MailPeer()
    peer.password = PASSWORD
    yield peer
    peer.stop()


@pytest.fixture
def tapped(peer: MailPeer) -> Iterator[Callable[..., Tap]]:
    """Mails go to the peer past somebody who reads along; with these settings."""
    taps: list[Tap] = []

    def tap(security: str, *, swaps: dict[bytes, bytes] | None = None, **values: str) -> Tap:
        taps.append(Tap(peer.port, swaps))
        known = {"security": security, "username": "crm", "password": PASSWORD, "port": taps[-1].port}
        set_up(peer, **{**known, **values})
        return taps[-1]

    yield tap
    for each in taps:
        each.stop()


def in_the_clear(tap: Tap) -> bool:
    """Whether the password, or a mail, went over the wire readable."""
    seen = [PASSWORD.encode(), b64encode(f"\0crm\0{PASSWORD}".encode()), b64encode(PASSWORD.encode())]
    return any(each in tap.heard for each in [*seen, b"AUTH", b"MAIL FROM", b"Subject:"])


def tried(admin: Client) -> str:
    return told(deed(admin, mail_server(), "try_out"))


@pytest.mark.parametrize("security", KINDS)
def test_the_companys_own_authority_is_believed_where_it_is_set(
    admin: Client, peer: MailPeer, company: Authority, tapped: Callable[..., Tap], security: str
) -> None:
    peer.start(tls=company.server(), from_the_start=security == "tls")
    tap = tapped(security)
    assert "was issued by nobody known here" in tried(admin)
    assert not in_the_clear(tap) and peer.mails == []
    mail_server_change(by=None, ca_certificates=company.pem)
    assert "The server has taken a mail" in tried(admin)
    assert len(peer.mails) == 1 and not in_the_clear(tap)


def test_the_tap_would_see_a_password(admin: Client, peer: MailPeer, tapped: Callable[..., Tap]) -> None:
    """What the other tests rest on: without encryption it is there to be read."""
    peer.start()
    tap = tapped("none")
    assert "The server has taken a mail" in tried(admin) and in_the_clear(tap)


@pytest.mark.parametrize("security", KINDS)
def test_another_authority_is_not_believed(
    admin: Client,
    peer: MailPeer,
    company: Authority,
    tmp_path: Path,
    tapped: Callable[..., Tap],
    security: str,
) -> None:
    """Also not one of the same name."""
    peer.start(tls=Authority(tmp_path).server(), from_the_start=security == "tls")
    tap = tapped(security, ca_certificates=company.pem)
    assert "The certificate of" in tried(admin) and peer.mails == [] and not in_the_clear(tap)


@pytest.mark.parametrize("security", KINDS)
@pytest.mark.parametrize(
    ("name", "days", "said"),
    [
        ("mail.example.org", (-1, 30), "is for another name"),
        ("127.0.0.1", (-30, -1), "has expired"),
        ("127.0.0.1", (1, 30), "is not valid yet"),
    ],
)
def test_a_certificate_of_another_name_or_time_is_refused(
    admin: Client,
    peer: MailPeer,
    company: Authority,
    tapped: Callable[..., Tap],
    security: str,
    name: str,
    days: tuple[int, int],
    said: str,
) -> None:
    peer.start(tls=company.server(name, days=days), from_the_start=security == "tls")
    tap = tapped(security, ca_certificates=company.pem)
    assert said in tried(admin)
    assert peer.mails == [] and not in_the_clear(tap)


def test_a_server_without_starttls_gets_nothing(
    admin: Client, peer: MailPeer, tapped: Callable[..., Tap]
) -> None:
    peer.start()
    tap = tapped("starttls")
    assert "does not offer STARTTLS" in tried(admin)
    assert peer.mails == [] and not in_the_clear(tap)


@pytest.mark.parametrize(
    ("swaps", "said"),
    [
        ({b"250-STARTTLS\r\n": b"250-AUTH PLAIN LOGIN\r\n"}, "does not offer STARTTLS"),
        ({b"220 Ready to start TLS": b"502 Not implemented"}, "refused: 502"),
    ],
)
def test_who_takes_the_encryption_away_gets_nothing(
    admin: Client,
    peer: MailPeer,
    company: Authority,
    tapped: Callable[..., Tap],
    swaps: dict[bytes, bytes],
    said: str,
) -> None:
    """The mails wait: it is the server, or the way to it, that refuses, not an address."""
    peer.start(tls=company.server())
    tap = tapped("starttls", swaps=swaps, ca_certificates=company.pem)
    assert said in tried(admin)
    mail = write()
    assert errands_run() == {"sent": 0, "failed": 1}
    waiting = Mail.objects.get(pk=mail.pk)
    assert waiting.state == "waiting" and said in waiting.error
    assert said in mail_server().last_error
    assert peer.mails == [] and not in_the_clear(tap)


def test_a_server_that_speaks_in_the_clear_where_tls_is_set_gets_nothing(
    admin: Client, peer: MailPeer, tapped: Callable[..., Tap]
) -> None:
    peer.start()
    tap = tapped("tls")
    assert "does not speak the encryption that is set here" in tried(admin)
    assert peer.mails == [] and not in_the_clear(tap)


def test_mails_of_the_outbox_wait_for_a_certificate_that_is_believed(
    peer: MailPeer, company: Authority, tapped: Callable[..., Tap]
) -> None:
    peer.start(tls=company.server())
    tapped("starttls")
    mail = write()
    assert errands_run() == {"sent": 0, "failed": 1}
    assert Mail.objects.get(pk=mail.pk).state == "waiting" and "nobody known" in mail_server().last_error
    mail_server_change(by=None, ca_certificates=company.pem)
    assert errands_run() == {"sent": 1, "failed": 0}


def test_the_cause_is_told_in_the_readers_language(
    admin: Client, peer: MailPeer, company: Authority, tapped: Callable[..., Tap]
) -> None:
    peer.start(tls=company.server("mail.example.org"))
    tapped("starttls", ca_certificates=company.pem)
    User.objects.filter(email="admin@cast.test").update(language="zh-hans")
    assert "证书属于其他名称" in tried(admin)


def test_a_certificate_is_pasted_and_only_that_is_kept(admin: Client, company: Authority) -> None:
    pasted = f"Our authority\r\n{company.pem}".replace("\n", "\r\n")
    assert change(admin, mail_server(), ca_certificates=pasted).status_code == 302
    assert mail_server().ca_certificates == company.pem
    html = admin.get(page(MailServer, "change", mail_server())).content.decode()
    assert "CN=The company" in html and "until" in html
    version = mail_server().version
    change(admin, mail_server(), ca_certificates=pasted)
    assert mail_server().version == version
    assert change(admin, mail_server(), ca_certificates="").status_code == 302
    assert mail_server().ca_certificates == ""


def test_what_is_no_certificate_is_refused_and_nothing_typed_is_lost(
    admin: Client, company: Authority
) -> None:
    for text, said in [
        ("our certificate", "No certificate can be read here"),
        ("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----", "No certificate can be read here"),
        (company.pem + company.pem.replace("M", "N"), "No certificate can be read here"),
        (company.pem * (LARGEST // len(company.pem) + 1), "That is too much"),
    ]:
        response = change(
            admin, mail_server(), host="mail.example.org", sender="a@example.org", ca_certificates=text
        )
        assert said in faults(response)["ca_certificates"][0]
        html = response.content.decode()
        assert "mail.example.org" in html and text[-20:].strip() in html
    assert mail_server().ca_certificates == "" and mail_server().host == ""


def test_a_private_key_is_refused_neither_kept_nor_shown(admin: Client, company: Authority) -> None:
    response = change(admin, mail_server(), ca_certificates=company.pem + company.key_pem)
    assert "private key" in faults(response)["ca_certificates"][0]
    assert company.key_pem.splitlines()[1] not in response.content.decode()
    assert mail_server().ca_certificates == ""
