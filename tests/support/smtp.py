"""A mail server of a test's own: it speaks SMTP on a port of this machine, and can be told to refuse."""

import ssl
from collections.abc import Iterator
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult


class MailPeer:
    """What has arrived; `refusals` maps an address to the answer it gets, `password` is asked for where it is set.

    With `tls` it speaks TLS from the start, or offers STARTTLS, and asks for the password inside only.
    """

    def __init__(self) -> None:
        self.mails: list[EmailMessage] = []
        self.refusals: dict[str, str] = {}
        self.password = ""
        self.connections = 0
        self.controller: Controller | None = None

    async def handle_EHLO(self, server: Any, session: Any, envelope: Any, name: str, answers: Any) -> Any:
        self.connections += 1
        session.host_name = name
        return answers

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:
        if address in self.refusals:
            return self.refusals[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        mail = message_from_bytes(envelope.content, policy=policy.default)
        assert isinstance(mail, EmailMessage)
        self.mails.append(mail)
        return "250 taken"

    def authenticated(
        self, server: Any, session: Any, envelope: Any, mechanism: str, given: Any
    ) -> AuthResult:
        return AuthResult(success=given.password == self.password.encode(), handled=False)

    def start(
        self, port: int = 0, *, tls: ssl.SSLContext | None = None, from_the_start: bool = False
    ) -> None:
        asks: dict[str, Any] = {}
        if self.password:
            asks = {"authenticator": self.authenticated, "auth_require_tls": bool(tls and not from_the_start)}
        if tls:
            asks |= {"ssl_context": tls} if from_the_start else {"tls_context": tls}
        self.controller = Controller(self, hostname="127.0.0.1", port=port or _free_port(), **asks)
        self.controller.start()

    def stop(self) -> None:
        if self.controller is not None:
            self.controller.stop()
        self.controller = None

    @property
    def port(self) -> int:
        assert self.controller is not None
        return self.controller.port


def _free_port() -> int:
    import socket

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def mail_peer() -> Iterator[MailPeer]:
    """A running mail server of this test alone."""
    peer = MailPeer()
    peer.start()
    yield peer
    peer.stop()
