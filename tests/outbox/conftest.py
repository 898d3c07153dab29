"""The cast with a browser each, and a mail server that mails go to."""

from typing import Any

import pytest

from salesflow.outbox.models import MailServer
from salesflow.outbox.services import mail_server_change
from tests.api.conftest import call, cast
from tests.support.pages import browse
from tests.support.smtp import MailPeer, mail_peer

__all__ = ["browse", "call", "cast", "mail_peer", "mailing"]


@pytest.fixture
def mailing(db: None, mail_peer: MailPeer) -> MailPeer:
    """Mails go to this server."""
    set_up(mail_peer)
    return mail_peer


def set_up(peer: MailPeer, **values: Any) -> MailServer:
    known = {"host": "127.0.0.1", "port": peer.port, "security": "none", "sender": "crm@example.org"}
    return mail_server_change(by=None, **{**known, **values})
