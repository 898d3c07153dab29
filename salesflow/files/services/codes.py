"""QR codes on a picture, for browsers that cannot read them themselves."""

from salesflow.files.content import kind_of
from salesflow.files.content.kinds import PICTURE
from salesflow.files.content.refusals import refuse
from salesflow.files.pictures import codes_read
from salesflow.files.services.add import Upload, received


def picture_codes(*, file: Upload) -> list[bytes]:
    """What the QR codes on a picture say; nothing is kept, and nothing is believed of it.

    In UTF-8, or as it stands where a code names no character set and none was recognised (phones here write GBK).
    Raises ValidationError under `file` for what is no picture, too large or not taken, as `picture_keep` does.
    """
    with received(file) as content:
        kind = kind_of(content, file.name or "")
        if kind.family != PICTURE:
            refuse("not_a_picture")
        return codes_read(content, kind)
