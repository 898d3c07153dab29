"""When a mail about notices goes out, in the zone of who gets it."""

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from salesflow.outbox.models import NoticeSettings


def due_at(settings: NoticeSettings, zone: ZoneInfo, now: datetime, *, in_digest: bool) -> datetime:
    """The moment: at once, after the quiet hours, or with the next digest. There is one digest a day."""
    local = now.astimezone(zone)
    if in_digest:
        return _next_digest(settings, local)
    return _after_quiet(settings.quiet_from, settings.quiet_until, local)


def _next_digest(settings: NoticeSettings, local: datetime) -> datetime:
    day = local.date()
    if local.time() >= settings.digest_at:
        day += timedelta(days=1)
    if settings.digest_on is not None and day <= settings.digest_on:
        day = settings.digest_on + timedelta(days=1)
    return datetime.combine(day, settings.digest_at, tzinfo=local.tzinfo)


def _after_quiet(begin: time | None, end: time | None, local: datetime) -> datetime:
    if begin is None or end is None:
        return local
    now, day = local.time(), local.date()
    if begin < end:
        is_quiet = begin <= now < end
    else:
        is_quiet = now >= begin or now < end
        if now >= begin:
            day += timedelta(days=1)
    return datetime.combine(day, end, tzinfo=local.tzinfo) if is_quiet else local
