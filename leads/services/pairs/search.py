"""Comparing all leads with each other: what to compare is found by the database, how alike two are is judged here.

Leads meet when they share a key or a block (`salesflow.lib.text.similarity.blocks`); the pairs stream past, so that
memory does not grow with them. The table of pairs holds afterwards what the latest search found, and what a person
decided before.
"""

import json
import logging
import zoneinfo
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any

from django.db import connection, transaction
from django.db.models import Q
from django.db.models.functions import Now

from leads import policies
from leads.models import DuplicatePair, DuplicateSearch
from leads.services.pairs import sql
from leads.services.pairs.compare import COLUMNS, comparer_of, parts_shown
from salesflow.clocks.services import database_now
from salesflow.lib.errors import require
from salesflow.lib.pairs import Comparer
from salesflow.people.models import User
from salesflow.people.services import workspace

log = logging.getLogger(__name__)
#: At this time of the workspace's day all leads are compared anew.
AT_NIGHT = time(2, 30)
#: Whoever began a search and has not ended it by then is gone.
LEASE = timedelta(minutes=20)
#: A search that no worker took for so long is done by the sweep itself.
PATIENCE = timedelta(minutes=10)
STATEMENT_TIMEOUT = "900s"
BATCH = 2000
SIMILAR = DuplicatePair.Reason.SIMILAR
#: By the rank that the statement gives to equal keys.
REASONS = (*(reason for reason in DuplicatePair.Reason if reason != SIMILAR),)

Found = tuple[int, int, int, str, str]


@dataclass(frozen=True)
class Searched:
    """What a search came to: leads compared, pairs looked at, pairs kept."""

    leads: int
    compared: int
    found: int


def search_last() -> DuplicateSearch | None:
    """The latest search that ended."""
    return DuplicateSearch.objects.filter(finished_at__isnull=False).order_by("-finished_at").first()


@transaction.atomic
def search_ask(*, by: User | None) -> DuplicateSearch:
    """Have all leads compared now, by a worker; who asks while one is under way waits for that one.

    Raises PermissionDenied.
    """
    from leads.tasks import find_duplicates
    from salesflow.lib.queue import enqueue

    require(by is None or policies.can_search_duplicates(by))
    _ensure_next(due=database_now())
    DuplicateSearch.objects.filter(finished_at=None, started_at=None).update(due_at=Now(), by=by)
    enqueue(find_duplicates)
    return DuplicateSearch.objects.get(finished_at=None)


def search_sweep() -> dict[str, int]:
    """See to it that a search is due each night, and do what no worker has taken."""
    from leads.tasks import find_duplicates
    from salesflow.lib.queue import enqueue

    _ensure_next(due=_next_night(database_now()))
    waiting = DuplicateSearch.objects.filter(_free(), finished_at=None, due_at__lte=Now())
    if waiting.filter(due_at__lte=Now() - PATIENCE).exists():
        return {"processed": int(duplicates_find() is not None)}
    if waiting.exists():
        enqueue(find_duplicates)
    return {"processed": 0}


def duplicates_find(*, now: bool = False) -> Searched | None:
    """Do the search that is due, or one `now`; None when none is, or another process is at it."""
    if now:
        _ensure_next(due=database_now())
    due = Q() if now else Q(due_at__lte=Now())
    taken = DuplicateSearch.objects.filter(_free(), due, finished_at=None).update(started_at=Now())
    if not taken:
        return None
    search = DuplicateSearch.objects.get(finished_at=None)
    with transaction.atomic():
        searched = _search()
        DuplicateSearch.objects.filter(pk=search.pk).update(
            finished_at=Now(), leads=searched.leads, compared=searched.compared, found=searched.found
        )
        _ensure_next(due=_next_night(database_now()))
    return searched


def _free() -> Q:
    """Searches that nobody is at."""
    return Q(started_at=None) | Q(started_at__lt=Now() - LEASE)


def _ensure_next(*, due: datetime) -> None:
    DuplicateSearch.objects.bulk_create([DuplicateSearch(due_at=due)], ignore_conflicts=True)


def _next_night(now: datetime) -> datetime:
    zone = zoneinfo.ZoneInfo(workspace().time_zone)
    local = now.astimezone(zone)
    tonight = datetime.combine(local.date(), AT_NIGHT, tzinfo=zone)
    return tonight if tonight > local else tonight + timedelta(days=1)


def _search() -> Searched:
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('statement_timeout', %s, true)", [STATEMENT_TIMEOUT])
        cursor.execute(sql.FACTS)
        cursor.execute(sql.MEETINGS)
        cursor.execute(sql.FOUND)
        cursor.execute(sql.WORTH)
        leads, *worth = cursor.fetchone()
    comparer = comparer_of(leads, worth[: len(COLUMNS)], worth[len(COLUMNS) :])
    compared = found = 0
    batch: list[Found] = []
    for row in _meetings():
        compared += 1
        pair = _judged(comparer, row)
        if pair is not None:
            batch.append(pair)
            found += 1
        if len(batch) == BATCH:
            _lay_by(batch)
            batch = []
    _lay_by(batch)
    with connection.cursor() as cursor:
        cursor.execute(sql.KEEP)
    return Searched(leads, compared, found)


def _meetings() -> Iterator[tuple[Any, ...]]:
    with closing(connection.chunked_cursor()) as cursor:
        cursor.execute(sql.PAIRS)
        yield from iter(cursor)


def _judged(comparer: Comparer, row: tuple[Any, ...]) -> Found | None:
    """The pair as it is kept; nothing when the two are no more alike than chance makes them."""
    first, second, rank, *facts = row
    size = len(COLUMNS)
    verdict = comparer.verdict(facts[:size], facts[size : 2 * size], facts[2 * size :])
    reason = REASONS[rank] if rank < len(REASONS) else SIMILAR
    if reason == SIMILAR and not verdict.is_pair:
        return None
    score = verdict.score if reason == SIMILAR else 100
    return first, second, score, reason, json.dumps(parts_shown(verdict))


def _lay_by(batch: list[Found]) -> None:
    if batch:
        with connection.cursor() as cursor:
            cursor.execute(sql.LAY_BY, [list(column) for column in zip(*batch, strict=True)])
