"""The row that is locked while a person's holdings and claims are counted and added to."""

from collections.abc import Iterable
from datetime import datetime
from zoneinfo import ZoneInfo

from django.db import connection

from salesflow.clocks.services import database_now
from salesflow.people.models import Workspace


def quotas_lock(users: Iterable[int]) -> None:
    """Lock these people's quota rows in the order of their ids, for the rest of the transaction."""
    wanted = sorted(set(users))
    if not wanted:
        return
    with connection.cursor() as cursor:
        cursor.execute(_LOCK, [wanted])


# An upsert makes missing rows and locks all of them in one order; it sets the key to what it is.
_LOCK = """
INSERT INTO leads_repquota (user_id) SELECT unnest(%s::bigint[]) ON CONFLICT (user_id) DO UPDATE
SET user_id = EXCLUDED.user_id
"""


def day_start() -> datetime:
    """The beginning of the present calendar day in the workspace's zone."""
    zone = ZoneInfo(Workspace.objects.values_list("time_zone", flat=True).get(pk=1))
    return database_now().astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0)
