"""Mails: written once, carried until the server has taken them or three days are over."""

import secrets
from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.db.models import F
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from salesflow.journal.services import record
from salesflow.lib.errors import require
from salesflow.outbox.models import Mail, MailServer
from salesflow.outbox.services.errands import Errand, Tell, source, wake
from salesflow.outbox.services.patience import ATTEMPTS, DAYS, LEASE, wait_after
from salesflow.outbox.services.server import mail_server
from salesflow.outbox.services.smtp import Fault, Line, fault_of
from salesflow.people.models import User

#: Mails of one connection.
BATCH = 10
#: How long mails that were sent or given up are kept to be looked at.
KEPT = timedelta(days=30)


def mail_write(**mail: Any) -> None:
    """Put a mail (as `mail_of` takes it) into the outbox, inside the caller's transaction.

    A second one with the same `key` is dropped.
    """
    mails_write([mail_of(**mail)])


def mail_of(
    *,
    to: str,
    subject: str,
    text: str,
    html: str = "",
    user: Any | None = None,
    key: str = "",
    headers: Mapping[str, str] | None = None,
    calendar: str = "",
) -> Mail:
    """A mail as `mails_write` takes it; nothing is written by this."""
    return Mail(
        key=key or secrets.token_hex(16),
        to=to,
        user=user,
        subject=" ".join(subject.split())[:250],
        text=text,
        html=html,
        headers=dict(headers or {}),
        calendar=calendar,
    )


def mails_write(mails: Iterable[Mail]) -> None:
    """As `mail_write`, for many at once: one statement."""
    if mails := list(mails):
        Mail.objects.bulk_create(mails, ignore_conflicts=True)
        wake()


@transaction.atomic
def mails_again(*, by: User, ids: list[int] | None = None) -> int:
    """Let mails that were given up (all, or those named) begin anew; gives how many."""
    require(by.may("workspace.edit"))
    dead = Mail.objects.filter(state=Mail.State.DEAD)
    if ids is not None:
        dead = dead.filter(pk__in=ids)
    count = dead.update(state=Mail.State.WAITING, attempts=0, due_at=Now())
    if count:
        record("outbox.mails_sent_again", subject=mail_server(), by=by, data={"count": count})
        wake()
    return count


def mails_forget() -> int:
    """Remove mails that need not be looked at any more; give up those for which no server was set up in three days."""
    if not mail_server().is_set_up:
        waiting = Mail.objects.filter(state=Mail.State.WAITING, created_at__lt=Now() - DAYS)
        waiting.update(state=Mail.State.DEAD, error=_("No mail server is set up yet."))
    old = Mail.objects.exclude(state=Mail.State.WAITING).filter(created_at__lt=Now() - KEPT)
    return old.delete()[0]


def register() -> None:
    source("mails", _claim)


def _claim(free: int) -> list[Errand]:
    """The next mails, to be sent over one connection; nothing without a server."""
    server = mail_server()
    if not server.is_set_up:
        return []
    with transaction.atomic():
        due = Mail.objects.filter(state=Mail.State.WAITING, due_at__lte=Now())
        # taken each time and never answered for: whoever carried it died with it
        due.filter(attempts__gte=ATTEMPTS).update(
            state=Mail.State.DEAD, error=_("It was never answered for.")
        )
        mails = list(due.select_for_update(skip_locked=True).order_by("due_at", "id")[:BATCH])
        Mail.objects.filter(pk__in=[mail.pk for mail in mails]).update(
            due_at=Now() + LEASE, attempts=F("attempts") + 1
        )
    return [_Batch(server, mails).errand] if mails else []


class _Batch:
    """Mails of one connection; each is told as soon as the server has taken or refused it."""

    def __init__(self, server: MailServer, mails: list[Mail]) -> None:
        self.server, self.mails = server, mails
        self.errand = Errand(self.do, self.heard)

    def do(self, tell: Tell) -> None:
        left = list(self.mails)
        try:
            with Line(self.server) as line:
                while left:
                    tell((left[0], self._one(line, left[0])))
                    left.pop(0)
        except Exception as error:  # the server itself: none of the others would go either
            fault = fault_of(error, self.server)
            for mail in left:
                tell((mail, fault))

    def _one(self, line: Line, mail: Mail) -> Fault | None:
        try:
            line.send(mail)
        except Exception as error:
            fault = fault_of(error, self.server)
            if fault.of_server:
                raise
            return fault
        return None

    def heard(self, result: tuple[Mail, Fault | None]) -> bool:
        mail, fault = result
        mine = Mail.objects.filter(pk=mail.pk, state=Mail.State.WAITING)
        if fault is None:
            mine.update(state=Mail.State.SENT, sent_at=Now(), error="")
            MailServer.objects.filter(pk=1).update(last_sent_at=Now(), last_error="", last_error_at=None)
            return True
        attempts = mail.attempts + 1
        over = fault.is_final or attempts >= ATTEMPTS
        mine.update(
            state=Mail.State.DEAD if over else Mail.State.WAITING,
            due_at=Now() + wait_after(attempts),
            error=fault.said,
        )
        if fault.of_server:
            MailServer.objects.filter(pk=1).update(last_error=fault.said, last_error_at=Now())
        return False
