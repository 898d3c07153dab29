"""Telling people: lines in their inbox, told once."""

from collections.abc import Iterable, Mapping
from typing import Any

from django.db.models import Model
from django.db.models.functions import Now

from salesflow.journal.models import Notice
from salesflow.lib.bulk import FEW, insert_few

_COLUMNS = ("user_id", "kind", "subject_type", "subject_id", "params", "dedupe_key")


def notify(
    users: Iterable[Any],
    kind: str,
    *,
    subject: Model | None = None,
    params: Mapping[str, Any] | None = None,
    key: str | None = None,
) -> None:
    """Put a notice into each user's inbox; a second one with the same `key` is dropped."""
    notify_many(
        Notice(
            user_id=user.pk,
            kind=kind,
            subject_type=subject._meta.label_lower if subject is not None else "",
            subject_id=subject.pk if subject is not None else None,
            params=dict(params or {}),
            dedupe_key=key,
        )
        for user in users
    )


def notify_many(notices: Iterable[Notice]) -> None:
    """Put ready notices into inboxes with one statement."""
    ready = list(notices)
    if len(ready) <= FEW:
        insert_few(
            Notice, _COLUMNS, [[notice.__dict__[name] for name in _COLUMNS] for notice in ready], once=True
        )
    else:
        Notice.objects.bulk_create(ready, ignore_conflicts=True, batch_size=2000)


def notices_read(*, user: Any, ids: Iterable[int] | None = None) -> int:
    """Mark the user's notices (all, or those named) as read; gives how many were unread."""
    unread = Notice.objects.filter(user=user, read_at=None)
    if ids is not None:
        unread = unread.filter(pk__in=list(ids))
    return unread.update(read_at=Now())
