"""Mail to people about their own sign-in, sent by subscribers only: after the commit of what it is about."""

from django.conf import settings
from django.core.mail import EmailMessage


def mail_ready() -> bool:
    """Whether this instance can send mail."""
    return settings.MAIL_READY


def mail_send(*, to: str, subject: str, body: str) -> None:
    """Send one plain mail now; raises what the mail server's library does, and is then tried again."""
    EmailMessage(subject=" ".join(subject.split()), body=body, to=[to]).send()
