"""Finding attachments, and the contents to them."""

import logging
from typing import IO

from django.db.models import Model
from django.http import Http404

from salesflow.files import store
from salesflow.files.models import Attachment
from salesflow.lib.subjects import type_of
from salesflow.people.models import User

SHOWN = 50
log = logging.getLogger(__name__)


def attachments_on(*, subject: Model, user: User, limit: int = SHOWN) -> list[Attachment]:
    """The files on a record, the latest first, for somebody who sees it."""
    rows = Attachment.objects.on(user, type_of(subject), subject.pk).current()
    return list(rows.select_related("file", "by").order_by("-pk")[:limit])


def content_of(attachment: Attachment, picture: str = "") -> IO[bytes]:
    """The content of an attachment the caller may see, or a picture of it (`store.LARGE`, `store.SMALL`).

    Http404 where there is no such picture, and where the store has lost the content.
    """
    if picture and not attachment.file.has_picture:
        raise Http404
    try:
        return store.opened(attachment.file.path + picture)
    except FileNotFoundError:
        log.error("the store has lost %s of attachment %s", attachment.file.path + picture, attachment.pk)
        raise Http404 from None
