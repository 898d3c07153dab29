"""Setting up the mail server, and trying it out."""

import secrets
from collections.abc import Callable
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext as _

from salesflow.journal.services import record
from salesflow.lib.errors import Conflict, require
from salesflow.lib.records import touched
from salesflow.lib.vault import sealed
from salesflow.outbox.models import Mail, MailServer
from salesflow.outbox.services.smtp import Line, fault_of
from salesflow.outbox.services.trust import certificates_read
from salesflow.people.models import User

FIELDS = ("host", "port", "security", "username", "ca_certificates", "sender", "sender_name")


def mail_server() -> MailServer:
    return MailServer.objects.get_or_create(pk=1)[0]


@transaction.atomic
def mail_server_change(*, by: User | None, password: str | None = None, **values: Any) -> MailServer:
    """Change where mails go; `password` None keeps the present one, an empty one takes it away.

    With another host the password must be given anew: nobody lures it to a server of his own.
    """
    require(by is None or by.may("workspace.edit"))
    if "ca_certificates" in values:
        values["ca_certificates"] = _certificates(values["ca_certificates"])
    server = MailServer.objects.select_for_update().get(pk=mail_server().pk)
    changed = {name for name in FIELDS if name in values and getattr(server, name) != values[name]}
    for name in changed:
        setattr(server, name, values[name])
    if password is None and "host" in changed and server.password_box:
        message = _("Enter the password again: it was for another server.")
        raise ValidationError({"password": ValidationError(message, code="required")})
    if password is not None:
        server.password_box = sealed(password)
        changed.add("password_box")
    if server.host and not server.sender:
        message = _("Mails need a sender's address.")
        raise ValidationError({"sender": ValidationError(message, code="required")})
    server.full_clean(exclude=["password_box"])
    if changed:
        server.save(update_fields=sorted(changed))
        MailServer.objects.filter(pk=1).update(**touched())
        fields = sorted("password" if name == "password_box" else name for name in changed)
        record("outbox.mail_server_changed", subject=server, by=by, data={"fields": fields})
        Mail.objects.filter(state=Mail.State.WAITING).update(due_at=Now())
    return mail_server()


def _certificates(text: str) -> str:
    try:
        return certificates_read(text)
    except ValidationError as refusal:
        raise ValidationError({"ca_certificates": refusal}) from None


def mail_now() -> Callable[[str, str, str], None] | None:
    """How one mail is sent at once, past the outbox (to, subject, text), where a server is set up.

    For what must not be written down, such as a link to a new password. It waits for the server, and raises what
    that says.
    """
    server = mail_server()
    if not server.is_set_up:
        return None

    def send(to: str, subject: str, text: str) -> None:
        mail = Mail(key=secrets.token_hex(16), to=to, subject=subject, text=text, created_at=timezone.now())
        with Line(server) as line:
            line.send(mail)

    return send


def mail_try_out(*, by: User) -> str:
    """Send a mail to oneself right now; gives the address. Raises Conflict("mail_refused") with what the server said.

    It waits for the server, so it must not stand in a transaction.
    """
    require(by.may("workspace.edit"))
    server = mail_server()
    if not server.is_set_up:
        raise Conflict("no_mail_server", _("No mail server is set up yet."))
    mail = Mail(
        key=secrets.token_hex(16),
        to=by.email,
        subject=_("A mail to try things out"),
        text=_("Mails of SalesFlow arrive here."),
    )
    mail.created_at = timezone.now()
    try:
        with Line(server) as line:
            line.send(mail)
    except Exception as error:
        said = fault_of(error, server).said
        MailServer.objects.filter(pk=1).update(last_error=said, last_error_at=Now())
        raise Conflict("mail_refused", said) from error
    MailServer.objects.filter(pk=1).update(last_sent_at=Now(), last_error="", last_error_at=None)
    return by.email
