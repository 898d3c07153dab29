"""Which notices go to which group: each piece of news once, however many people were told."""

import hashlib
from collections.abc import Sequence
from datetime import timedelta

from django.conf import settings
from django.db.models.functions import Now
from django.urls import reverse
from django.utils import translation

from salesflow.journal.models import Notice
from salesflow.journal.services.record import canonical
from salesflow.journal.texts import notice_text, notice_url
from salesflow.lib.subjects import subject_of, subject_types
from salesflow.outbox.models import ChatGroup, ChatMessage
from salesflow.outbox.services.errands import wake
from salesflow.people.models import User
from salesflow.people.services.workspace import workspace

#: How long messages are kept, so that news that is told late to somebody else is not told to the group again.
KEPT = timedelta(days=7)


def chat_messages_plan(notices: Sequence[Notice]) -> int:
    """Write what groups are told of these notices, in the caller's transaction; gives how many messages at most."""
    kinds = {notice.kind for notice in notices}
    rows = ChatGroup.objects.filter(is_active=True, archived_at=None, kinds__overlap=sorted(kinds))
    groups = list(rows.order_by("pk"))
    if not groups:
        return 0
    people = {notice.user_id for notice in notices}
    teams = dict(User.objects.filter(pk__in=people).values_list("pk", "team_id"))
    with translation.override(workspace().language):
        planned = [
            ChatMessage(group=group, key=_key(notice), text=_text(notice))
            for group in groups
            for notice in notices
            if notice.kind in group.kinds and group.team_id in (None, teams.get(notice.user_id))
        ]
    ChatMessage.objects.bulk_create(planned, ignore_conflicts=True, batch_size=1000)
    if planned:
        wake()
    return len(planned)


def chats_forget() -> int:
    """Remove messages that need not be known any more."""
    return ChatMessage.objects.filter(created_at__lt=Now() - KEPT).delete()[0]


def _key(notice: Notice) -> str:
    """The same for the same news to somebody else."""
    told = notice.dedupe_key or f"notice-{notice.created_at.isoformat()}"
    parts = [notice.kind, notice.subject_type, notice.subject_id, notice.params, told]
    return hashlib.sha256(canonical(parts).encode()).hexdigest()


def _text(notice: Notice) -> str:
    """The sentence and where to read more: the page asks whoever opens it to sign in."""
    text = notice_text(notice.kind, notice.params)
    url = notice_url(notice.kind, notice.params, notice.subject_id)
    if notice.subject_id is not None and notice.subject_type in subject_types():
        url = subject_of(notice.subject_type).url(notice.subject_id)
    return f"{text}\n{settings.SITE_URL}{url or reverse('notices')}"
