"""Speaking with the mail server, and saying in words what went wrong."""

import smtplib
import socket
import ssl
from contextlib import suppress
from dataclasses import dataclass
from email.utils import formataddr, formatdate
from types import TracebackType
from typing import Any

from django.core.mail import EmailMultiAlternatives
from django.core.mail.backends.smtp import EmailBackend
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from salesflow.lib.vault import Locked, opened
from salesflow.outbox.models import Mail, MailServer
from salesflow.outbox.services.trust import trust_of

#: Seconds for each step of the talk.
SECONDS = 10


@dataclass(frozen=True)
class Fault:
    """Why a mail was not taken; `is_final` when trying again is useless, `of_server` when no other would go either."""

    said: str
    is_final: bool = False
    of_server: bool = True


class Line:
    """A connection to the server for several mails; `send` raises what smtplib raises."""

    def __init__(self, server: MailServer) -> None:
        self.server = server
        self.backend = EmailBackend(
            host=server.host,
            port=server.port,
            username=server.username,
            password=opened(server.password_box),
            use_tls=server.security == MailServer.Security.STARTTLS,
            use_ssl=server.security == MailServer.Security.TLS,
            timeout=SECONDS,
        )
        self.backend.ssl_context = trust_of(server.ca_certificates)

    def __enter__(self) -> "Line":
        try:
            self.backend.open()
        except Exception as error:
            self.__exit__(type(error), error, None)
            # the plain class is how a refusal of STARTTLS is told: about the server, not about one mail
            if type(error) is smtplib.SMTPResponseException:
                raise smtplib.SMTPConnectError(error.smtp_code, error.smtp_error) from error
            raise
        return self

    def __exit__(self, kind: type[BaseException] | None, error: Any, trace: TracebackType | None) -> None:
        with suppress(OSError, smtplib.SMTPException):
            self.backend.close()

    def send(self, mail: Mail) -> None:
        self.backend.send_messages([message_of(mail, self.server)])


def message_of(mail: Mail, server: MailServer) -> EmailMultiAlternatives:
    """The mail as it goes over the line; each attempt carries the same Message-ID."""
    domain = server.sender.rpartition("@")[2]
    message = EmailMultiAlternatives(
        subject=" ".join(mail.subject.split()),
        body=mail.text,
        from_email=formataddr((" ".join(server.sender_name.split()), server.sender)),
        to=[mail.to],
        headers={
            "Message-ID": f"<{mail.key}@{domain}>",
            "Date": formatdate(mail.created_at.timestamp()),
            "Auto-Submitted": "auto-generated",
            **mail.headers,
        },
    )
    if mail.html:
        message.attach_alternative(mail.html, "text/html")
    if mail.calendar:
        method = "CANCEL" if "METHOD:CANCEL" in mail.calendar else "REQUEST"
        message.attach_alternative(mail.calendar, f"text/calendar; method={method}; charset=utf-8")
    return message


def fault_of(error: Exception, server: MailServer) -> Fault:
    """What an exception of the talk means, in words for whoever set the server up."""
    place = f"{server.host}:{server.port}"
    for kind, say in _SAID:
        if isinstance(error, kind):
            return say(error, place)
    return Fault(_("%(place)s: %(why)s") % {"place": place, "why": _words(error)})


def _words(error: Any) -> str:
    text = getattr(error, "smtp_error", None) or getattr(error, "verify_message", None) or str(error)
    text = text.decode(errors="replace") if isinstance(text, bytes) else str(text)
    code = getattr(error, "smtp_code", None)
    return f"{code} {text}"[:300] if code else text[:300]


def _answered(error: smtplib.SMTPResponseException, place: str) -> Fault:
    final = 500 <= error.smtp_code < 600
    text = _("%(place)s refused: %(why)s") % {"place": place, "why": _words(error)}
    return Fault(text, is_final=final, of_server=False)


def _no_recipient(error: smtplib.SMTPRecipientsRefused, place: str) -> Fault:
    code, text = next(iter(error.recipients.values()))
    words = f"{code} {text.decode(errors='replace') if isinstance(text, bytes) else text}"[:300]
    said = _("%(place)s does not take mail to this address: %(why)s") % {"place": place, "why": words}
    return Fault(said, is_final=500 <= code < 600, of_server=False)


def _because(text: Any) -> Any:
    return lambda error, place: Fault(str(text) % {"place": place, "why": _words(error)})


def _not_offered(error: smtplib.SMTPNotSupportedError, place: str) -> Fault:
    """What smtplib missed stands in its sentence alone."""
    what = str(error).split(" extension")[0]
    said: Fault = _because(_MISSING.get(what, _NOT_OFFERED))(error, place)
    return said


def _no_trust(error: ssl.SSLCertVerificationError, place: str) -> Fault:
    said: Fault = _because(_DOUBTS.get(error.verify_code, _NO_TRUST))(error, place)
    return said


_KEY_CHANGED = gettext_lazy(
    "The password cannot be read any more: the secret key of this installation has changed. Enter it again."
)
_REFUSED = gettext_lazy("%(place)s refused: %(why)s")
_NO_SIGN_IN = gettext_lazy("%(place)s does not accept user and password: %(why)s")
_NO_SENDER = gettext_lazy("%(place)s does not accept the sender's address: %(why)s")
_NOT_OFFERED = gettext_lazy("%(place)s does not offer what is set here: %(why)s")
_NO_STARTTLS = gettext_lazy(
    "%(place)s does not offer STARTTLS, or somebody on the way takes the offer away. Nothing was sent, no password "
    "either."
)
_NO_AUTH = gettext_lazy(
    "%(place)s does not ask for user and password with the encryption that is set here; perhaps it wants another one."
)
#: Of what smtplib finds missing.
_MISSING = {"STARTTLS": _NO_STARTTLS, "SMTP AUTH": _NO_AUTH}
_BROKEN_OFF = gettext_lazy(
    "%(place)s broke the connection off; perhaps it expects another encryption: %(why)s"
)
_NO_TRUST = gettext_lazy("The certificate of %(place)s is not to be trusted: %(why)s")
_EXPIRED = gettext_lazy("The certificate of %(place)s has expired.")
_NOT_YET = gettext_lazy("The certificate of %(place)s is not valid yet; perhaps a clock is wrong.")
_OTHER_NAME = gettext_lazy(
    "The certificate of %(place)s is for another name. Enter the server by a name its certificate carries."
)
_UNKNOWN_AUTHORITY = gettext_lazy(
    "The certificate of %(place)s was issued by nobody known here. If it is the company's own authority, enter that "
    "one's certificate."
)
#: By OpenSSL's X509_V_ERR numbers.
_DOUBTS = {
    9: _NOT_YET, 10: _EXPIRED, 62: _OTHER_NAME, 64: _OTHER_NAME,
    18: _UNKNOWN_AUTHORITY, 19: _UNKNOWN_AUTHORITY, 20: _UNKNOWN_AUTHORITY, 21: _UNKNOWN_AUTHORITY,
}  # fmt: skip
_NO_TLS = gettext_lazy("%(place)s does not speak the encryption that is set here: %(why)s")
_NO_NAME = gettext_lazy("There is no server of this name: %(place)s")
_NO_PORT = gettext_lazy("%(place)s takes no connections; perhaps it is another port.")
_SILENCE = gettext_lazy(
    "%(place)s does not answer within ten seconds; perhaps it is another port or encryption."
)
#: From the narrow to the wide: some of these are kinds of others.
_SAID: list[tuple[Any, Any]] = [
    (Locked, _because(_KEY_CHANGED)),
    (smtplib.SMTPAuthenticationError, _because(_NO_SIGN_IN)),
    (smtplib.SMTPSenderRefused, _because(_NO_SENDER)),
    (smtplib.SMTPRecipientsRefused, _no_recipient),
    (smtplib.SMTPNotSupportedError, _not_offered),
    # before any mail is spoken of, whatever the server says is about itself
    (smtplib.SMTPConnectError, _because(_REFUSED)),
    (smtplib.SMTPHeloError, _because(_REFUSED)),
    (smtplib.SMTPServerDisconnected, _because(_BROKEN_OFF)),
    (smtplib.SMTPResponseException, _answered),
    (ssl.SSLCertVerificationError, _no_trust),
    (ssl.SSLError, _because(_NO_TLS)),
    (socket.gaierror, _because(_NO_NAME)),
    (ConnectionRefusedError, _because(_NO_PORT)),
    (TimeoutError, _because(_SILENCE)),
]
