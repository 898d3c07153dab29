"""A person's inbox: what is new first, then what has been read, newest first, each with the record behind it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.utils import timezone

from salesflow.journal.models import Notice
from salesflow.journal.texts import notice_icon, notice_text, notice_url
from salesflow.lib.subjects import seen_subjects, subject_of, subject_types

PAGE = 50
#: The bell shows 99+ beyond.
COUNTED = 100


@dataclass(frozen=True)
class Line:
    """A notice as its reader sees it; `about` and `url` are of the record behind it, if he may see that now."""

    id: int
    text: str
    icon: str
    at: datetime
    is_unread: bool
    about: str
    url: str

    @property
    def day(self) -> date:
        """The reader's calendar day, by which lines are grouped."""
        return timezone.localtime(self.at).date()


@dataclass(frozen=True)
class InboxPage:
    """`unread` and `read` lines; `next` is where older ones of the kind begin that did not fit."""

    unread: list[Line]
    read: list[Line]
    next: int | None


def unread_count(user: Any) -> int:
    """How many notices are unread, counting no further than `COUNTED`.

    One look into an index that holds unread notices only: cheaper than asking a cache, and right at once.
    """
    return Notice.objects.filter(user_id=user.pk, read_at=None)[:COUNTED].count()


def inbox(*, user: Any, only_unread: bool = False, before: int | None = None, limit: int = PAGE) -> InboxPage:
    """A page of the inbox. The first holds the unread ones on top; `before` goes on below an id.

    With `only_unread` the pages hold nothing else.
    """
    mine = Notice.objects.filter(user_id=user.pk)
    new, old = mine.filter(read_at=None), mine.filter(read_at__isnull=False)
    paged = new if only_unread else old
    if before is not None:
        paged = paged.filter(pk__lt=before)
    rest = list(paged.order_by("-pk")[: limit + 1])
    more, rest = len(rest) > limit, rest[:limit]
    on_top = list(new.order_by("-pk")[:limit]) if before is None and not only_unread else []
    lines = _lines(user, [*on_top, *rest])
    unread = [line for line in lines if line.is_unread]
    read = [line for line in lines if not line.is_unread]
    return InboxPage(unread, read, rest[-1].pk if more else None)


def notice_line(*, user: Any, pk: int) -> Line | None:
    """One notice of this person's, or nothing."""
    return next(iter(_lines(user, Notice.objects.filter(user_id=user.pk, pk=pk))), None)


def notice_lines(*, user: Any, notices: Iterable[Notice]) -> list[Line]:
    """These notices as this person sees them now; without those whose record he may no longer see."""
    notices = list(notices)
    records = seen_subjects(user, [(notice.subject_type, notice.subject_id) for notice in notices])
    kinds = set(subject_types())
    return [
        _line(notice, records)
        for notice in notices
        if notice.subject_type not in kinds or (notice.subject_type, notice.subject_id or 0) in records
    ]


def _lines(user: Any, notices: Iterable[Notice]) -> list[Line]:
    notices = list(notices)
    records = seen_subjects(user, [(notice.subject_type, notice.subject_id) for notice in notices])
    return [_line(notice, records) for notice in notices]


def _line(notice: Notice, records: dict[tuple[str, int], Any]) -> Line:
    about = url = ""
    text = notice_text(notice.kind, notice.params)
    record = records.get((notice.subject_type, notice.subject_id or 0))
    if record is not None:
        subject = subject_of(notice.subject_type)
        about, url = subject.label(record), subject.url(record.pk)
        about = "" if about in text else about
    return Line(
        id=notice.pk,
        text=text,
        icon=notice_icon(notice.kind),
        at=notice.created_at,
        is_unread=notice.read_at is None,
        about=about,
        url=url or notice_url(notice.kind, notice.params, notice.subject_id),
    )
