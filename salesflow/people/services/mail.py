"""Mail to people about their own sign-in, sent by subscribers only: after the commit of what it is about."""

from collections.abc import Callable

from django.conf import settings
from django.core.mail import EmailMessage

Send = Callable[[str, str, str], None]


def _no_server() -> Send | None:
    return None


_server: Callable[[], Send | None] = _no_server


def fill_mail_server(server: Callable[[], Send | None]) -> None:
    """Name the function that gives how a mail is sent (to, subject, body) by the server an administrator set up."""
    global _server
    _server = server


def mail_ready() -> bool:
    """Whether this instance can send mail: by the server set up in the administration, or by EMAIL_URL."""
    return settings.MAIL_READY or _server() is not None


def mail_send(*, to: str, subject: str, body: str) -> None:
    """Send one plain mail now; raises what the mail server's library does, and is then tried again."""
    subject = " ".join(subject.split())
    send = _server()
    if send is not None:
        send(to, subject, body)
    else:
        EmailMessage(subject=subject, body=body, to=[to]).send()
