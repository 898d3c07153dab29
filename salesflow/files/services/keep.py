"""Pictures that wait for their record: sent with a form that is not yet right, and not to be sent again.

They lie in the store without a row, so that the sweep clears away those whose form was given up.
"""

from django.core import signing
from django.core.files.base import File

from salesflow.files import store
from salesflow.files.content import kind_of
from salesflow.files.content.kinds import PICTURE
from salesflow.files.content.refusals import refuse
from salesflow.files.pictures import drawn
from salesflow.files.services.add import Upload, received
from salesflow.files.services.sweep import ORPHAN_AFTER
from salesflow.people.models import User

_SALT = "files.kept"
#: A token ends before the sweep takes the picture.
KEPT_FOR = ORPHAN_AFTER * 0.9


def picture_keep(*, file: Upload, by: User) -> str:
    """Keep a picture, made anew of its pixels alone; gives the token by which this person alone finds it for a day.

    Raises ValidationError for what is no picture, too large or not taken.
    """
    with received(file) as content:
        kind = kind_of(content, file.name or "")
        if kind.family != PICTURE:
            refuse("not_a_picture")
        with drawn(content, kind) as pictures:
            path = store.put(pictures.body or content, None, None)
    return signing.dumps({"path": path, "by": by.pk}, salt=_SALT)


def picture_kept(*, token: str, by: User) -> Upload | None:
    """The picture of a token; None when it is not this person's, or is there no more."""
    try:
        said = signing.loads(token, salt=_SALT, max_age=KEPT_FOR)
    except signing.BadSignature:
        return None
    if said["by"] != by.pk:
        return None
    try:
        return File(store.opened(said["path"]), name="picture")
    except FileNotFoundError:
        return None
