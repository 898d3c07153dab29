"""Each kind of errand has its own places, and two senders at once send each thing once."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from salesflow.outbox.models import Mail
from salesflow.outbox.services import errands, errands_run
from salesflow.outbox.services.errands import AT_ONCE, Errand, Tell
from tests.outbox.conftest import set_up
from tests.outbox.test_send_mails import write
from tests.support.races import Meeting, at_once
from tests.support.smtp import MailPeer


class Kind:
    """Errands of a test's own: `claims` says how many each look finds, `do` what one of them does."""

    def __init__(self, due: int, do: Any) -> None:
        self.due, self.act, self.asked = due, do, 0

    def claim(self, free: int) -> list[Errand]:
        self.asked += 1
        taken = min(free, self.due)
        self.due -= taken
        return [Errand(self.do, bool) for _each in range(taken)]

    def do(self, tell: Tell) -> None:
        self.act()
        tell(True)


@pytest.mark.django_db
def test_a_kind_that_takes_long_holds_up_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    """Far more than it has places for; the other kind is through before the first of it comes back."""
    answer, others = threading.Event(), []

    def other() -> None:
        others.append(1)
        if len(others) == 2 * AT_ONCE:
            answer.set()

    slow = Kind(AT_ONCE, lambda: answer.wait(10))
    monkeypatch.setattr(errands, "_sources", {"slow": slow.claim, "quick": Kind(2 * AT_ONCE, other).claim})
    assert errands_run(seconds=0.2) == {"sent": 3 * AT_ONCE, "failed": 0}
    assert answer.is_set() and slow.due == 0


@pytest.mark.django_db
def test_past_its_time_a_kind_begins_nothing_while_the_others_go_on(monkeypatch: pytest.MonkeyPatch) -> None:
    over, came = threading.Event(), threading.Event()
    slow = Kind(1, lambda: came.wait(10))

    def quick_claim(free: int) -> list[Errand]:
        """Something comes up only once the time is over and the slow kind alone keeps the pass open."""
        if not over.wait(0.05) or came.is_set():
            return []
        return [Errand(lambda tell: (came.set(), tell(True))[-1], bool)]

    monkeypatch.setattr(errands, "_sources", {"slow": slow.claim, "quick": quick_claim})
    threading.Timer(0.2, over.set).start()
    assert errands_run(seconds=0.1)["sent"] == 2
    asked = slow.asked
    assert asked <= 2


@pytest.mark.django_db(transaction=True)
def test_two_senders_at_once_send_each_mail_once(
    mail_peer: MailPeer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also if each of them believes to be alone: the rows are taken under a lock."""

    @contextmanager
    def alone() -> Iterator[bool]:
        yield True

    set_up(mail_peer)
    mails = [write(f"p{number}@example.com") for number in range(4)]
    monkeypatch.setattr(errands, "_alone", alone)
    meeting = Meeting(seconds=0.3)
    filtered = Mail.objects.filter
    monkeypatch.setattr(Mail.objects, "filter", _meeting_before_the_update(filtered, meeting))
    results = at_once(errands_run, errands_run)
    assert sum(result["sent"] for result in results) == len(mails)
    assert sorted(mail["To"] for mail in mail_peer.mails) == [mail.to for mail in mails]


def _meeting_before_the_update(filtered: Any, meeting: Meeting) -> Any:
    """Both have looked before either takes."""

    def asked(*args: Any, **values: Any) -> Any:
        if "pk__in" in values:
            meeting()
        return filtered(*args, **values)

    return asked
