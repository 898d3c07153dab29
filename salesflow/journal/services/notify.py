"""Telling people: lines in their inbox, told once."""

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.db import connection
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


_GATHER = """
INSERT INTO journal_notice AS n (user_id, kind, subject_type, subject_id, params, dedupe_key)
SELECT * FROM unnest(%s::bigint[], %s::text[], %s::text[], %s::bigint[], %s::jsonb[], %s::text[])
ON CONFLICT (user_id, dedupe_key) DO UPDATE SET
    subject_type = '', subject_id = NULL, read_at = NULL,
    params = n.params
        || jsonb_build_object('count', (n.params->>'count')::bigint + (excluded.params->>'count')::bigint)
        || (
            SELECT coalesce(jsonb_object_agg(name, jsonb_path_query_array(
                coalesce(n.params->name, '[]') || coalesce(excluded.params->name, '[]'), '$[0 to $last]',
                jsonb_build_object('last', %s::int)
            )), '{}')
            FROM unnest(%s::text[]) name
        )
"""


def notify_gathered(notices: Sequence[Notice], *, run: str, lists: Sequence[str], most: int) -> None:
    """Tell of what a run does in several batches: one notice for each person and kind, which grows with each batch.

    Each has its number under `count`; what stands under `lists` is named up to `most`. What is told is stored with
    the batch, so that a run that is killed has told of what it did.
    """
    rows = sorted(notices, key=lambda notice: (notice.user_id, notice.kind))
    if not rows:
        return
    params = [json.dumps(notice.params, cls=DjangoJSONEncoder) for notice in rows]
    keys = [f"{notice.kind}:run:{run}" for notice in rows]
    columns = [[getattr(notice, name) for notice in rows] for name in _COLUMNS[:4]]
    with connection.cursor() as cursor:
        cursor.execute(_GATHER, [*columns, params, keys, most - 1, list(lists)])


def notices_read(*, user: Any, ids: Iterable[int] | None = None) -> int:
    """Mark the user's notices (all, or those named) as read; gives how many were unread."""
    unread = Notice.objects.filter(user=user, read_at=None)
    if ids is not None:
        unread = unread.filter(pk__in=list(ids))
    return unread.update(read_at=Now())
