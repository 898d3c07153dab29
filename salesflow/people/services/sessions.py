"""Where people are signed in, and ending it; it holds from the next request on."""

from django.contrib.sessions.models import Session
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import QuerySet
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from salesflow.journal.services import record
from salesflow.people.models import BrowserSession, User


@transaction.atomic
def session_begin(*, user: User, key: str, agent: str, address: str, way: str) -> None:
    """Note a browser that has just been signed in, by `password` or `provider`; its session is saved already."""
    agent, address = agent[:300], address[:64]
    BrowserSession.objects.create(session_id=key, user=user, agent=agent, address=address)
    private = {"agent": agent, "address": address}
    record("people.signed_in", subject=user, by=user, data={"way": way}, private=private)


def session_renewed(*, user: User, key: str, agent: str, address: str) -> None:
    """The same browser goes on under another key, as after a change of the password."""
    BrowserSession.objects.create(session_id=key, user=user, agent=agent[:300], address=address[:64])


def session_seen(*, key: str, address: str) -> None:
    BrowserSession.objects.filter(session_id=key).update(seen_at=Now(), address=address[:64])


def sessions_of(user: User) -> QuerySet[BrowserSession]:
    """The browsers this person is signed in with, the latest used first."""
    mine = BrowserSession.objects.filter(user=user, session__expire_date__gt=Now())
    return mine.order_by("-seen_at", "-pk")


@transaction.atomic
def session_end(*, session_id: int, by: User) -> None:
    """End one of one's own sessions; raises ValidationError where it is gone already."""
    if not _ended(BrowserSession.objects.filter(pk=session_id, user=by)):
        raise ValidationError(_("This one is gone already."))
    record("people.sessions_ended", subject=by, by=by, data={"count": 1})


@transaction.atomic
def sessions_end(*, user: User, by: User | None, keep: str = "") -> int:
    """End all sessions of a person but the one with the key `keep`; gives how many there were."""
    count = _ended(BrowserSession.objects.filter(user=user).exclude(session_id=keep))
    if count:
        record("people.sessions_ended", subject=user, by=by, data={"count": count})
    return count


def _ended(browsers: QuerySet[BrowserSession]) -> int:
    keys = list(browsers.values_list("session_id", flat=True))
    Session.objects.filter(pk__in=keys).delete()
    return len(keys)
