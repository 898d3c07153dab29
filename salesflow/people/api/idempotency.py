"""First answers under an Idempotency-Key, kept for a day in the transaction of the deed."""

from datetime import timedelta
from typing import Any

from django.db import connection
from django.utils.translation import gettext as _

from salesflow.lib.api.ports import KeptAnswer
from salesflow.lib.api.problems import KeyReused
from salesflow.lib.errors import Conflict
from salesflow.lib.vault import Locked, opened, sealed
from salesflow.people.models import IdempotentAnswer

LIFE = timedelta(hours=24)


class Store:
    """The slot of `lib.api.ports.IdempotencyStore`."""

    def claim(self, *, user: Any, key: str, request_hash: str) -> KeptAnswer | None:
        """Take the key, or give its first answer.

        The unique constraint makes a second request with the same key wait until the first is committed or rolled back.
        A key older than a day is free again.
        """
        with connection.cursor() as cursor:
            cursor.execute(
                """
                INSERT INTO people_idempotentanswer AS a (user_id, key, request_hash, headers, body)
                VALUES (%s, %s, %s, '{}', '')
                ON CONFLICT (user_id, key) DO UPDATE SET
                    request_hash = excluded.request_hash, status = NULL, headers = '{}', body = '', created_at = now()
                WHERE a.created_at < now() - %s
                RETURNING id
                """,
                [user.pk, key, request_hash, LIFE],
            )
            if cursor.fetchone():
                return None
        first = IdempotentAnswer.objects.get(user=user, key=key)
        if first.request_hash != request_hash:
            raise KeyReused
        try:
            body = opened(first.body)
        except Locked:
            raise Conflict("answer_lost", _("The first answer cannot be read any more.")) from None
        return KeptAnswer(status=first.status or 500, headers=first.headers, body=body)

    def keep(self, *, user: Any, key: str, answer: KeptAnswer) -> None:
        """Sealed, since answers may hold a secret that is shown once."""
        IdempotentAnswer.objects.filter(user=user, key=key).update(
            status=answer.status, headers=dict(answer.headers), body=sealed(answer.body)
        )
