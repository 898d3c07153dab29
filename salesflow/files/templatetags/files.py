"""`{% load files %}{% files_on lead %}`: the files on a record, with a place to drop more."""

from typing import Any

from django import template
from django.conf import settings

from salesflow.files import policies
from salesflow.files.content.kinds import KINDS, PICTURE
from salesflow.files.forms import AT_ONCE
from salesflow.files.services import attachments_on
from salesflow.files.services.look import SHOWN
from salesflow.lib.subjects import type_of

register = template.Library()
#: What the file chooser offers. Named by type as well, pictures are converted by phones that keep them as HEIC.
ACCEPTED = ",".join(
    [kind.media_type for kind in KINDS.values() if kind.family == PICTURE]
    + [f".{ending}" for kind in KINDS.values() for ending in kind.endings]
)


@register.inclusion_tag("files/_card.html", takes_context=True)
def files_on(context: Any, subject: Any) -> dict[str, Any]:
    """The card of a record's files, for the person who looks at the page; it asks who that is, and of the record."""
    user = context["request"].user
    found = attachments_on(subject=subject, user=user, limit=SHOWN + 1)
    return {
        "request": context["request"],
        "attachments": found[:SHOWN],
        "more": len(found) > SHOWN,
        "subject_type": type_of(subject),
        "subject_id": subject.pk,
        "may_attach": subject.archived_at is None and policies.can_attach(user, subject),
        "may_remove": policies.can_remove(user, subject),
        "limit": settings.FILE_MAX_BYTES,
        "at_once": AT_ONCE,
        "accept": ACCEPTED,
    }
