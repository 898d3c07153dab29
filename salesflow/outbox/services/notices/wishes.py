"""What each person wants to be told, and how."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import time
from typing import Any, Final
from zoneinfo import ZoneInfo

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _

from salesflow.journal.services import record
from salesflow.journal.texts import notice_kinds, notice_said
from salesflow.outbox.models import NoticeMail, NoticeSettings
from salesflow.outbox.services.notices.times import due_at
from salesflow.people.models import User
from salesflow.people.services.workspace import workspace

NOW, DIGEST, OFF = "now", "digest", "off"
MAILS: Final = (NOW, DIGEST, OFF)


@dataclass(frozen=True)
class Wish:
    """How one kind of notice comes: at the `bell` or not, and by `mail` now, in the digest or off."""

    bell: bool
    mail: str


def notice_settings(user: User) -> NoticeSettings:
    """One person's wishes, the defaults for who never changed them."""
    return NoticeSettings.objects.get_or_create(pk=user.pk)[0]


def notice_settings_of(ids: Iterable[int]) -> dict[int, NoticeSettings]:
    """Those of many people; who has the defaults is missing."""
    return NoticeSettings.objects.in_bulk(set(ids))


def wish_for(settings: NoticeSettings | None, kind: str) -> Wish:
    said = settings.kinds.get(kind, {}) if settings is not None else {}
    return Wish(bell=said.get("bell", True), mail=said.get("mail", notice_said(kind).mail))


def kinds_for(user: User) -> list[str]:
    """The kinds of notices that can come to this person."""
    return [kind for kind in notice_kinds() if not (right := notice_said(kind).right) or user.may(right)]


def zone_of(user: User) -> ZoneInfo:
    return ZoneInfo(user.time_zone or workspace().time_zone)


@transaction.atomic
def notice_settings_change(
    *, by: User, kinds: Mapping[str, Mapping[str, Any]] | None = None, **times: time | None
) -> NoticeSettings:
    """Change one's own wishes: `quiet_from`, `quiet_until`, `digest_at`, and of each named kind `bell`, `mail` or both.

    It holds for what waits to be mailed as well.
    """
    NoticeSettings.objects.get_or_create(pk=by.pk)
    held = NoticeSettings.objects.select_for_update().get(pk=by.pk)
    for name in ("quiet_from", "quiet_until", "digest_at"):
        if name in times:
            setattr(held, name, times[name])
    _check_times(held)
    known = set(kinds_for(by))
    for kind, wish in (kinds or {}).items():
        _check_wish(kind, wish, known)
        held.kinds[kind] = {**held.kinds.get(kind, {}), **wish}
    held.save(update_fields=["quiet_from", "quiet_until", "digest_at", "kinds"])
    NoticeSettings.objects.filter(pk=by.pk).update(version=F("version") + 1)
    record("outbox.notice_settings_changed", subject=by, by=by, data={"kinds": sorted(kinds or {})})
    _put_in_place(by, held)
    return NoticeSettings.objects.get(pk=by.pk)


def _check_times(settings: NoticeSettings) -> None:
    begin, end = settings.quiet_from, settings.quiet_until
    if (begin is None) != (end is None):
        name = "quiet_from" if begin is None else "quiet_until"
        message = _("Quiet hours need both their beginning and their end.")
        raise ValidationError({name: ValidationError(message, code="required")})
    if begin is not None and begin == end:
        message = _("Quiet hours end at another time than they begin.")
        raise ValidationError({"quiet_until": ValidationError(message, code="same")})
    if settings.digest_at is None:
        message = _("The digest needs its time.")
        raise ValidationError({"digest_at": ValidationError(message, code="required")})


def _check_wish(kind: str, wish: Mapping[str, Any], known: set[str]) -> None:
    if kind not in known:
        message = _("There is no such kind of notice: %s.") % kind
        raise ValidationError({"kinds": ValidationError(message, code="unknown_kind")})
    right = set(wish) <= {"bell", "mail"} and isinstance(wish.get("bell", True), bool)
    if not right or wish.get("mail", OFF) not in MAILS:
        raise ValidationError({"kinds": ValidationError(_("Choose one."), code="invalid_choice")})


def _put_in_place(user: User, settings: NoticeSettings) -> None:
    """What waits goes when and how the person wants it now."""
    zone, now = zone_of(user), timezone.now()
    waiting = list(NoticeMail.objects.filter(user=user).select_related("notice").order_by("pk"))
    gone = [mail.pk for mail in waiting if wish_for(settings, mail.notice.kind).mail == OFF]
    NoticeMail.objects.filter(pk__in=gone).delete()
    kept = [mail for mail in waiting if mail.pk not in set(gone)]
    for mail in kept:
        mail.is_digest = wish_for(settings, mail.notice.kind).mail == DIGEST
        mail.due_at = due_at(settings, zone, now, in_digest=mail.is_digest)
    NoticeMail.objects.bulk_update(kept, ["is_digest", "due_at"], batch_size=1000)
