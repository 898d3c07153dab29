"""Mails about notices: one for all that is due to a person, in his language, with what he may still see."""

from django.conf import settings as django_settings
from django.db import transaction
from django.db.models.functions import Now
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from salesflow.journal.models import Notice
from salesflow.journal.services import notice_lines
from salesflow.journal.services.inbox import Line
from salesflow.outbox.models import NoticeMail, NoticeSettings
from salesflow.outbox.services.mails import mail_write
from salesflow.outbox.services.notices.wishes import wish_for, zone_of
from salesflow.people.models import User
from salesflow.people.services.workspace import workspace

#: People of one pass.
PEOPLE = 200
#: Notices that one mail names; of more it tells the number.
NAMED = 50


def notice_mails_write() -> int:
    """Write the mails that are due; gives how many. Harmless late, twice, or in two processes at once."""
    due = NoticeMail.objects.filter(due_at__lte=Now())
    people = list(due.order_by("user_id").values_list("user_id", flat=True).distinct()[:PEOPLE])
    return sum(_write_to(user_id) for user_id in people)


@transaction.atomic
def _write_to(user_id: int) -> int:
    """All that is due to one person in one mail. Who has the row of his wishes locked is the only one to write."""
    NoticeSettings.objects.get_or_create(pk=user_id)
    settings = NoticeSettings.objects.select_for_update(skip_locked=True).filter(pk=user_id).first()
    if settings is None:
        return 0
    due = NoticeMail.objects.filter(user_id=user_id, due_at__lte=Now())
    mails = list(due.select_related("notice").order_by("pk"))
    NoticeMail.objects.filter(pk__in=[mail.pk for mail in mails]).delete()
    user = User.objects.active().filter(pk=user_id).first()
    if user is None or not mails:
        return 0
    notices = [mail.notice for mail in mails if _is_news(mail.notice, settings)]
    is_digest = any(mail.is_digest for mail in mails)
    if is_digest:
        day = timezone.now().astimezone(zone_of(user)).date()
        NoticeSettings.objects.filter(pk=user_id).update(digest_on=day)
    with translation.override(user.language or workspace().language):
        lines = notice_lines(user=user, notices=notices)
        if lines:
            _write(user, lines, is_digest=is_digest, key=f"notices-{user.pk}-{mails[0].pk}")
    return 1 if lines else 0


def _is_news(notice: Notice, settings: NoticeSettings) -> bool:
    """Whoever read it at the bell knows it; one kept away from the bell counts as read there from the beginning."""
    return notice.read_at is None or not wish_for(settings, notice.kind).bell


def _write(user: User, lines: list[Line], *, is_digest: bool, key: str) -> None:
    count = len(lines)
    shared = workspace()
    news = ngettext("%(n)s notice", "%(n)s notices", count) % {"n": count}
    subject = _("Your digest: %(news)s") % {"news": news} if is_digest else news
    if count == 1 and not is_digest:
        subject = lines[0].text
    parts = [_said(line) for line in lines[:NAMED]]
    if count > NAMED:
        more = ngettext("and %(n)s more", "and %(n)s more", count - NAMED) % {"n": count - NAMED}
        parts.append(f"{more}\n{_link(reverse('notices'))}")
    what = _("Choose what you are told by mail:")
    parts.append(f"--\n{shared.name}\n{what} {_link(reverse('notice-settings'))}")
    mail_write(to=user.email, user=user, subject=subject, text="\n\n".join(parts), key=key)


def _said(line: Line) -> str:
    text = f"{line.text} – {line.about}" if line.about else line.text
    return f"{text}\n{_link(line.url)}" if line.url else text


def _link(path: str) -> str:
    return django_settings.SITE_URL + path
