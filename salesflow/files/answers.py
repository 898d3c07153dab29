"""The one way out: contents leave as attachments, pictures to look at in place; neither can run anything here."""

from typing import Any

from django.http import FileResponse

from salesflow.files import store
from salesflow.files.models import Attachment
from salesflow.files.services import content_of
from salesflow.lib.web.downloads import as_attachment, shut_in

SIZES = {"large": store.LARGE, "small": store.SMALL}


def download(attachment: Attachment) -> Any:
    """The content under its name, for somebody who may see the attachment; never shown in place."""
    kind = attachment.made_of
    answer = FileResponse(content_of(attachment), content_type=kind.media_type)
    answer["Content-Length"] = str(attachment.file.size)
    return as_attachment(answer, attachment.name)


def picture(attachment: Attachment, size: str) -> Any:
    """The picture of it that we made ourselves, to be shown in place."""
    return shut_in(FileResponse(content_of(attachment, SIZES[size]), content_type="image/webp"))
