"""From the inbox onward: each notice is looked at once, and goes the ways its reader wants."""

from collections.abc import Mapping
from datetime import datetime
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models.functions import Now
from django.utils import timezone

from salesflow.journal.models import Notice
from salesflow.outbox.models import NoticeMail, NoticeSettings
from salesflow.outbox.services.chat import chat_messages_plan
from salesflow.outbox.services.notices.times import due_at
from salesflow.outbox.services.notices.wishes import DIGEST, OFF, notice_settings_of, wish_for
from salesflow.outbox.services.server import mail_server
from salesflow.people.models import User
from salesflow.people.services.workspace import workspace

BATCH = 1000
#: Batches of one pass.
BATCHES = 20


def notices_carry() -> int:
    """Look at all notices that are new; gives how many. Harmless late, twice, or in two processes at once."""
    total = 0
    for _turn in range(BATCHES):
        carried = _carry_batch()
        total += carried
        if carried < BATCH:
            break
    return total


@transaction.atomic
def _carry_batch() -> int:
    fresh = Notice.objects.filter(carried_at=None).select_for_update(skip_locked=True)
    notices = list(fresh.order_by("pk")[:BATCH])
    if not notices:
        return 0
    people = {notice.user_id for notice in notices}
    settings = notice_settings_of(people)
    silent = [n.pk for n in notices if not wish_for(settings.get(n.user_id), n.kind).bell]
    Notice.objects.filter(pk__in=silent, read_at=None).update(read_at=Now())
    if mail_server().is_set_up:
        _plan(notices, settings, _zones(people), timezone.now())
    chat_messages_plan(notices)
    Notice.objects.filter(pk__in=[notice.pk for notice in notices]).update(carried_at=Now())
    return len(notices)


def _zones(ids: set[int]) -> dict[int, ZoneInfo]:
    """Of those who may still sign in."""
    shared = workspace().time_zone
    zones = User.objects.active().filter(pk__in=ids).values_list("pk", "time_zone")
    return {pk: ZoneInfo(zone or shared) for pk, zone in zones}


def _plan(
    notices: list[Notice],
    settings: Mapping[int, NoticeSettings],
    zones: Mapping[int, ZoneInfo],
    now: datetime,
) -> None:
    """A row for each that goes by mail, with its time."""
    planned = []
    for notice in notices:
        mine = settings.get(notice.user_id)
        mail = wish_for(mine, notice.kind).mail
        if mail == OFF or notice.user_id not in zones:
            continue
        when = due_at(mine or NoticeSettings(), zones[notice.user_id], now, in_digest=mail == DIGEST)
        planned.append(
            NoticeMail(notice=notice, user_id=notice.user_id, due_at=when, is_digest=mail == DIGEST)
        )
    NoticeMail.objects.bulk_create(planned, ignore_conflicts=True)
